"""`ingot generate` and `ingot recipes`: recipes alone, without people or database."""

import asyncio
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from generation.flow.generate import generate
from generation.flow.recipe import Recipe
from generation.recipes.registry import all_recipes, find_recipe
from ingot.datasets import DatasetStore, dataset_key
from ingot.errors import OrderError
from ingot.orders import OrderSpec, parse_order, read_order
from ingot.settings import Settings
from services.cli.diversity import describe, measure_diversity
from services.cli.preflight import check_before_start
from services.cli.run_display import RunDisplay
from services.pipeline.aids import make_aids
from services.pipeline.kitchen import engines_of, wanted_of
from services.report.generation import Asked, write_generation_report
from services.report.generation_facts import RunFacts

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
    if data["source"].get("recipes") and (overrides.source or overrides.parameters):
        raise OrderError(
            "--source and --set are for an order of one recipe, and this one names several: write "
            "their paths and parameters into the order",
            "source.recipes",
        )
    if overrides.source:
        data["source"]["path"] = _address(overrides.source)
    if overrides.quantity:
        data["quantity"] = overrides.quantity
    if overrides.seed >= 0:
        data["seed"] = overrides.seed
    if overrides.parameters:
        known = data["source"].get("parameters") or {}
        data["source"]["parameters"] = {**known, **_parameters(overrides.parameters)}
    return data


def _address(source: str) -> str:
    return source if "://" in source else str(Path(source).resolve())


def _parameters(given: Sequence[str]) -> dict[str, Any]:
    parameters = {}
    for entry in given:
        name, mark, value = entry.partition("=")
        if not mark:
            raise OrderError(f"--set {entry!r} is not name=value, such as --set samples=8")
        try:
            parameters[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise OrderError(f"--set {entry!r}: the value is not YAML, quote it") from error
    return parameters


def generate_here(
    settings: Settings, console: Console, spec: OrderSpec, out: str, *, embed: int
) -> None:
    """Run the order's recipes, show how it goes, and leave records and report in `out`.

    `embed` is how many prompts are embedded to measure their diversity.
    """
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
                engines_of(spec, settings),
                store,
                name,
                journal,
                seed=spec.seed,
                sampling=spec.generation.sampling,
                aids=make_aids(spec, settings),
                on_start=display.watch,
            )
        )
    _show(console, summary)
    records = RunFacts.model_validate(summary).records
    diversity = measure_diversity(
        settings, console, store, name, records, embed=embed, seed=spec.seed
    )
    report = write_generation_report(store, name, summary, asked=_asked(spec), diversity=diversity)
    if diversity:
        _say(console, describe(diversity))
    _say(console, f"records, draws, drops and failures: {out}")
    _say(console, f"report: {report.removeprefix('file://')}")
    if not records:
        _say(console, f"nothing was made: {out}/failed.jsonl and dropped.jsonl say why")
        sys.exit(1)


def _asked(spec: OrderSpec) -> Asked:
    """The command as it was typed, and the order without what it leaves at its default."""
    order = spec.model_dump(mode="json", exclude_defaults=True)
    command = shlex.join(["ingot", *sys.argv[1:]])
    return Asked(spec.name, command, yaml.safe_dump(order, sort_keys=False, allow_unicode=True))


def _places(settings: Settings, out: str) -> tuple[DatasetStore, str, Path]:
    """(store, name in it, journal) of an output folder; a journal is always local."""
    if "://" in out:
        root, _, name = out.rstrip("/").rpartition("/")
        journal = settings.home / "journals" / "generate" / f"{dataset_key(out)}.log"
        return DatasetStore(root, settings.storage_options(root)), name, journal
    folder = Path(out).resolve()
    # Not as_uri(), which writes a blank as %20: fsspec takes the path as it stands.
    return DatasetStore(f"file://{folder.parent}"), folder.name, folder / "journal.log"


def _show(console: Console, summary: dict[str, Any]) -> None:
    """One line for each recipe and model; all of it is in summary.json."""
    for facts in summary["recipes"]:
        made = ", ".join(f"{count} {kind}" for kind, count in facts["records"].items()) or "nothing"
        short = facts["accepted"] < facts["quantity"] and not facts["reads_rows"]
        wanted = f" ({facts['accepted']} of {facts['quantity']} items)" if short else ""
        _say(console, f"{facts['recipe']}: {made}{wanted}")
        for word in ("dropped", "failed"):
            for reason, count in facts[word].items():
                _say(console, f"  {word} {count}: {reason}")
    for role, models in summary["models"].items():
        for facts in models:
            _say(console, f"{role}: {_account(facts)}")
    _say(
        console,
        f"{summary['completion_tokens']:,} tokens in {summary['seconds']:.1f} s, "
        f"{summary['tokens_per_second']:,.0f} tokens/s, ${summary['usd']:.4f}",
    )


def _say(console: Console, line: str) -> None:
    """One line as it is: reasons and paths may hold brackets, and a path is to be copied."""
    console.print(escape(line), highlight=False, soft_wrap=True)


def _account(facts: dict[str, Any]) -> str:
    parts = [f"{facts['asked']} requests asked, {facts['replayed']} from the journal"]
    if facts.get("retries"):
        parts.append(f"{facts['retries']} retries")
    if facts["asked"] and "engine_efficiency" in facts:
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
