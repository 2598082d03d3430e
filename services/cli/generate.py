"""`ingot generate` and `ingot recipes`: recipes alone, without people or database."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from generation.flow.generate import generate
from generation.flow.recipe import Recipe
from generation.recipes.registry import all_recipes, find_recipe
from ingot.datasets import DatasetStore, dataset_key
from ingot.errors import OrderError
from ingot.orders import OrderSpec, parse_order, read_order
from ingot.settings import Settings
from services.cli.preflight import check_before_start
from services.cli.run_display import RunDisplay
from services.pipeline.aids import make_aids
from services.pipeline.kitchen import engines_of, wanted_of

ORDER_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says instead of the order; empty means as ordered."""

    engine: str = ""
    model: str = ""
    endpoint: str = ""
    source: str = ""
    quantity: int = 0
    seed: int = -1
    parameters: Sequence[str] = ()
    """'name=value', the value in YAML."""


def read_spec(order_or_recipe: str, overrides: Overrides) -> OrderSpec:
    """An order file, or a recipe's name as an order of its own; with the overrides."""
    if order_or_recipe.endswith(ORDER_SUFFIXES):
        data = read_order(Path(order_or_recipe)).model_dump(mode="json")
    else:
        data = {
            "name": order_or_recipe,
            "kind": "instruction",
            "quantity": 100,
            "source": {"recipe": order_or_recipe, "path": overrides.source},
            "generation": {"sampling": {"max_tokens": 512}},
        }
    return parse_order(_overridden(data, overrides))


def _overridden(data: dict[str, Any], overrides: Overrides) -> dict[str, Any]:
    for name in ("engine", "model", "endpoint"):
        if value := getattr(overrides, name):
            data["generation"][name] = value
    if overrides.source:
        data["source"]["path"] = str(Path(overrides.source).resolve())
    if overrides.quantity:
        data["quantity"] = overrides.quantity
    if overrides.seed >= 0:
        data["seed"] = overrides.seed
    if overrides.parameters:
        known = data["source"].get("parameters") or {}
        data["source"]["parameters"] = {**known, **_parameters(overrides.parameters)}
    return data


def _parameters(given: Sequence[str]) -> dict[str, Any]:
    parameters = {}
    for entry in given:
        name, mark, value = entry.partition("=")
        if not mark:
            raise OrderError(f"--set {entry!r} is not name=value, such as --set samples=8")
        parameters[name] = yaml.safe_load(value)
    return parameters


def generate_here(settings: Settings, console: Console, spec: OrderSpec, out: str) -> None:
    """Run the order's recipes, show how it goes, and leave records and report in `out`."""
    check_before_start(spec)
    if not spec.source.parts:
        raise OrderError(
            f"source.recipe '{spec.source.recipe}' brings what is there: name a recipe that makes "
            "something, such as 'complete' (see `ingot recipes`)",
            "source.recipe",
        )
    store, name, journal = _places(settings, out)
    with RunDisplay(console) as display:
        summary = asyncio.run(
            generate(
                wanted_of(spec, settings),
                engines_of(spec, settings.device),
                store,
                name,
                journal,
                seed=spec.seed,
                sampling=spec.generation.sampling,
                aids=make_aids(spec, settings),
                on_start=display.watch,
            )
        )
    _show(console, summary, out)


def _places(settings: Settings, out: str) -> tuple[DatasetStore, str, Path]:
    """(store, name in it, journal) of an output folder; a journal is always local."""
    if "://" in out:
        root, _, name = out.rstrip("/").rpartition("/")
        journal = settings.home / "journals" / "generate" / f"{dataset_key(out)}.log"
        return DatasetStore(root, settings.storage_options(root)), name, journal
    folder = Path(out).resolve()
    return DatasetStore(folder.parent.as_uri()), folder.name, folder / "journal.log"


def _show(console: Console, summary: dict[str, Any], out: str) -> None:
    """One line for each recipe and model; all of it is in summary.json."""
    for facts in summary["recipes"]:
        made = ", ".join(f"{count} {kind}" for kind, count in facts["records"].items()) or "nothing"
        console.print(f"[bold]{facts['recipe']}[/bold]: {made}", highlight=False)
        for word in ("dropped", "failed"):
            for reason, count in facts[word].items():
                console.print(f"  {word} {count}: {reason}", highlight=False)
    for role, models in summary["models"].items():
        for facts in models:
            console.print(f"{role}: {_account(facts)}", highlight=False)
    console.print(
        f"{summary['completion_tokens']:,} tokens in {summary['seconds']:.1f} s, "
        f"{summary['tokens_per_second']:,.0f} tokens/s, ${summary['usd']:.4f}",
        highlight=False,
    )
    console.print(f"records, draws, drops and failures: {out}")


def _account(facts: dict[str, Any]) -> str:
    parts = [f"{facts['asked']} requests asked, {facts['replayed']} from the journal"]
    if facts.get("retries"):
        parts.append(f"{facts['retries']} retries")
    if "engine_efficiency" in facts:
        parts.append(f"engine {facts['engine_efficiency']:.1%} busy")
        lost = {name: share for name, share in facts.items() if name.startswith("lost_")}
        parts += [f"{share:.1%} {_words(name)}" for name, share in lost.items() if share >= 0.001]
    return ", ".join(parts)


def _words(name: str) -> str:
    return name.replace("_", " ")


def list_recipes(console: Console, name: str) -> None:
    """All recipes in a table, or one with its parameters."""
    if name:
        _describe(console, find_recipe(name))
        return
    table = Table("recipe", "what for", "needs", "makes", "requests per item")
    for recipe in all_recipes():
        makes = ", ".join(kind.__name__ for kind in recipe.makes)
        needs = ", ".join(recipe.needs) or ("" if not recipe.pool else "(a pool)")
        table.add_row(recipe.name, recipe.summary, needs, makes, recipe.requests)
    console.print(table)
    console.print("ingot recipes NAME shows one with its parameters; docs/recipes.md has examples.")


def _describe(console: Console, recipe: Recipe) -> None:
    console.print(f"[bold]{recipe.name}[/bold]: {recipe.summary}", highlight=False)
    console.print(f"source: {recipe.source}", highlight=False)
    console.print(f"makes: {', '.join(kind.__name__ for kind in recipe.makes)}", highlight=False)
    console.print(f"requests per item: {recipe.requests}", highlight=False)
    if recipe.needs:
        console.print(f"needs: {', '.join(recipe.needs)}", highlight=False)
    if recipe.pool:
        console.print(f"pool: {recipe.pool}", highlight=False)
    table = Table("parameter", "default", "what")
    for field, info in recipe.terms.model_fields.items():
        value = "needed" if info.is_required() else info.get_default(call_default_factory=True)
        table.add_row(field, str(value)[:60], info.description or "")
    if recipe.terms.model_fields:
        console.print(table)
