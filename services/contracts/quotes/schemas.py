"""What quotes look like over HTTP."""

from datetime import datetime
from typing import Literal

from ingot.orders.contract import QuoteRequest
from ingot.records import Model
from services.contracts.states import OrderState
from services.money.prices import Estimate, Line
from services.web.paging import Page


class QuoteView(Model):
    """What was asked, and what it costs."""

    id: str
    state: Literal["issued", "accepted", "expired", "withdrawn"]
    request: QuoteRequest
    """Its terms say first of all whether the data may be published, and who else may get it."""
    currency: str
    """ISO 4217."""
    lines: tuple[Line, ...]
    total: int
    """Minor units."""
    estimate: Estimate
    price_book: int
    """Version of the prices."""
    valid_until: datetime
    created_at: datetime
    version: int


class QuotePage(Page[QuoteView]):
    """A page of quotes, newest first."""


class OrderPlaced(Model):
    """The order that a quote became."""

    order_id: str
    quote_id: str
    state: OrderState
