"""HTML as a model reads it: the text, the links with their paths, the fields of the form."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "title"})
_BLOCKS = frozenset({"p", "h1", "h2", "li", "div", "ul", "footer", "form", "br"})


@dataclass(slots=True)
class Page:
    """One page that was read."""

    text: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    """Text and address, in the order of the page."""
    fields: list[str] = field(default_factory=list)
    action: str = ""
    """Where the form goes, '' without one."""
    button: str = ""

    def describe(self) -> str:
        """The page in plain lines."""
        lines = [self.text, "Links:", *(f"- {text} ({address})" for text, address in self.links)]
        if self.action:
            lines.append(f"Form with the fields {', '.join(self.fields)}; button '{self.button}'")
        return "\n".join(lines)


def read_page(html: str) -> Page:
    """Parse a page; bad HTML gives an odd page, never an error."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).splitlines())
    reader.page.text = "\n".join(line for line in lines if line)
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.pieces: list[str] = []
        self._inside = ""
        """The open element whose text is not plain text: a link, the button, something silent."""
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag in _SILENT or tag in ("a", "button"):
            self._inside = tag
        if tag == "a":
            self._address = given.get("href", "")
        elif tag == "form":
            self.page.action = given.get("action", "")
        elif tag == "input":
            self.page.fields.append(given.get("name", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "a":
            self.page.links.append((data.strip(), self._address))
        elif self._inside == "button":
            self.page.button = data.strip()
        elif not self._inside:
            self.pieces.append(data)
