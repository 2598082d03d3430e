"""`ingot order ...`: the lab's side, against a running platform."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from ingot.client import Client
from ingot.errors import IngotError, OrderError
from ingot.orders import BatchState, read_order
from ingot.settings import Settings
from services.cli.display import BatchDisplay
from services.cli.run import content_key, print_outcome
from services.platform import attach


def connect(settings: Settings) -> Client:
    """Reach the platform that the settings name, or the local one."""
    key = settings.api_key.get_secret_value()
    if settings.api_url:
        if not key:
            raise OrderError("INGOT_API_KEY is not set: set it to the key you were given")
        return Client(settings.api_url, key)
    platform = attach(settings)
    return Client(platform.api_url, key or platform.keys["operator"])


def submit(settings: Settings, console: Console, path: Path) -> None:
    """Place an order."""
    spec = read_order(path)
    with connect(settings) as client:
        order = client.place_order(spec, idempotency_key=content_key(spec))
    console.print(order["id"], highlight=False)


def status(settings: Settings, console: Console, order_id: str) -> None:
    """Print one line per batch."""
    with connect(settings) as client:
        order = client.order(order_id)
    table = Table("batch", "state", "stage", "done", "open tasks", "delivered to / error")
    for batch in order["batches"]:
        progress = batch["progress"]
        done = f"{progress['done']}/{progress['total']} {progress['unit']}" if progress else ""
        where = batch["delivery_uri"] or batch["error"]
        stage = progress.get("stage", "")
        table.add_row(batch["id"], batch["state"], stage, done, str(batch["tasks_open"]), where)
    console.print(table)


def wait(settings: Settings, console: Console, order_id: str) -> None:
    """Follow an order to its end."""
    with connect(settings) as client, BatchDisplay(console) as display:
        for batch in client.watch(order_id):
            display.show(batch)
    if batch["state"] == BatchState.FAILED:
        raise IngotError(f"the batch failed: {batch['error']}")
    print_outcome(console, batch)


def pull(settings: Settings, console: Console, order_id: str, folder: Path) -> None:
    """Download the first batch of an order."""
    with connect(settings) as client:
        batch = client.order(order_id)["batches"][0]
        for path in client.pull(batch["id"], folder):
            console.print(str(path), highlight=False)
