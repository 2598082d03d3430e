"""The library's site: its pages as HTML, and the entries that visitors leave.

No HTTP in here: `get` and `post` take a path and give a `Reply`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from generation.environments.tasks.web import Book, Entry, Event, Library

MAX_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answers; a `location` sends the visitor on."""

    status: int
    html: str = ""
    location: str = ""


class Site:
    """The pages of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._books = {f"/books/{book.id}": book for book in library.books}
        self._events = {f"/events/{event.id}": event for event in library.events}
        self._genres = {f"/genres/{book.genre.lower()}": book.genre for book in library.books}
        self.entries: list[Entry] = []
        """What visitors sent, in order."""

    def get(self, path: str) -> Reply:
        """The page of a path."""
        if path in self._books:
            return self._page(self._books[path].title, _describe_book(self._books[path], path))
        if path in self._events:
            return self._page(self._events[path].title, _describe_event(self._events[path], path))
        if path in self._genres:
            return self._page(self._genres[path], self._list_books(self._genres[path]))
        return self._get_fixed(path)

    def post(self, path: str, fields: dict[str, str]) -> Reply:
        """Take what was filled in; 400 with the reason where it is wrong."""
        if len(self.entries) >= MAX_ENTRIES:
            return self._refuse("Too many forms were sent. Come back tomorrow.")
        if path in self._books:
            return self._reserve(self._books[path], fields.get("card", ""))
        if path in self._events:
            return self._register(self._events[path], path, fields.get("people", ""))
        if path == "/contact":
            return self._note(fields.get("message", ""))
        return self._missing(path)

    def _get_fixed(self, path: str) -> Reply:
        pages = {
            "/": ("Welcome", self._list_genres()),
            "/events": ("Events", _links((p, event.title) for p, event in self._events.items())),
            "/hours": ("Opening hours", self._list_hours()),
            "/contact": ("Contact", _form("/contact", "message", "Send")),
            "/thanks": ("Thank you", "<p>Your form has arrived.</p>"),
        }
        codes = {f"{p}/done/{event.code}": event for p, event in self._events.items()}
        if path in codes:
            return self._page("Signed up", f"<p>Confirmation code: {codes[path].code}</p>")
        return self._page(*pages[path]) if path in pages else self._missing(path)

    def _reserve(self, book: Book, card: str) -> Reply:
        if not (card.isascii() and card.isdigit() and len(card) == 4):
            return self._refuse("A library card has four digits.")
        return self._keep({"kind": "reservation", "book": book.id, "card": card}, "/thanks")

    def _register(self, event: Event, path: str, people: str) -> Reply:
        digits = people.isascii() and people.isdigit() and len(people) <= 3
        if not (digits and 1 <= int(people) <= event.seats):
            return self._refuse(f"The number of people must be 1 to {event.seats}.")
        entry = {"kind": "registration", "event": event.id, "people": str(int(people))}
        return self._keep(entry, f"{path}/done/{event.code}")

    def _note(self, message: str) -> Reply:
        if not message.strip():
            return self._refuse("The message is empty.")
        return self._keep({"kind": "message", "message": message.strip()}, "/thanks")

    def _keep(self, entry: Entry, location: str) -> Reply:
        self.entries.append(entry)
        return Reply(303, location=location)

    def _list_genres(self) -> str:
        return "<p>Our books:</p>" + _links(self._genres.items())

    def _list_books(self, genre: str) -> str:
        books = ((path, book.title) for path, book in self._books.items() if book.genre == genre)
        return _links(books)

    def _list_hours(self) -> str:
        hours = self._library.closing.items()
        return "".join(f"<p>{day}: open from 9:00, closes at {time}</p>" for day, time in hours)

    def _refuse(self, reason: str) -> Reply:
        return Reply(400, self._page("Not sent", f"<p>{escape(reason)}</p>").html)

    def _missing(self, path: str) -> Reply:
        return Reply(404, self._page("Not found", f"<p>There is no page {escape(path)}.</p>").html)

    def _page(self, title: str, content: str) -> Reply:
        menu = _links(
            (
                ("/", "Home"),
                ("/events", "Events"),
                ("/hours", "Opening hours"),
                ("/contact", "Contact"),
                ("https://town.example/", "The town's site"),
            )
        )
        name = escape(self._library.name)
        head = f"<title>{escape(title)} - {name}</title><style>p {{ margin: 1em }}</style>"
        body = f"<h1>{escape(title)}</h1>{content}<footer>{menu}</footer>"
        return Reply(200, f"<!doctype html><html><head>{head}</head><body>{body}</body></html>")


def _describe_book(book: Book, path: str) -> str:
    facts = (
        f"<p>By {escape(book.author)}</p>",
        f"<p>{book.pages} pages</p>",
        f"<p>Shelf: {escape(book.shelf)}</p>",
        "<p>To reserve it, give the number of your library card.</p>",
    )
    return "".join(facts) + _form(path, "card", "Reserve")


def _describe_event(event: Event, path: str) -> str:
    facts = f"<p>Every {event.day}</p><p>{event.seats} seats are free</p>"
    return f"{facts}<p>How many people are you?</p>{_form(path, 'people', 'Sign up')}"


def _links(pairs: Iterable[tuple[str, str]]) -> str:
    items = (f'<li><a href="{escape(path)}">{escape(text)}</a></li>' for path, text in pairs)
    return f"<ul>{''.join(items)}</ul>"


def _form(action: str, field: str, button: str) -> str:
    parts = f'<input type="text" name="{field}"><button>{button}</button>'
    return f'<form method="post" action="{escape(action)}">{parts}</form>'
