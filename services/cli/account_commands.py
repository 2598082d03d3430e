"""`ingot account`: people who log in, kept by an operator at the machine."""

from typing import Annotated, Any

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True, help="People's accounts on the review pages.")

_ROLES = "reviewer, adjudicator, qa_lead, admin"
Login = Annotated[str, typer.Argument(help="What they log in with, often an email address.")]
Tenant = Annotated[str, typer.Option(help="Whose people they are.")]


@app.command()
def add(
    login: Login,
    role: Annotated[
        list[str] | None, typer.Option(help=f"{_ROLES}; may be repeated, else reviewer.")
    ] = None,
    tenant: Tenant = "local",
    pseudonym: Annotated[str, typer.Option(help="Their name in all records; else drawn.")] = "",
) -> None:
    """Make an account and print its one-time password; it is shown only this once."""
    wanted = {"login": login, "roles": role or ["reviewer"], "pseudonym": pseudonym or None}
    _desk(tenant).add(wanted)


@app.command("list")
def list_all(tenant: Tenant = "local") -> None:
    """List the accounts with their pseudonyms and roles."""
    _desk(tenant).list_all()


@app.command()
def disable(login: Login, tenant: Tenant = "local") -> None:
    """Let nobody in under an account, from now on."""
    _desk(tenant).change(login, {"disabled": True})


@app.command()
def enable(login: Login, tenant: Tenant = "local") -> None:
    """Let the owner of a disabled account in again."""
    _desk(tenant).change(login, {"disabled": False})


@app.command()
def roles(
    login: Login,
    role: Annotated[list[str], typer.Argument(help=f"All they may act as from now on: {_ROLES}.")],
    tenant: Tenant = "local",
) -> None:
    """Replace an account's roles."""
    _desk(tenant).change(login, {"roles": role})


@app.command()
def password(login: Login, tenant: Tenant = "local") -> None:
    """End all sessions of an account and print a one-time password for it."""
    _desk(tenant).reset_password(login)


def _desk(tenant: str) -> Any:
    from ingot.settings import load_settings
    from services.cli.accounts import Desk

    return Desk(load_settings(), Console(soft_wrap=True), tenant)
