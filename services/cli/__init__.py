"""The `ingot` command. Each subcommand imports what it needs only when it runs."""

import logging
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from ingot import log
from ingot.errors import IngotError, OrderError
from ingot.settings import load_settings
from services.cli import (
    account_commands,
    contract_commands,
    database,
    decide_commands,
    judge_command,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A hybrid data foundry: an order goes in, a proven dataset comes out.",
)
order_app = typer.Typer(no_args_is_help=True, help="Orders on a running platform.")
app.add_typer(order_app, name="order")
app.add_typer(database.app, name="database")
app.add_typer(account_commands.app, name="account")
app.add_typer(contract_commands.app, name="contract")
app.add_typer(contract_commands.prices_app, name="prices")
app.command()(judge_command.judge)
app.command()(decide_commands.calibrate)
app.command()(decide_commands.route)

OrderFile = Annotated[Path, typer.Argument(help="The order: YAML or JSON.")]
OrderId = Annotated[str, typer.Argument(help="The order's id (ord_...).")]
USAGE_ERROR = 2


@app.command()
def up(
    model_server: Annotated[
        bool, typer.Option(help="Also serve the embedded model, OpenAI-compatible, by vLLM.")
    ] = True,
    rewards: Annotated[
        bool, typer.Option(help="Also serve the judges of INGOT_REWARDS_CONFIG to trainers.")
    ] = False,
) -> None:
    """Start the platform here and keep it running; Ctrl-C stops everything."""
    from services.cli.up import keep_up

    keep_up(load_settings(), Console(), model_server=model_server, rewards=rewards)


@app.command()
def run(
    order: OrderFile,
    source: Annotated[str, typer.Option(help="Read this file instead of source.path.")] = "",
    quantity: Annotated[int, typer.Option(help="Instead of the order's quantity.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Instead of the order's seed.", min=-1)] = -1,
) -> None:
    """Carry an order through the whole line, here; run it again to go on after a stop."""
    from services.cli.run import print_outcome, read_with_overrides, run_order

    console = Console()
    spec = read_with_overrides(order, source=source, quantity=quantity, seed=seed)
    print_outcome(console, run_order(load_settings(), spec, console))


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Seed of the whole run.", min=0)] = 1,
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("out/demo"),
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="Where models run.")] = "cpu",
    quantity: Annotated[int, typer.Option(help="Instructions to write.", min=50)] = 1200,
) -> None:
    """Run the whole line on the embedded model and write a report."""
    from services.cli.demo import run_demo

    run_demo(load_settings(device=device), Console(), seed=seed, out=out, quantity=quantity)


@app.command()
def doctor() -> None:
    """Check that everything Ingot needs is here and works; exit code 1 where something is not."""
    from services.cli.doctor import examine

    sys.exit(examine(load_settings(), Console()))


@app.command()
def generate(
    order_or_recipe: Annotated[
        str, typer.Argument(help="An order file, a recipe's name, or path/to/file.py:function.")
    ],
    out: Annotated[str, typer.Argument(help="Folder or s3:// address for what is made.")],
    engine: Annotated[
        str, typer.Option(help="vllm, openai, openai_batch or transformers; else as ordered.")
    ] = "",
    model: Annotated[str, typer.Option(help="'embedded', a folder, or a served name.")] = "",
    endpoint: Annotated[str, typer.Option(help="Base URL, for openai (http://host/v1).")] = "",
    source: Annotated[str, typer.Option(help="JSONL or Parquet: the rows or the pool.")] = "",
    quantity: Annotated[int, typer.Option(help="Items to make.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Instead of the order's seed.", min=-1)] = -1,
    parameter: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter, name=value; repeatable.")
    ] = None,
    diversity: Annotated[
        int, typer.Option(help="Prompts to embed for the diversity figures; 0: none.", min=0)
    ] = 500,
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="Where models run.")] = "cpu",
) -> None:
    """Run recipes alone, here; the same command goes on after a stop and asks nothing twice."""
    from services.cli.generate import Overrides, generate_here, read_spec

    overrides = Overrides(engine, model, endpoint, source, quantity, seed, parameter or ())
    spec = read_spec(order_or_recipe, overrides)
    generate_here(load_settings(device=device), Console(), spec, out, embed=diversity)


@app.command()
def recipes(
    name: Annotated[str, typer.Argument(help="One recipe, with its parameters.")] = "",
) -> None:
    """List the recipes: what each is for, what it needs and what it costs."""
    from services.cli.generate import list_recipes

    list_recipes(Console(), name)


