"""`ingot contract` and `ingot prices`: the operator's side of orders under contract."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True, help="Orders under contract, as the operator sees them.")
prices_app = typer.Typer(no_args_is_help=True, help="The price book that quotes are made by.")
OrderId = Annotated[str, typer.Argument(help="The order's id (ord_...).")]


@app.command("list")
def list_all(
    tenant: Annotated[str, typer.Option(help="One lab's only; else all that are live.")] = "",
) -> None:
    """List contracts with their state, what is due next, and money."""
    _desk().list_all(tenant)


@app.command()
def margin(order_id: OrderId) -> None:
    """Show what an order brought, and what its GPUs and people cost."""
    _desk().margin(order_id)


@app.command()
def propose(
    order_id: OrderId,
    change: Annotated[str, typer.Argument(help="Terms to change: '{\"pause_days\": 21}'.")],
    note: Annotated[str, typer.Option(help="Why, for the lab.")] = "",
) -> None:
    """Propose an amendment of the terms, signed by us; it holds once the lab signs."""
    _desk().propose(order_id, change, note)


@app.command()
def sign(order_id: OrderId, n: Annotated[int, typer.Argument(help="The amendment's.")]) -> None:
    """Sign what the lab proposed."""
    _desk().sign(order_id, n)


@prices_app.command("show")
def show_prices() -> None:
    """Print the price book in force as JSON."""
    _desk().show_prices()


@prices_app.command("set")
def set_prices(
    file: Annotated[Path, typer.Argument(help="JSON, as `ingot prices show` prints it.")],
) -> None:
    """Put prices in force for quotes from now on; quotes that were made keep theirs."""
    _desk().set_prices(file)


def _desk() -> Any:
    from ingot.settings import load_settings
    from services.cli.contracts import Desk

    return Desk(load_settings(), Console(soft_wrap=True))
