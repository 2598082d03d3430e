"""What `ingot run` can know to be wrong before it starts or creates anything.

Servers are not asked: a batch that waits for people goes on without them.
"""

from pathlib import Path

from generation.engines.prompting import require_model
from generation.recipes.registry import find_recipe
from ingot.errors import ModelError, OrderError
from ingot.orders import OrderSpec
from ingot.settings import resolve_model
from services.ordering.policy import REMOTE_ENGINES


def check_before_start(spec: OrderSpec) -> None:
    """Raise an OrderError for a file, a model, a recipe or a parameter that is not there."""
    for part in spec.source.parts:
        find_recipe(part.recipe).read_terms(part.parameters)
        require_file("source.path", part.path)
    require_file("source.path", spec.source.path)
    for index, name in enumerate(spec.curation.decontaminate_against):
        require_file(f"curation.decontaminate_against.{index}", name)
    require_file("training.held_out", spec.training.held_out)
    for field, terms in spec.engines():
        if terms.engine not in REMOTE_ENGINES:
            _require_model(f"{field}.model", terms.model)
    if spec.training.method != "none":
        _require_model("training.model", spec.training.model)


def require_file(field: str, name: str) -> None:
    """Raise an OrderError where `name` is a local file that is not there."""
    if name in ("", "held_out") or "://" in name or Path(name).is_file():
        return
    where = f"{field}: " if field else ""
    raise OrderError(f"{where}there is no file {name}: correct the path", field)


def _require_model(field: str, name: str) -> None:
    try:
        require_model(resolve_model(name))
    except ModelError as error:
        raise OrderError(f"{field}: {error}", field) from error
