"""`ingot database`: the schema's version, forward and back."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from ingot.errors import StateError
from ingot.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="The schema of the database.")


@app.command()
def upgrade() -> None:
    """Bring the schema up to date; services do so too when they start."""
    from services.database.migrate import migrate

    Console().print(f"{asyncio.run(migrate(_url()))} files applied")


@app.command()
def downgrade(
    target: Annotated[str, typer.Argument(help="The file to go back to, or 'base' for nothing.")],
    lose_data: Annotated[
        bool, typer.Option("--lose-data", help="Needed: what an older schema cannot hold is lost.")
    ] = False,
) -> None:
    """Take back what came after a file; stop all services first."""
    from services.database.migrate import downgrade

    if not lose_data:
        raise StateError(
            "an older schema cannot hold all there is: read the .down.sql files under "
            "services/database/schema, save what you need, and add --lose-data"
        )
    Console().print(f"{asyncio.run(downgrade(_url(), target))} files taken back")


@app.command()
def show() -> None:
    """List the files of the schema, and which of them are applied."""
    from services.database.migrate import applied, schema_files

    known = asyncio.run(applied(_url()))
    for file in schema_files():
        Console().print(f"{'applied' if file.stem in known else 'missing':<8} {file.stem}")


def _url() -> str:
    """The database of the settings, or of this home."""
    from services.database.embedded import start_embedded

    settings = load_settings()
    return settings.database_url.get_secret_value() or start_embedded(settings.home)
