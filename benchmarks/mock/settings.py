"""What the mock engine is told: its slots, how long work takes, and the faults it plays."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MockSettings:
    """One mock engine. The defaults are those of the measurements in docs/benchmarks.md."""

    slots: int = 64
    """Requests that decode at the same time; the rest wait in order of arrival."""
    base_ms: float = 50.0
    """What every request holds its slot for, whatever it generates."""
    token_ms: float = 5.0
    """What each generated token adds to that."""
    median_tokens: float = 200.0
    sigma: float = 0.8
    """Lengths are log-normal: this is the deviation of their logarithm."""
    cap_tokens: int = 1200
    latency_jitter: float = 0.0
    """Holding times vary by up to this share, differently in each run."""
    poison_share: float = 0.0
    """Share of prompts that always fail."""
    poison_status: int = 400
    """The HTTP status with which they fail."""
    model: str = "mock"
