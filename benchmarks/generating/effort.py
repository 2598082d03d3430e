"""How much a part of the benchmark does."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """The options of the command that a part may heed."""

    rounds: int = 3
    seed: int = 0
    """Names the prompts and the moments of the kills."""
    kills: int = 50
    device: str = "cpu"
    """Where the part `vllm` runs: cpu or cuda."""
