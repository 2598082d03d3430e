"""Tasks on a library's site: reserve a book, sign up for an event, compare books, write a note."""

from dataclasses import dataclass
from random import Random

from generation.environments.base import Call, make_call
from generation.environments.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Book:
    """A book and where it stands."""

    id: str
    title: str
    author: str
    genre: str
    shelf: str
    pages: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens in the library; `code` confirms a registration."""

    id: str
    title: str
    day: str
    seats: int
    code: str


@dataclass(frozen=True, slots=True)
class Library:
    """All that the site shows."""

    name: str
    books: tuple[Book, ...]
    events: tuple[Event, ...]
    closing: dict[str, str]
    """Day to closing time."""


Entry = dict[str, str]
"""One thing that a visitor sent, such as {"kind": "reservation", "book": "b3", "card": "4711"}."""

_GENRES = ("Crime", "History", "Poetry", "Travel", "Science")
_FIRST = ("Silent", "Golden", "Broken", "Hidden", "Distant", "Bitter", "Early", "Last", "Paper")
_SECOND = ("Harbour", "Garden", "Winter", "Letter", "Bridge", "Orchard", "Signal", "Tide", "Atlas")
_AUTHORS = ("L. Arden", "M. Brooke", "T. Calder", "R. Dunmore", "S. Ekholm", "P. Farrow")
_TOPICS = ("Chess", "Bookbinding", "Story", "Map", "Music", "Repair", "Puzzle", "Poetry", "Film")
_FORMS = ("Evening", "Day", "Hour", "Course", "Circle", "Talk", "Fair", "Lunch", "Walk")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_TOWNS = ("Ashford", "Bramley", "Colne", "Dunster", "Elmstead")


def draw_web(rng: Random) -> Scenario[Library]:
    """One task of any kind."""
    library = _draw_library(rng)
    return rng.choice((_reserve, _sign_up, _compare, _write_note))(rng, library)


def _reserve(rng: Random, library: Library) -> Scenario[Library]:
    book, card = rng.choice(library.books), _draw_card(rng)
    task = rng.choice(
        (
            f"Reserve the book '{book.title}' ({book.genre}) for the library card {card}. On which "
            "shelf does it stand?",
            f"On the library's site, find '{book.title}' among {book.genre} and reserve it with my "
            f"card {card}. Tell me its shelf.",
        )
    )
    calls = (
        _open("/"),
        _click(book.genre),
        _click(book.title),
        _fill("card", card),
        _submit(),
    )
    entry = {"kind": "reservation", "book": book.id, "card": card}
    return _scenario(library, task, calls, book.shelf, entry)


def _sign_up(rng: Random, library: Library) -> Scenario[Library]:
    event = rng.choice(library.events)
    people = str(rng.randint(1, event.seats))
    task = (
        f"Sign up {people} people for the event '{event.title}' of the library. Which confirmation "
        "code do you get?"
    )
    calls = (
        _open("/"),
        _click("Events"),
        _click(event.title),
        _fill("people", people),
        _submit(),
    )
    entry = {"kind": "registration", "event": event.id, "people": people}
    return _scenario(library, task, calls, event.code, entry)


def _compare(rng: Random, library: Library) -> Scenario[Library]:
    genre = rng.choice(library.books).genre
    pair = rng.sample([book for book in library.books if book.genre == genre], 2)
    shorter, longer = sorted(pair, key=lambda book: book.pages)
    card = _draw_card(rng)
    task = (
        f"Of the {genre} books '{pair[0].title}' and '{pair[1].title}', reserve the one with more "
        f"pages for the library card {card}, and only that one. How many pages does it have?"
    )
    calls = (
        _open("/"),
        _click(genre),
        _click(shorter.title),
        _open(f"/books/{longer.id}"),
        _fill("card", card),
        _submit(),
    )
    entry = {"kind": "reservation", "book": longer.id, "card": card}
    return _scenario(library, task, calls, str(longer.pages), entry)


def _write_note(rng: Random, library: Library) -> Scenario[Library]:
    day = rng.choice(_DAYS)
    closing, card = library.closing[day], _draw_card(rng)
    message = f"{card} {closing}"
    task = rng.choice(
        (
            f"Look up when the library closes on {day}. Then send '{card}', a space and that time, "
            "as it is written there, through the contact form. When does it close?",
            f"When does the library close on {day}? Confirm it through the contact form with a "
            f"message of my card number {card}, a space and the time as the site writes it.",
        )
    )
    calls = (
        _open("/"),
        _click("Opening hours"),
        _click("Contact"),
        _fill("message", message),
        _submit(),
    )
    return _scenario(library, task, calls, closing, {"kind": "message", "message": message})


def _scenario(
    library: Library, task: str, calls: tuple[Call, ...], answer: str, entry: Entry
) -> Scenario[Library]:
    return Scenario(library, f"{task} The site begins at the path '/'.", calls, answer, [entry])


def _draw_library(rng: Random) -> Library:
    """Three genres of three books each, three events."""
    titles = rng.sample([f"{first} {second}" for first in _FIRST for second in _SECOND], 9)
    genres = rng.sample(_GENRES, 3)
    pages = rng.sample(range(90, 700), 9)
    books = tuple(
        Book(f"b{n}", titles[n], rng.choice(_AUTHORS), genres[n // 3], _draw_shelf(rng), pages[n])
        for n in range(9)
    )
    events = tuple(
        Event(f"e{n}", title, rng.choice(_DAYS), rng.randint(2, 30), f"{title[0]}{code}")
        for n, (title, code) in enumerate(
            zip(_draw_event_titles(rng), rng.sample(range(1_000, 10_000), 3), strict=True)
        )
    )
    closing = {
        day: f"{rng.randint(15, 21)}:{rng.choice(('00', '15', '30', '45'))}" for day in _DAYS
    }
    return Library(f"{rng.choice(_TOWNS)} Library", books, events, closing)


def _draw_event_titles(rng: Random) -> list[str]:
    return [f"{topic} {rng.choice(_FORMS)}" for topic in rng.sample(_TOPICS, 3)]


def _draw_shelf(rng: Random) -> str:
    return f"{rng.choice('ABCDEF')}{rng.randint(10, 99)}"


def _draw_card(rng: Random) -> str:
    return str(rng.randint(1_000, 9_999))


def _open(path: str) -> Call:
    return make_call("open", path=path)


def _click(link_text: str) -> Call:
    return make_call("click", link_text=link_text)


def _fill(field: str, value: str) -> Call:
    return make_call("fill", field=field, value=value)


def _submit() -> Call:
    return make_call("submit")
