"""Log-in by single sign-on, through a provider of our own."""

from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from people import add_person
from reviewing import query

from services.database.pool import Pool

CURRENT = "/v1/sessions/current"


class Browser:
    """Follows redirects and keeps cookies, Secure ones of this machine too."""

    def __init__(self, site: str) -> None:
        self.client = httpx.Client(base_url=site, verify=False, timeout=30)
        self.cookies: dict[str, str] = {}

    def get(self, url: str) -> httpx.Response:
        """One request."""
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)
        response = self.client.get(url, headers={"Cookie": sent} if sent else {})
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return response

    def go_to_provider(self) -> str:
        """Begin, and give the address to which the provider sends the browser again."""
        begun = self.get("/portal/sign-on")
        assert begun.status_code == 303, begun.text
        return str(self.get(begun.headers["location"]).headers["location"])

    def sign_on(self) -> httpx.Response:
        """All the way."""
        return self.get(self.go_to_provider())


async def test_who_the_provider_knows_is_let_in(site: str, pool: Pool) -> None:
    await add_person(pool, "ada@example.org", "reviewer", "qa_lead", pseudonym="p-ada")
    browser = Browser(site)
    arrived = browser.sign_on()
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/portal")
    current = browser.get(CURRENT).json()
    assert (current["pseudonym"], current["roles"]) == ("p-ada", ["qa_lead", "reviewer"])
    assert browser.cookies["__Host-ingot-sign-on"] == "", "the attempt is over"
    rows = await query(
        pool, "SELECT actor, detail FROM audit_event WHERE action = 'session.opened'"
    )
    assert [(row["actor"], row["detail"]["by"]) for row in rows] == [("p-ada", "single sign-on")]


async def test_once_met_the_subject_counts_and_not_the_address(
    site: str, provider: Any, pool: Pool
) -> None:
    await add_person(pool, "ada@example.org", pseudonym="p-ada")
    await add_person(pool, "eve@example.org", pseudonym="p-eve")
    assert Browser(site).sign_on().status_code == 303
    provider.claims = {"email": "eve@example.org"}
    browser = Browser(site)
    browser.sign_on()
    assert browser.get(CURRENT).json()["pseudonym"] == "p-ada"
    provider.claims = {"sub": "43"}
    assert Browser(site).sign_on().status_code == 403, "ada's account is another subject's"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@example.org"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": None},
        {"email": ["ada@example.org"]},
    ],
)
async def test_nobody_gets_in_by_an_address_that_is_not_surely_theirs(
    site: str, provider: Any, pool: Pool, claims: dict[str, Any]
) -> None:
    await add_person(pool, "ada@example.org")
    provider.claims = claims
    refused = Browser(site).sign_on()
    assert (refused.status_code, "no account" in refused.text) == (403, True)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"aud": ["ingot", "another"]},
        {"azp": "another"},
    ],
)
async def test_a_token_that_was_not_made_for_this_attempt_is_refused(
    site: str, provider: Any, pool: Pool, claims: dict[str, Any]
) -> None:
    await add_person(pool, "ada@example.org")
    provider.claims = claims
    browser = Browser(site)
    assert browser.sign_on().status_code == 403
    assert "__Host-ingot" not in browser.cookies


async def test_a_token_signed_by_somebody_else_is_refused(
    site: str, provider: Any, pool: Pool
) -> None:
    await add_person(pool, "ada@example.org")
    provider.signing = RSAKey.generate_key(2048)
    assert Browser(site).sign_on().status_code == 403


async def test_another_browsers_attempt_is_refused(site: str, pool: Pool) -> None:
    await add_person(pool, "ada@example.org")
    attacker, victim = Browser(site), Browser(site)
    address = attacker.go_to_provider()
    assert victim.get(address).status_code == 403, "no attempt of its own"
    victim.go_to_provider()
    assert victim.get(address).status_code == 403, "another state"


@pytest.mark.parametrize("kept", ["", "x", "e30=", "%00", "\u00e9"])
async def test_a_bent_cookie_is_refused(site: str, kept: str) -> None:
    browser = Browser(site)
    address = browser.go_to_provider()
    headers = {"Cookie": f"__Host-ingot-sign-on={kept}".encode()}
    assert browser.client.get(address, headers=headers).status_code == 403  # type: ignore[arg-type]


async def test_a_code_is_good_once(site: str, pool: Pool) -> None:
    await add_person(pool, "ada@example.org")
    browser = Browser(site)
    address = browser.go_to_provider()
    kept = dict(browser.cookies)
    assert browser.get(address).status_code == 303
    browser.cookies = kept
    assert browser.get(address).status_code == 403


async def test_a_disabled_account_stays_out(site: str, pool: Pool) -> None:
    await add_person(pool, "ada@example.org")
    assert Browser(site).sign_on().status_code == 303
    await query(pool, "UPDATE account SET disabled_at = now()")
    assert Browser(site).sign_on().status_code == 403


async def test_a_provider_that_calls_itself_otherwise_is_refused(site: str, provider: Any) -> None:
    provider.issuer = "https://evil.example"
    assert Browser(site).get("/portal/sign-on").status_code == 403


async def test_the_log_in_page_leads_there(site: str) -> None:
    assert 'href="/portal/sign-on"' in Browser(site).get("/portal/login").text


async def test_without_a_provider_there_is_no_such_page(api: Any) -> None:
    assert "/portal/sign-on" not in (await api.anonymous.get("/portal/login")).text
    assert (await api.anonymous.get("/portal/sign-on")).status_code == 404
