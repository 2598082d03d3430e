"""Every way into the service asks for a role, or is on the list of those that are for anyone."""

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from ingot.settings import Settings
from services.accounts.access import Needs, NeedsEarly, needs_session
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


def permission(dependant: Dependant) -> frozenset[str] | None:
    """The roles of which one is needed; '' stands for any session; None where nothing is."""
    if isinstance(dependant.call, Needs | NeedsEarly):
        return dependant.call.roles
    if dependant.call is needs_session:
        return frozenset({""})
    found = [permission(part) for part in dependant.dependencies]
    return next((roles for roles in found if roles is not None), None)


def ways_in() -> dict[str, frozenset[str] | None]:
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
    asking_nothing = {way for way, roles in ways_in().items() if roles is None}
    assert asking_nothing - set(OPEN) == set()


def test_the_list_holds_nothing_that_asks() -> None:
    assert [way for way, roles in ways_in().items() if roles and way in OPEN] == []


def test_a_lab_reaches_no_endpoint_of_people_and_people_none_of_a_lab() -> None:
    for way, roles in ways_in().items():
        if roles and "lab" in roles:
            assert roles == {"lab"}, way
        if way.split()[1].startswith(("/v1/orders", "/v1/batches", "/v1/files")):
            assert roles == {"lab"}, way
