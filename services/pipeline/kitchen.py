"""From an order's terms to the recipes, rows and engines of a run; for flows and commands alike."""

from collections.abc import Mapping, Sequence
from itertools import islice
from math import floor

from generation.engines.choose import choose_engine
from generation.flow.run import Wanted
from generation.recipes.registry import find_recipe
from ingot.datasets import count_rows, read_rows, stream_rows
from ingot.engine import Engine
from ingot.errors import OrderError
from ingot.orders import EngineTerms, OrderSpec, RecipePart
from ingot.settings import Settings


def engines_of(
    spec: OrderSpec, settings: Settings, keys: Mapping[str, str] | None = None
) -> dict[str, list[Engine]]:
    """The engines by role; one that plays several roles on the same terms is started once."""
    made: dict[str, Engine] = {}

    def engine(terms: EngineTerms) -> Engine:
        name = EngineTerms.model_validate(
            terms.model_dump(include=set(EngineTerms.model_fields))
        ).model_dump_json()
        if name not in made:
            made[name] = choose_engine(terms, device=settings.device, home=settings.home, keys=keys)
        return made[name]

    roles = {role: [engine(each) for each in some] for role, some in spec.generation.roles.items()}
    return {"writer": [engine(spec.generation)]} | roles


def wanted_of(spec: OrderSpec, settings: Settings) -> list[Wanted]:
    """What the order's recipes shall make, in its shares of the quantity."""
    parts = spec.source.parts
    shares = [part.share for part in parts]
    quantities, skips = share_out(spec.quantity, shares), share_out(spec.source.skip, shares)
    return [
        _wanted(part, quantity, skip, settings)
        for part, quantity, skip in zip(parts, quantities, skips, strict=True)
        if quantity
    ]


def share_out(quantity: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers in these proportions that add up to `quantity` (largest remainders)."""
    exact = [quantity * share / sum(shares) for share in shares]
    counts = [floor(value) for value in exact]
    by_remainder = sorted(range(len(shares)), key=lambda n: counts[n] - exact[n])
    for index in by_remainder[: quantity - sum(counts)]:
        counts[index] += 1
    return counts


def _wanted(part: RecipePart, quantity: int, skip: int, settings: Settings) -> Wanted:
    recipe = find_recipe(part.recipe)
    terms = recipe.read_terms(part.parameters)
    options = settings.storage_options(part.path)
    if not recipe.reads_rows:
        pool = read_rows(part.path, options) if part.path else []
        return Wanted(recipe, terms, quantity, None, pool)
    count = count_rows(part.path, options) if part.path else 0
    if count <= skip:
        raise OrderError(
            f"recipe '{recipe.name}' works on rows ({', '.join(recipe.needs)}): name a JSONL or "
            f"Parquet file that holds some{f' after the first {skip}' if skip else ''}",
            "source.path",
        )
    rows = islice(stream_rows(part.path, options), skip, None)
    return Wanted(recipe, terms, min(quantity, count - skip), rows)
