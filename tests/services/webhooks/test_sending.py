"""One try against a real server: what counts, what is read, and whom it reaches."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpcore
import pytest
from certifying import Certificates
from receiving import Receiver, Reply, receiving

from services.web import addresses
from services.webhooks import signing
from services.webhooks.sending import RESPONSE_BYTES, Attempt, Courier

BODY = b'{"type":"webhook.test"}'


@pytest.fixture
async def courier() -> AsyncIterator[Courier]:
    """Calls this machine, too."""
    made = Courier(allow_private=True, timeout_s=20)
    yield made
    await made.close()


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
def secure(certificates: Certificates) -> Iterator[Receiver]:
    """A receiver with a certificate for lab.example.org."""
    file = certificates.make("lab.example.org")
    with receiving(ssl_certfile=str(file)) as started:
        yield started


async def post(courier: Courier, receiver: Receiver, *replies: Reply) -> Attempt:
    receiver.script["/hook"] = list(replies)
    return await courier.post(f"{receiver.url}/hook", {"webhook-id": "evt_1"}, BODY)


def names_lead_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Answers of the system to names, in turn; gives the names that were asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    monkeypatch.setattr(addresses, "resolve", resolve)
    return asked


async def test_a_body_arrives_as_it_is(courier: Courier, receiver: Receiver) -> None:
    attempt = await post(courier, receiver, Reply(204, body=b""))
    assert (attempt.status, attempt.error, attempt.response) == (204, "", "")
    assert attempt.duration_ms >= 0
    [got] = receiver.got
    assert got.body == BODY
    assert got.headers["host"] == receiver.url.removeprefix("http://")
    assert got.headers["content-type"] == "application/json"
    assert got.id == "evt_1"


@pytest.mark.parametrize("status", [200, 202, 299])
async def test_any_2xx_is_delivered(courier: Courier, receiver: Receiver, status: int) -> None:
    attempt = await post(courier, receiver, Reply(status))
    assert (attempt.status, attempt.error, attempt.response) == (status, "", "thanks")


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
async def test_any_other_status_is_not(courier: Courier, receiver: Receiver, status: int) -> None:
    attempt = await post(courier, receiver, Reply(status, body=b"no\x00 \x1b[1m\xff" + b"x" * 999))
    assert (attempt.status, attempt.error) == (status, f"answered {status}")
    assert attempt.response == ("no  [1m\ufffd" + "x" * 999).replace("  ", "   ", 1)[:300]
    assert attempt.gone == (status == 410)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    courier: Courier, receiver: Receiver, status: int
) -> None:
    reply = Reply(status, {"location": f"{receiver.url}/elsewhere"})
    attempt = await post(courier, receiver, reply)
    assert attempt.error.startswith(f"answered {status}: redirects are not followed")
    assert [got.path for got in receiver.got] == ["/hook"]


async def test_of_a_huge_answer_the_beginning_is_read(courier: Courier, receiver: Receiver) -> None:
    attempt = await post(courier, receiver, Reply(body=b"x" * (200 * RESPONSE_BYTES)))
    assert (attempt.status, attempt.error, attempt.response) == (200, "", "x" * 300)


async def test_an_answer_that_takes_too_long_is_none(receiver: Receiver) -> None:
    courier = Courier(allow_private=True, timeout_s=0.2)
    attempt = await post(courier, receiver, Reply(after_s=30))
    assert (attempt.status, attempt.error) == (None, "no answer within 0.2 s")
    await courier.close()


async def test_time_is_for_all_of_it_and_what_was_said_counts(receiver: Receiver) -> None:
    courier = Courier(allow_private=True, timeout_s=1)
    attempt = await post(courier, receiver, Reply(200, body=b"slow" * 100, drip_s=0.05))
    assert (attempt.status, attempt.error) == (200, "")
    assert "slow".startswith(attempt.response[:4])
    assert len(attempt.response) < 300
    attempt = await post(courier, receiver, Reply(500, body=b"slow" * 100, drip_s=0.05))
    assert attempt.error == "answered 500"
    await courier.close()


@pytest.mark.parametrize(
    ("status", "said", "rest_s"),
    [
        (429, "120", 120),
        (503, "0", 0),
        (429, "999999999", 24 * 3600),
        (429, "soon", None),
        (429, "-5", None),
        (500, "120", None),
        (429, format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0),
        (503, format_datetime(datetime.now(UTC) + timedelta(days=9), usegmt=True), 24 * 3600),
    ],
    ids=["429", "503 at once", "429 long", "429 word", "429 past", "500", "429 date", "503 date"],
)
async def test_how_long_it_wants_to_be_left_alone(
    courier: Courier, receiver: Receiver, status: int, said: str, rest_s: float | None
) -> None:
    attempt = await post(courier, receiver, Reply(status, {"retry-after": said}))
    assert attempt.rest_s == rest_s


async def test_a_date_to_come_is_waited_for(courier: Courier, receiver: Receiver) -> None:
    when = datetime.now(UTC) + timedelta(hours=2)
    reply = Reply(503, {"retry-after": format_datetime(when, usegmt=True)})
    rest_s = (await post(courier, receiver, reply)).rest_s
    assert rest_s is not None
    assert 3600 < rest_s <= 7200


async def test_a_connection_is_used_again(courier: Courier, receiver: Receiver) -> None:
    for _ in range(3):
        assert not (await post(courier, receiver, Reply())).error
    assert len({got.port for got in receiver.got}) == 1


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 two hundred\r\n\r\n", b"\x00\xff\r\n\r\n"])
async def test_what_is_no_answer_is_told(courier: Courier, said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(BODY)
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    attempt = await courier.post(f"http://127.0.0.1:{port}", {}, BODY)
    assert attempt.status is None
    assert attempt.error.startswith("RemoteProtocolError: ")
    assert attempt.error.isprintable()
    server.close()


async def test_where_nobody_listens_that_is_told(courier: Courier) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    attempt = await courier.post(f"http://127.0.0.1:{port}", {}, BODY)
    assert attempt.status is None
    assert attempt.error.startswith("ConnectError")


async def test_a_private_address_is_refused(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier, port = Courier(), receiver.url.rpartition(":")[2]
    plain = await courier.post(f"http://lab.example.org:{port}/", {}, BODY)
    assert "use https" in plain.error
    for host in ("127.0.0.1", "[::1]", "localhost", "2130706433"):
        attempt = await courier.post(f"https://{host}:{port}/", {}, BODY)
        assert "is not a public address" in attempt.error
    names_lead_to(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    named = await courier.post(f"https://lab.example.org:{port}/", {}, BODY)
    assert (named.status, "has an address that is not public" in named.error) == (None, True)
    assert receiver.got == []
    await courier.close()


async def test_a_name_that_leads_elsewhere_the_second_time_is_asked_once(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[str] = []

    async def connect_tcp(backend: object, host: str, *terms: object) -> None:
        connected.append(host)
        raise httpcore.ConnectError("not today")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    asked = names_lead_to(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    courier, url = Courier(), f"https://lab.example.org:{receiver.url.rpartition(':')[2]}/"
    first = await courier.post(url, {}, BODY)
    assert (asked, connected) == (["lab.example.org"], ["93.184.216.34"])
    assert first.error == "ConnectError: not today"
    second = await courier.post(url, {}, BODY)
    assert "not public" in second.error
    assert connected == ["93.184.216.34"]
    assert receiver.got == []
    await courier.close()


async def test_a_second_address_is_tried_where_the_first_does_not_answer(
    courier: Courier, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_lead_to(monkeypatch, ["127.0.0.9", "127.0.0.1"])
    port = receiver.url.rpartition(":")[2]
    attempt = await courier.post(f"http://lab.example.org:{port}/hook", {}, BODY)
    assert (attempt.status, attempt.error) == (200, "")
    assert receiver.got[0].headers["host"] == f"lab.example.org:{port}"


async def test_a_certificate_is_for_the_name_whatever_the_address(
    secure: Receiver, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_lead_to(monkeypatch, ["127.0.0.1"])
    courier = Courier(allow_private=True, tls=certificates.trust())
    port = secure.url.rpartition(":")[2]
    right = await courier.post(f"https://lab.example.org:{port}/", {}, BODY)
    assert (right.status, right.error) == (200, "")
    wrong = await courier.post(f"https://other.example.org:{port}/", {}, BODY)
    assert wrong.status is None
    assert "CERTIFICATE_VERIFY_FAILED" in wrong.error
    await courier.close()
    stranger = Courier(allow_private=True)
    unknown = await stranger.post(f"https://lab.example.org:{port}/", {}, BODY)
    assert "CERTIFICATE_VERIFY_FAILED" in unknown.error
    assert len(secure.got) == 1
    await stranger.close()


def test_a_tries_time_is_in_its_signature_and_not_in_its_body() -> None:
    secret, data = signing.new_secret(), {"id": "ord_1", "version": 1}
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    body = signing.body("order.state_changed", at, data)
    assert body == (
        b'{"type":"order.state_changed","timestamp":"2026-01-02T03:04:05.678901Z",'
        b'"data":{"id":"ord_1","version":1}}'
    )
    now = datetime.now(UTC)
    first = signing.headers("evt_1_whe_1", now, body, [secret])
    later = signing.headers("evt_1_whe_1", now + timedelta(seconds=5), body, [secret])
    assert first["webhook-id"] == later["webhook-id"]
    assert first["webhook-signature"] != later["webhook-signature"]
    assert first["webhook-timestamp"] == str(int(now.timestamp()))
