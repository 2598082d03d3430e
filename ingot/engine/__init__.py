from ingot.engine.protocol import (
    LASTING,
    Engine,
    FailureKind,
    Generated,
    ModelIdentity,
    Request,
    Structured,
)
from ingot.engine.stream import stream

__all__ = [
    "LASTING",
    "Engine",
    "FailureKind",
    "Generated",
    "ModelIdentity",
    "Request",
    "Structured",
    "stream",
]
