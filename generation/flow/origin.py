"""What a record's draws add to its provenance."""

from collections.abc import Sequence

from generation.flow.surroundings import Draw


def origin_of(draws: Sequence[Draw]) -> dict[str, object]:
    """Fields of `Provenance`: the keys of all draws, and the model of the last one, which wrote it.

    Nothing where there are no draws.
    """
    if not draws:
        return {}
    last = draws[-1]
    return {
        "requests": tuple(draw.key for draw in draws),
        "engine": last.engine,
        "model": last.model.name,
        "model_sha256": last.model.weights_sha256,
        "sampling": last.request.sampling,
        "seed": last.request.seed,
    }
