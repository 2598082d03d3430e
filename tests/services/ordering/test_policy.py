from pathlib import Path
from typing import Any

import pytest
from fixtures_postgres import Api
from ordering import ORDER, place

from ingot.errors import OrderError
from ingot.orders import OrderSpec
from ingot.settings import Settings
from services.accounts.keys import Principal
from services.ordering.policy import check_order

LOCAL = "/etc/passwd"
LAB = Principal("lab", "acme", "", False, "p")
OPERATOR = Principal("operator", "acme", "", False, "p")


async def check(principal: Principal, settings: Settings | None = None, **fields: Any) -> None:
    spec = OrderSpec.model_validate({**ORDER, **fields})
    await check_order(spec, principal, settings or Settings(home=Path("/srv/ingot")))


async def test_what_the_policy_refuses_is_a_problem_with_its_field(api: Api) -> None:
    source = {"recipe": "prompts", "path": LOCAL}
    response = await place(api.lab, source=source)
    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["/source/path"]
    assert (await place(api.operator, "k2", source=source)).status_code == 201


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"source": {"recipe": "prompts", "path": LOCAL}}, "source.path"),
        ({"source": {"recipe": "prompts", "path": "file:///etc/passwd"}}, "source.path"),
        ({"source": {"recipe": "prompts", "path": "http://169.254.169.254/"}}, "source.path"),
        ({"source": {"recipe": "prompts", "path": "prompts.jsonl"}}, "source.path"),
        ({"training": {"held_out": LOCAL}}, "training.held_out"),
        ({"training": {"model": "/models/x"}}, "training.model"),
        ({"generation": {"model": "../../x"}}, "generation.model"),
        ({"judge": {"model": "/models/x"}}, "judge.model"),
        ({"generation": {"endpoint": "http://10.0.0.1"}}, "generation.endpoint"),
        ({"delivery": {"uri": "file:///etc"}}, "delivery.uri"),
        ({"review": {"weight": 1.5}}, "review.weight"),
        (
            {"curation": {"decontaminate_against": ["held_out", LOCAL]}},
            "curation.decontaminate_against.1",
        ),
    ],
)
async def test_a_lab_may_not_ask_for_what_is_ours_but_an_operator_may(
    fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(OrderError) as caught:
        await check(LAB, **fields)
    assert caught.value.field == field
    await check(OPERATOR, **fields)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000",
        "localhost",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "2130706433",
        "[::1]:8000",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "192.0.0.192",
        "168.63.129.16",
        "[fec0::1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "224.0.0.1",
        "user@1.1.1.1",
        "1.1.1.1\\@10.0.0.1",
        "no-such-host.invalid",
        "1.1.1.1:99999",
    ],
)
async def test_a_lab_may_not_reach_into_our_network(host: str) -> None:
    terms = {"engine": "openai", "model": "m", "endpoint": f"http://{host}/v1"}
    for field in ("generation", "judge"):
        with pytest.raises(OrderError) as caught:
            await check(LAB, **{field: terms})
        assert caught.value.field == f"{field}.endpoint"
    await check(OPERATOR, generation=terms, judge=terms)


@pytest.mark.parametrize(
    "fields",
    [
        {"generation": {"engine": "openai", "model": "m", "endpoint": "https://1.1.1.1/v1"}},
        {"generation": {"model": "owner/model-7b"}},
        {"source": {"recipe": "prompts", "path": "s3://lab/prompts.jsonl"}},
        {"source": {"recipe": "prompts", "path": "/srv/ingot/uploads/acme/x.jsonl"}},
        {"delivery": {"uri": "s3://lab/out"}},
        {"training": {"held_out": "s3://lab/eval.jsonl"}},
    ],
)
async def test_what_is_public_or_the_labs_own_is_fine(fields: dict[str, Any]) -> None:
    await check(LAB, **fields)


@pytest.mark.parametrize(
    "path", ["/srv/ingot/uploads/other/x.jsonl", "/srv/ingot/uploads/acme/../other/x.jsonl"]
)
async def test_a_lab_may_not_name_the_upload_of_another(path: str) -> None:
    with pytest.raises(OrderError, match="POST /v1/files"):
        await check(LAB, source={"recipe": "prompts", "path": path})


@pytest.mark.parametrize("bucket", ["ours", "ours-too"])
async def test_a_lab_may_not_name_the_platforms_own_buckets(bucket: str) -> None:
    settings = Settings(store_uri="s3://ours/store", delivery_uri="s3://ours-too/d")
    for fields in (
        {"source": {"recipe": "prompts", "path": f"s3://{bucket}/store/other.jsonl"}},
        {"delivery": {"uri": f"s3://{bucket}/d"}},
    ):
        with pytest.raises(OrderError, match="own bucket"):
            await check(LAB, settings, **fields)


ROLE = {"engine": "openai", "model": "m", "endpoint": "http://127.0.0.1/v1"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (
            {"generation": {"api_key_env": "OPENAI_API_KEY", "model": "owner/model-7b"}},
            "generation.api_key_env",
        ),
        ({"generation": {"roles": {"judge": [ROLE]}}}, "generation.roles.judge.0.endpoint"),
        (
            {"generation": {"roles": {"user": [{"model": "/root/model"}]}}},
            "generation.roles.user.0.model",
        ),
        ({"source": {"recipe": "/tmp/mine.py:steal"}}, "source.recipe"),
        (
            {"source": {"recipes": [{"recipe": "complete", "path": "/etc/passwd.jsonl"}]}},
            "source.recipes.0.path",
        ),
    ],
)
async def test_a_lab_may_not_use_our_keys_machines_or_programs(
    fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(OrderError) as caught:
        await check(LAB, **fields)
    assert caught.value.field == field
    await check(OPERATOR, **fields)


@pytest.mark.parametrize("kind", ["instruction", "evaluation", "trajectory"])
async def test_the_line_takes_orders_of_preferences_only(kind: str) -> None:
    with pytest.raises(OrderError, match="ingot generate"):
        await check(OPERATOR, kind=kind)


@pytest.mark.parametrize("principal", [LAB, OPERATOR])
async def test_no_program_answers_for_people_in_production(principal: Principal) -> None:
    database = "postgresql://db/ingot"
    production = Settings(environment="production", database_url=database)
    with pytest.raises(OrderError, match="let people answer"):
        await check(principal, production, review={"reviewers": "simulated"})
    await check(principal, production, review={"reviewers": "people"})
    await check(principal, review={"reviewers": "simulated"})
