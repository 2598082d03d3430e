"""What labs send and get, apart from the order itself (`ingot.orders.OrderSpec`)."""

from datetime import datetime
from typing import Any, Literal

from ingot.orders import BatchState, OrderSpec
from ingot.records import Model
from services.web.paging import Page

OrderState = Literal["placed", "running", "delivered", "failed"]


class BatchView(Model):
    """A batch as its lab sees it."""

    id: str
    order_id: str
    seq: int
    kind: Literal["calibration", "production", "makeup"] | None
    """None: the order is not under contract, this batch is all of it."""
    number: int | None
    """Which production batch it is, or makes up for."""
    state: BatchState
    error: str
    """Why it failed; '' unless it did."""
    progress: dict[str, Any]
    """`stage`, `done`, `total`, `unit` and `facts` of the stage at work; {} before the first."""
    tasks_open: int
    """Review tasks that still need answers."""
    summary: dict[str, Any]
    planned_qty: int | None
    """Units that are due; so on under contract."""
    delivered_qty: int | None
    due_at: datetime | None
    delivered_at: datetime | None
    accept_by: datetime | None
    """Until then the lab decides what it accepts."""
    settled_at: datetime | None
    delivery_uri: str
    """Where it was delivered; '' until then."""
    version: int
    created_at: datetime


class OrderView(Model):
    """An order with its batches."""

    id: str
    state: OrderState
    """Of production."""
    contract_state: str | None
    """Where its contract stands (GET /v1/orders/{id}/contract); null where it has none."""
    spec: OrderSpec
    spec_sha256: str
    created_at: datetime
    batches: tuple[BatchView, ...]


class OrderLine(Model):
    """An order in a list."""

    id: str
    state: OrderState
    contract_state: str | None
    name: str
    quantity: int
    created_at: datetime


class OrderPage(Page[OrderLine]):
    """A page of orders, newest first."""


class FileView(Model):
    """A file of a delivery."""

    name: str
    size_bytes: int
    sha256: str


class FileList(Model):
    """All files of a delivery."""

    batch_id: str
    files: tuple[FileView, ...]
