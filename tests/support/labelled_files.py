"""Files of judged and partly labelled rows with known rates, and running a command on them."""

from typing import Any

import numpy as np
import orjson
from typer.testing import CliRunner, Result

from services.cli import app

Row = dict[str, Any]


def make_rows(n: int = 300, labelled: int = 120, judges: int = 2, skill: float = 1.2) -> list[Row]:
    """Pairs whose judges are right with Phi(skill) each, and surer than that."""
    rng = np.random.default_rng(0)
    first = rng.random(n) < 0.5
    odds = 3 * (skill * np.where(first, 1.0, -1.0)[:, None] + rng.normal(0, 1, (n, judges)))
    chances = 1 / (1 + np.exp(-odds))
    return [
        {f"judge{j}_p_a": float(p) for j, p in enumerate(chances[row])}
        | {"id": row, "label": ("A" if first[row] else "B") if row < labelled else None}
        for row in range(n)
    ]


def run_command(name: str, *arguments: str) -> Result:
    """The command in this process, in the current folder."""
    return CliRunner().invoke(app, [name, *arguments])


def facts_of(done: Result) -> Row:
    """The machine's line, which is the last one."""
    assert done.exit_code == 0, done.output
    facts: Row = orjson.loads(done.stdout.strip().splitlines()[-1])
    return facts


def raise_from(done: Result) -> None:
    """What the command raised; the entry point makes one sentence of it."""
    assert done.exception is not None, done.output
    raise done.exception
