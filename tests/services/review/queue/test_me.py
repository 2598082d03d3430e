import pytest
from fixtures_postgres import Api
from people import add_person, log_in

from services.database.pool import Pool

KEYS = {"keys": {"submit": "Ctrl+Enter", "skip": ""}}


@pytest.mark.parametrize("role", ["reviewer", "adjudicator", "qa_lead", "admin"])
async def test_whoever_works_here_sees_their_day_and_keeps_settings(
    api: Api, pool: Pool, role: str
) -> None:
    await add_person(pool, "eve", role, pseudonym="eve")
    async with log_in(api, "eve") as eve:
        assert (await eve.put("/v1/me/settings", json=KEYS)).status_code == 200
        me = (await eve.get("/v1/me")).json()
    assert (me["pseudonym"], me["roles"], me["settings"]) == ("eve", [role], KEYS)


async def test_a_lab_has_no_day(api: Api) -> None:
    assert (await api.lab.get("/v1/me")).status_code == 403


@pytest.mark.parametrize(
    "keys", [{"submit": "a\x00"}, {"a\x00": "s"}, {"": "s"}, {"submit": "x" * 81}]
)
async def test_settings_that_cannot_be_kept_are_refused(
    api: Api, pool: Pool, keys: dict[str, str]
) -> None:
    await add_person(pool, "eve")
    async with log_in(api, "eve") as eve:
        assert (await eve.put("/v1/me/settings", json={"keys": keys})).status_code == 422
