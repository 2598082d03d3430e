import json
import socket
import threading
from collections.abc import Iterator
from random import Random

import pytest

from generation.environments.base import ToolError
from generation.environments.tasks.web import draw_web
from generation.environments.web import Web
from generation.environments.web_page import read_page
from generation.environments.web_server import HOST, SiteServer
from generation.environments.web_site import MAX_ENTRIES, Site

LIBRARY = draw_web(Random(1)).start


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web(Random(1))
    yield made
    made.close()


@pytest.fixture
def site() -> Site:
    return Site(LIBRARY)


def test_pages_are_text_links_and_fields(web: Web) -> None:
    page = web.call("open", {"path": "/contact"})
    assert page.startswith("Contact\nLinks:\n- Home (/)")
    assert page.endswith("Form with the fields message; button 'Send'")
    assert "margin" not in page


def test_links_are_followed_by_their_text(web: Web) -> None:
    web.call("open", {"path": "/"})
    assert web.call("click", {"link_text": " opening  HOURS "}).startswith("Opening hours\nMonday")
    with pytest.raises(ToolError, match="no link 'Cellar' on this page; its links: Home"):
        web.call("click", {"link_text": "Cellar"})


def test_a_form_is_filled_and_sent(web: Web) -> None:
    web.call("open", {"path": "/contact"})
    web.call("fill", {"field": "message", "value": "Grüße & <b>?=%"})
    assert web.call("submit", {}).startswith("Thank you")
    assert json.loads(web.state()) == [{"kind": "message", "message": "Grüße & <b>?=%"}]


def test_what_was_filled_is_gone_with_the_page(web: Web) -> None:
    web.call("open", {"path": "/contact"})
    web.call("fill", {"field": "message", "value": "x"})
    web.call("open", {"path": "/contact"})
    with pytest.raises(ToolError, match="400: Not sent\nThe message is empty"):
        web.call("submit", {})


@pytest.mark.parametrize(
    "path",
    [
        "https://town.example/",
        "//town.example/",
        "http://127.0.0.1:1/",
        "/\t/town.example/",
        "file:///etc/passwd",
        "hours",
        "http://[",
        "",
    ],
)
def test_nothing_leaves_the_site(web: Web, path: str) -> None:
    with pytest.raises(ToolError, match=r"is not on this site|is not an address"):
        web.call("open", {"path": path})


def test_a_link_to_elsewhere_is_not_followed(web: Web) -> None:
    assert "https://town.example/" in web.call("open", {"path": "/"})
    with pytest.raises(ToolError, match="is not on this site"):
        web.call("click", {"link_text": "The town's site"})


def test_a_request_cannot_be_split(web: Web) -> None:
    with pytest.raises(ToolError, match="404: Not found"):
        web.call("open", {"path": "/ HTTP/1.1\r\nX: y\r\n\r\nPOST /contact"})


def test_there_is_nothing_to_fill_or_send_without_a_form(web: Web) -> None:
    with pytest.raises(ToolError, match="no field 'message' on this page; its fields: none"):
        web.call("fill", {"field": "message", "value": "x"})
    with pytest.raises(ToolError, match="no form"):
        web.call("submit", {})


def test_the_server_is_gone_after_close(web: Web) -> None:
    threads = threading.active_count()
    port = web._server.port
    socket.create_connection((HOST, port)).close()
    web.close()
    web.close()
    assert threading.active_count() == threads - 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))
    with pytest.raises(ToolError, match="does not answer"):
        web.call("open", {"path": "/"})


def test_servers_stand_side_by_side(site: Site) -> None:
    servers = [SiteServer(site) for _ in range(20)]
    assert len({server.port for server in servers}) == 20
    for server in servers:
        server.close()


@pytest.mark.parametrize("card", ["", "123", "12345", "12a4", "١٢٣٤"])
def test_a_card_has_four_digits(site: Site, card: str) -> None:
    assert site.post("/books/b0", {"card": card}).status == 400
    assert site.post("/books/b0", {"card": "1234"}).status == 303
    assert [entry["card"] for entry in site.entries] == ["1234"]


def test_an_event_takes_as_many_as_it_has_seats(site: Site) -> None:
    seats = LIBRARY.events[0].seats
    for people in ("", "0", str(seats + 1), "-1", "1.5", "9" * 400):
        assert site.post("/events/e0", {"people": people}).status == 400
    assert site.post("/events/e0", {"people": str(seats)}).status == 303
    assert site.post("/events/e0", {"people": "01"}).status == 303
    assert [entry["people"] for entry in site.entries] == [str(seats), "1"]


def test_forms_are_for_pages_that_have_one_and_not_without_end(site: Site) -> None:
    assert site.post("/hours", {}).status == 404
    for _ in range(MAX_ENTRIES):
        assert site.post("/contact", {"message": "x"}).status == 303
    assert site.post("/contact", {"message": "x"}).status == 400


def test_broken_html_is_read_as_far_as_it_goes() -> None:
    page = read_page("<h1>Hi<p>there</a><a href=/x>go <b>now</b></a><script>no()</script>")
    assert (page.text, page.links) == ("Hi\nthere", [("go", "/x"), ("now", "/x")])
