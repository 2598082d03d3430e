"""Every operation of the OpenAPI page, asked by everybody, does what the page says."""

import json
import os
from collections.abc import Iterator
from random import Random

import pytest
import schemathesis
from fixtures_postgres import fresh_database
from hypothesis import HealthCheck, settings
from items import KINDS_OF_WORK
from platform_at_work import Platform, platform_at_work
from plausible import body_that_fits, good_case, name_what_is_there, odd_headers, who_asks
from requests import Session
from schemathesis import APIOperation, Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ingot.settings import Settings
from services.api import create_app
from services.files.uploads import SUFFIXES


@schemathesis.serializer(*SUFFIXES)
def _lines(_: schemathesis.SerializationContext, value: object) -> dict[str, object]:
    text = value if isinstance(value, str) else json.dumps(value)
    return {"data": text.encode(errors="surrogatepass")}


EXAMPLES = int(os.environ.get("INGOT_API_EXAMPLES", "3"))
"""Random requests for each operation, beside those at the limits of its schema."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {"with-security-parameters": False},
        "operations": [
            {"include-name": "POST /v1/orders", "phases": {"coverage": {"enabled": EXAMPLES > 100}}}
        ],
    }
)
PAGE = schemathesis.openapi.from_dict(create_app(None, Settings()).openapi(), config=_CONFIG)
OPERATIONS = [each.ok() for each in PAGE.get_all_operations()]


@pytest.fixture(scope="module")
def platform(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with fresh_database(postgres_url) as url:
        home = tmp_path_factory.mktemp("platform")
        with platform_at_work(
            Settings(home=home, database_url=url, requests_per_minute=1_000_000)
        ) as made:
            yield made


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as made:
        made.trust_env = False
        yield made


def test_the_page_that_is_asked_is_the_one_that_is_served(platform: Platform) -> None:
    served = platform.ask("nobody", "GET", "/openapi.json").json()
    assert served == create_app(None, Settings()).openapi()


@pytest.mark.parametrize("operation", OPERATIONS, ids=[each.label for each in OPERATIONS])
def test_an_operation_serves_those_who_may(
    operation: APIOperation, platform: Platform, session: Session
) -> None:
    statuses = {}
    for who, headers in platform.doors.items():
        case, fields = good_case(operation, platform, who, "pairwise")
        response = case.call(platform.url, session, headers, **fields)
        platform.heal(operation.label, who)
        case.validate_response(response, CHECKS)
        statuses[who] = response.status_code
    assert any(status < 300 for status in statuses.values()), statuses
    assert statuses["nobody"] == 401 or "security" not in operation.definition.raw, statuses


@PAGE.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_an_operation_answers_as_the_page_says(
    case: Case, platform: Platform, session: Session
) -> None:
    luck = Random(f"{case.method} {case.path_parameters} {case.query} {case.body}")
    who = who_asks(case, luck, platform)
    kind = luck.choice(tuple(KINDS_OF_WORK))
    name_what_is_there(case, luck, platform, who, kind)
    fields = body_that_fits(case, luck, kind)
    headers = platform.doors[who] | odd_headers(luck)
    response = case.call(platform.url, session, headers, **fields)
    platform.heal(case.operation.label, who)
    case.validate_response(response, CHECKS)