@app.command()
def curate(
    source: Annotated[Path, typer.Argument(help="Preference records: JSONL or Parquet.")],
    target: Annotated[Path, typer.Argument(help="What is kept; the drops go beside it.")],
    against: Annotated[
        list[str] | None, typer.Option(help="Benchmark file to keep out; may be repeated.")
    ] = None,
) -> None:
    """Validate, deduplicate and decontaminate any file of preferences."""
    from services.cli.stages import curate_here

    curate_here(load_settings(), Console(), source, target, against or [])


@app.command()
def agreement(
    answers: Annotated[Path, typer.Argument(help="Answers: JSONL or Parquet, one a row.")],
    scale: Annotated[
        Literal["nominal", "ordinal", "interval"], typer.Option(help="What labels are, for alpha.")
    ] = "nominal",
    labels: Annotated[
        Path | None, typer.Option(help="Write each item's label and its probability here.")
    ] = None,
    method: Annotated[
        Literal["majority", "dawid_skene", "mace"], typer.Option(help="How labels are found.")
    ] = "dawid_skene",
    plot: Annotated[Path | None, typer.Option(help="Draw the people here (.svg).")] = None,
    bad_rows: Annotated[Path | None, typer.Option(help="List rows left out, and why.")] = None,
    item_column: Annotated[str, typer.Option(help="Else item, question, task_id, ...")] = "",
    worker_column: Annotated[str, typer.Option(help="Else worker, annotator, reviewer, ...")] = "",
    label_column: Annotated[str, typer.Option(help="Else label, answer, verdict, ...")] = "",
    gold_column: Annotated[str, typer.Option(help="Else gold or truth; may be missing.")] = "",
    time_column: Annotated[str, typer.Option(help="Seconds; else time, seconds, ...")] = "",
    seed: Annotated[int, typer.Option(help="Of intervals and of starts.", min=0)] = 0,
) -> None:
    """Show how far people agree, how good each one is, and what their answers mean."""
    from services.cli.agreement import Options, show_agreement

    columns = {"item": item_column, "worker": worker_column, "label": label_column}
    columns |= {"gold": gold_column, "time": time_column}
    options = Options(scale, method, labels, plot, bad_rows, columns, seed)
    show_agreement(Console(), answers, options)


@app.command()
def key(
    role: Annotated[Literal["lab", "reviewer", "operator"], typer.Argument(help="What it may do.")],
    tenant: Annotated[str, typer.Option(help="Whose key: the lab, or 'local'.")] = "local",
    pseudonym: Annotated[str, typer.Option(help="A reviewer's name in all records.")] = "",
    test: Annotated[
        bool, typer.Option("--test", help="For the lab's rehearsal: simulated, its own clock.")
    ] = False,
) -> None:
    """Make an API key and print it; it is shown only this once."""
    from services.cli.keys import make_key

    make_key(load_settings(), Console(), role, tenant, pseudonym, test=test)


@order_app.command("submit")
def order_submit(order: OrderFile) -> None:
    """Place an order on the running platform and print its id."""
    from services.cli.orders import submit

    submit(load_settings(), Console(), order)


@order_app.command("status")
def order_status(order_id: OrderId) -> None:
    """Show an order's batches, their states and progress."""
    from services.cli.orders import status

    status(load_settings(), Console(), order_id)


@order_app.command("wait")
def order_wait(order_id: OrderId) -> None:
    """Wait until an order's batch is delivered and proven, showing progress."""
    from services.cli.orders import wait

    wait(load_settings(), Console(), order_id)


@order_app.command("pull")
def order_pull(
    order_id: OrderId,
    folder: Annotated[Path, typer.Argument(help="Where the files go.")] = Path("delivery"),
) -> None:
    """Download what was delivered, checking every hash."""
    from services.cli.orders import pull

    pull(load_settings(), Console(), order_id, folder)


def main() -> None:
    """Run the command; an expected error is one sentence and exit code 2."""
    log.configure(json_lines=False, level=logging.WARNING)
    errors = Console(stderr=True, soft_wrap=True)
    try:
        app()
    except IngotError as error:
        field = error.field if isinstance(error, OrderError) else ""
        where = f" [dim](field {escape(field)})[/dim]" if field else ""
        errors.print(f"[red]error:[/red] {escape(str(error))}{where}", highlight=False)
        sys.exit(USAGE_ERROR)
