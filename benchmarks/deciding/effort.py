"""How much is measured, and where the real data lies."""

import os
from dataclasses import dataclass
from pathlib import Path

import polars as pl


@dataclass(frozen=True, slots=True)
class Effort:
    """What the command line says."""

    splits: int
    rounds: int
    seed: int
    pairs: int = 1_000
    """Of the part `prefix`."""
    device: str = "cpu"
    """Where the part `prefix` runs: cpu or cuda."""


class NoDataError(Exception):
    """A set of real data is not on this machine."""


def read_set(name: str) -> pl.DataFrame:
    """A set by its folder and name, such as '1_judge_human/llmbar_judges'.

    Raises NoDataError where INGOT_SHARED_DATA does not lead to it.
    """
    path = Path(os.environ.get("INGOT_SHARED_DATA", "../shared/data")) / f"{name}.parquet"
    if not path.is_file():
        raise NoDataError(f"{path} is not there: set INGOT_SHARED_DATA to the folder of real data")
    return pl.read_parquet(path)
