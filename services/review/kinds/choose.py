"""All kinds of work by their names."""

from collections.abc import Mapping
from typing import Any

from services.review.kinds.accept import Accept
from services.review.kinds.attributes import Attributes
from services.review.kinds.base import Kind
from services.review.kinds.facts import Facts
from services.review.kinds.pairwise import Pairwise
from services.review.kinds.ranking import Ranking
from services.review.kinds.rating import Rating
from services.review.kinds.rewrite import Rewrite
from services.review.kinds.trajectory import Trajectory
from services.review.kinds.turns import Turns
from services.review.kinds.write import Write

KINDS: Mapping[str, Kind[Any, Any]] = {
    kind.name: kind
    for kind in (
        Pairwise(),
        Ranking(),
        Attributes(),
        Rating(),
        Accept(),
        Rewrite(),
        Write(),
        Turns(),
        Trajectory(),
        Facts(),
    )
}
