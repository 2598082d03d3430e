"""A web site, read and filled in like in a browser that knows text, links and forms."""

from http.client import HTTPConnection, HTTPException
from random import Random
from urllib.parse import quote, urlencode, urlsplit

from generation.environments.base import Tool, ToolError
from generation.environments.scenario import ScenarioEnvironment, canonical
from generation.environments.schema import object_schema, text_field
from generation.environments.tasks.web import Library, draw_web
from generation.environments.web_page import Page, read_page
from generation.environments.web_server import HOST, SiteServer
from generation.environments.web_site import Site

_TIMEOUT_S = 10
_MAX_REDIRECTS = 3
_SAFE_IN_PATH = "/?=&%+,;:@!$'()*~"
_FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


class Web(ScenarioEnvironment[Library]):
    """A library's site on a server of its own; the tools never leave that server."""

    name = "web"
    tools = (
        Tool(
            "open",
            "Open a page of the site and read it.",
            object_schema(path=text_field("Path of the page, beginning with /")),
            True,
        ),
        # Not `reads`: what a click shows depends on the page before it.
        Tool(
            "click",
            "Follow a link of the page that is open.",
            object_schema(link_text=text_field("The link's text")),
        ),
        Tool(
            "fill",
            "Fill in a field of the form on the page that is open.",
            object_schema(field=text_field("Name of the field"), value=text_field("What to write")),
        ),
        Tool("submit", "Send the form of the page that is open.", object_schema()),
    )

    def __init__(self, rng: Random) -> None:
        super().__init__(draw_web(rng))
        self._site = Site(self._scenario.start)
        self._server = SiteServer(self._site)
        self._page = Page()
        self._filled: dict[str, str] = {}

    def state(self) -> str:
        """What was sent to the site; the page that is open does not count."""
        return canonical(self._site.entries)

    def close(self) -> None:
        """Stop the server."""
        self._server.close()

    def _open(self, path: str) -> str:
        return self._show(self._fetch("GET", path))

    def _click(self, link_text: str) -> str:
        wanted = " ".join(link_text.split()).casefold()
        for text, address in self._page.links:
            if text.casefold() == wanted:
                return self._open(address)
        known = ", ".join(text for text, _ in self._page.links) or "none; open a page first"
        raise ToolError(f"no link {link_text[:60]!a} on this page; its links: {known}")

    def _fill(self, field: str, value: str) -> str:
        if field not in self._page.fields:
            known = ", ".join(self._page.fields) or "none"
            raise ToolError(f"no field {field[:60]!a} on this page; its fields: {known}")
        self._filled[field] = value
        return f"{field}: {value}"

    def _submit(self) -> str:
        if not self._page.action:
            raise ToolError("there is no form on this page")
        return self._show(self._fetch("POST", self._page.action, urlencode(self._filled)))

    def _show(self, page: Page) -> str:
        self._page, self._filled = page, {}
        return page.describe()

    def _fetch(self, method: str, address: str, body: str = "") -> Page:
        """The page at an address, redirects followed; raises ToolError for all but a page."""
        for _ in range(_MAX_REDIRECTS):
            status, location, html = self._exchange(method, _stay_on_site(address), body)
            if status == 303:
                method, address, body = "GET", location, ""
                continue
            if status != 200:
                raise ToolError(f"{status}: {read_page(html).text}")
            return read_page(html)
        raise ToolError("the site sends you round in circles")

    def _exchange(self, method: str, path: str, body: str) -> tuple[int, str, str]:
        connection = HTTPConnection(HOST, self._server.port, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body or None, _FORM_TYPE if body else {})
            response = connection.getresponse()
            return response.status, response.getheader("Location", ""), response.read().decode()
        except (OSError, HTTPException) as error:
            raise ToolError(f"the site does not answer: {error}") from error
        finally:
            connection.close()


def _stay_on_site(address: str) -> str:
    """The address as a request's path; raises ToolError for anything off this server."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ToolError(f"{address[:60]!a} is not an address") from error
    if parts.scheme or parts.netloc or not address.startswith("/"):
        raise ToolError(f"{address[:60]!a} is not on this site: give a path that begins with /")
    return quote(address, safe=_SAFE_IN_PATH)
