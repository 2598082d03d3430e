"""`ingot account` as an operator runs it."""

from collections.abc import Callable
from subprocess import CompletedProcess

from fixtures_postgres import Api
from people import browser_at, enter

Done = CompletedProcess[str]


async def test_an_account_is_made_changed_and_ended(
    ingot: Callable[..., Done], database_url: str, api: Api
) -> None:
    def account(*arguments: str) -> Done:
        return ingot("account", *arguments, "--tenant", "acme", INGOT_DATABASE_URL=database_url)

    made = account("add", "Ada@example.org", "--role", "qa_lead", "--pseudonym", "p-ada")
    assert made.returncode == 0, made.stderr
    async with browser_at(api.url) as client:
        assert (await enter(client, "ada@example.org", made.stdout.split()[-1])).status_code == 201
        reset = account("password", "ada@example.org")
        assert (await client.get("/v1/sessions/current")).status_code == 401
        assert (await enter(client, "ada@example.org", reset.stdout.split()[-1])).status_code == 201
        changed = account("roles", "ada@example.org", "admin", "reviewer")
        assert "admin, reviewer" in changed.stdout
        listed = account("list").stdout.split("\n")[1]
        assert listed.split()[:4] == ["ada@example.org", "p-ada", "admin,", "reviewer"]
        assert "disabled" in account("disable", "ada@example.org").stdout
        assert (await client.get("/v1/sessions/current")).status_code == 401
        assert "disabled" not in account("enable", "ada@example.org").stdout


def test_what_cannot_be_done_is_one_sentence(ingot: Callable[..., Done], database_url: str) -> None:
    for arguments, said in (
        (("disable", "nobody"), "no account 'nobody'"),
        (("add", "with space"), "login: "),
        (("add", "ada", "--pseudonym", "-"), "pseudonym: "),
    ):
        done = ingot("account", *arguments, INGOT_DATABASE_URL=database_url)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
