"""Every way into the service asks for a permission, or is on the list of those for anyone."""

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from ingot.settings import Settings
from services.accounts.access import Needs, NeedsEarly, needs_session
from services.accounts.permissions import PERMISSIONS, ROLES, giving, grantable, granted
from services.api import create_app

OPEN = {
    "GET /": "leads to the portal",
    "GET /healthz": "says that the process is alive",
    "GET /readyz": "says that the database answers",
    "GET /openapi.json": "describes the interface",
    "GET /review": "the page, which asks for a log-in",
    "GET /review/{name:path}": "its scripts and styles",
    "POST /v1/sessions": "log-in",
    "GET /portal/login": "log-in",
    "POST /portal/login": "log-in",
    "GET /portal/sign-on": "log-in by the provider",
    "GET /portal/sign-on/back": "log-in by the provider",
    "GET /portal/assets/{name}": "scripts and styles of the portal",
}


def permission(dependant: Dependant) -> str | None:
    """The permission that is needed; '' stands for any session; None where nothing is."""
    if isinstance(dependant.call, Needs | NeedsEarly):
        return dependant.call.permission
    if dependant.call is needs_session:
        return ""
    found = [permission(part) for part in dependant.dependencies]
    return next((each for each in found if each is not None), None)


def ways_in() -> dict[str, str | None]:
    """All routes of the service with what they ask for."""
    settings = Settings(oidc_issuer="https://id.example.org")
    return {
        f"{method} {getattr(route, 'path', '')}": (
            permission(route.dependant) if isinstance(route, APIRoute) else None
        )
        for route in create_app(None, settings).routes
        for method in sorted((getattr(route, "methods", None) or {"ANY"}) - {"HEAD", "OPTIONS"})
    }


def test_what_asks_for_nothing_is_on_the_list() -> None:
    asking_nothing = {way for way, needed in ways_in().items() if needed is None}
    assert asking_nothing - set(OPEN) == set()


def test_the_list_holds_nothing_that_asks() -> None:
    assert [way for way, needed in ways_in().items() if needed and way in OPEN] == []


def test_a_lab_reaches_no_endpoint_of_people_and_people_none_of_a_lab() -> None:
    staff = granted(("reviewer", "adjudicator", "qa_lead"))
    assert not staff & granted(("owner", "lab_buyer", "lab_viewer", "auditor"))
    for way, needed in ways_in().items():
        if way.split()[1].startswith(("/v1/orders", "/v1/batches", "/v1/files")):
            assert needed in granted(("lab",)), way
            assert needed not in staff, way


def test_each_permission_comes_with_a_role_and_each_role_may_do_something() -> None:
    assert [each for each in PERMISSIONS if not giving(each)] == []
    assert all(granted((role,)) <= set(PERMISSIONS) and granted((role,)) for role in ROLES)


def test_who_only_looks_writes_nothing() -> None:
    for role in ("lab_viewer", "auditor"):
        assert {each.rpartition(":")[2] for each in granted((role,))} == {"read"}


def test_nobody_gives_a_role_that_may_more_than_who_gives_it() -> None:
    assert granted(grantable(("owner",))) <= granted(("owner",))
    assert grantable(("lab", "reviewer", "qa_lead", "lab_buyer", "auditor")) == frozenset()
