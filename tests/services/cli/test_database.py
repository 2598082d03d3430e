"""`ingot database` as an operator runs it."""

from collections.abc import Callable
from subprocess import CompletedProcess

from services.database.migrate import schema_files

Done = CompletedProcess[str]


def test_the_schema_goes_up_and_back_by_hand(ingot: Callable[..., Done], database_url: str) -> None:
    def database(*arguments: str) -> Done:
        return ingot("database", *arguments, INGOT_DATABASE_URL=database_url)

    first, *others = [file.stem for file in schema_files()]
    refused = database("downgrade", first)
    assert refused.returncode == 2
    assert "--lose-data" in refused.stderr
    assert f"{len(others)} files taken back" in database("downgrade", first, "--lose-data").stdout
    shown = database("show").stdout.split("\n")
    assert shown[0].split() == ["applied", first]
    assert [line.split() for line in shown[1:-1]] == [["missing", name] for name in others]
    assert f"{len(others)} files applied" in database("upgrade").stdout
    assert "missing" not in database("show").stdout
