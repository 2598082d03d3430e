"""Pages from templates: what all of them know, and the policy under which browsers show them."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.accounts.keys import Principal
from services.accounts.permissions import Permission
from services.accounts.sessions import Person
from services.report.legible import legible
from services.review.kinds.rendering import render as render_markdown
from services.review.portal import words

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)
_TEXT_CHARS = 20_000
_TOKEN = Markup('<input type="hidden" name="csrf" value="{}">')


@dataclass(frozen=True, slots=True)
class Place:
    """A screen in the head of each page, and the permission that opens it."""

    path: str
    name: str
    permission: Permission
    labs: bool = False
    """Whether it is labs' alone: staff may have the permission for other ends."""

    def opens_to(self, me: Principal) -> bool:
        """Whether somebody sees it in the head."""
        may = me.permissions
        return self.permission in may and ("orders:read" in may or not self.labs)


PLACES = (
    Place("/portal", "Home", "review:own"),
    Place("/portal/me", "My figures", "review:answer"),
    Place("/portal/adjudication", "Adjudication", "review:look"),
    Place("/portal/quality", "Quality", "review:lead"),
    Place("/portal/orders", "Orders", "orders:read"),
    Place("/portal/money", "Money", "money:read"),
    Place("/portal/webhooks", "Webhooks", "webhooks:write"),
    Place("/portal/keys", "Keys", "keys:write", labs=True),
    Place("/portal/trail", "Trail", "audit:read", labs=True),
    Place("/portal/accounts", "Accounts", "people:write"),
)


def home_of(me: Principal) -> str:
    """Where somebody begins."""
    places = (place.path for place in PLACES if place.opens_to(me))
    return next(places, "/portal/password")


def show(
    request: Request,
    name: str,
    me: Principal | None,
    *,
    status: int = 200,
    environment: Environment | None = None,
    **values: object,
) -> HTMLResponse:
    """One page or a part of one; every value is escaped."""
    places = [place for place in PLACES if me and place.opens_to(me)]
    html = (
        (environment or _TEMPLATES)
        .get_template(name)
        .render(
            me=me,
            places=places,
            here=request.url.path,
            token=_TOKEN.format(me.csrf if isinstance(me, Person) else ""),
            **values,
        )
    )
    return HTMLResponse(html, status, {"Content-Security-Policy": POLICY})


def templates(*more: Path) -> Environment:
    """The templates of this folder and of others, with what all of them know."""
    environment = Environment(
        loader=FileSystemLoader([*more, FOLDER / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (words.money, words.share, words.figure, words.lasting, words.when)
    environment.filters |= {form.__name__: form for form in filters}
    environment.filters["markdown"] = _markdown
    environment.filters["legible"] = lambda text: legible(str(text), _TEXT_CHARS)
    environment.globals |= {"kinds": words.KINDS, "causes": words.CAUSES, "states": words.STATES}
    return environment


def _markdown(text: str) -> Markup:
    """Safe by `render`, which lets no script, style, image or handler through."""
    return Markup(render_markdown(text))


_TEMPLATES = templates()
