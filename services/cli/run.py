"""`ingot run`: one order through the whole line on this machine."""

import hashlib
from pathlib import Path
from typing import Any

from rich.console import Console

from ingot.client import Client, is_over, order_key
from ingot.errors import IngotError
from ingot.orders import BatchState, OrderSpec, parse_order, read_order
from ingot.settings import Settings
from services.cli.display import BatchDisplay
from services.cli.preflight import check_before_start
from services.platform import Platform, running_platform
from services.simulation import answer_as_team

SHOWN = ("audit_agreement", "decided_by", "dropped", "lift_interval", "known_right", "undecided")
"""Figures of several parts that are worth a line; the rest of them stand in the report."""
WAITING = (BatchState.CALIBRATING, BatchState.IN_REVIEW)


def read_with_overrides(path: Path, *, source: str, quantity: int, seed: int) -> OrderSpec:
    """Read an order file and override its leaves from the command line."""
    data = read_order(path).model_dump(mode="json")
    if source:
        data["source"]["path"] = str(Path(source).resolve()) if "://" not in source else source
    if quantity:
        data["quantity"] = quantity
    if seed >= 0:
        data["seed"] = seed
    return parse_order(data)


def run_order(settings: Settings, spec: OrderSpec, console: Console) -> dict[str, Any]:
    """Place the order on a platform of its own (or the running one) and stay until it is done.

    Gives the batch as the API shows it. The same order again continues, or shows what it gave.
    """
    check_before_start(spec)
    with (
        console.status("starting") as status,
        running_platform(settings, lambda what: status.update(f"starting {what}")) as platform,
    ):
        status.stop()
        with Client(platform.api_url, platform.keys["operator"]) as client:
            placed = client.place_order(spec, idempotency_key=content_key(spec))
            order = client.order(placed["id"])  # a replayed answer shows the order as it was
            console.print(f"order {order['id']}", highlight=False)
            if order["batches"][0]["state"] == BatchState.FAILED:
                client.resume(order["id"])
            try:
                return _follow(client, platform, order, console)
            except KeyboardInterrupt:
                console.print("stopping; run the same command again to go on")
                raise


def content_key(spec: OrderSpec) -> str:
    """The idempotency key of an order and of what its local file holds."""
    path = Path(spec.source.path)
    if not spec.source.path or not path.is_file():
        return order_key(spec)
    return f"{order_key(spec)}-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


def _follow(
    client: Client, platform: Platform, order: dict[str, Any], console: Console
) -> dict[str, Any]:
    spec = OrderSpec.model_validate(order["spec"])
    told = False
    with BatchDisplay(console) as display:
        for batch in client.watch(order["id"], interval_s=0.5):
            platform.check()
            display.show(batch)
            if batch["state"] in WAITING and batch["tasks_open"]:
                if spec.review.reviewers == "simulated":
                    _simulate(platform, spec)
                elif not told:
                    told = True
                    _invite(platform, batch, console)
    if batch["state"] == BatchState.FAILED:
        raise IngotError(f"the batch failed: {batch['error']}")
    assert is_over(batch)
    return batch


def _simulate(platform: Platform, spec: OrderSpec) -> None:
    """Answer what is open, as programs that are marked as such."""
    keys = [key for name, key in platform.keys.items() if name.startswith("simulated-")]
    answer_as_team(platform.api_url, keys, spec)


def _invite(platform: Platform, batch: dict[str, Any], console: Console) -> None:
    """Tell where people answer."""
    console.print(f"{batch['tasks_open']} tasks wait for people: {platform.api_url}/review")
    console.print(f"reviewer key: {platform.keys['reviewer']}", highlight=False)


def print_outcome(console: Console, batch: dict[str, Any]) -> None:
    """Show the figures of a delivered batch."""
    for name, value in sorted(batch["summary"].items()):
        if not isinstance(value, list | dict) or name in SHOWN:
            console.print(f"{name:<24} {value}", highlight=False, soft_wrap=True)
    console.print(f"delivered to {batch['delivery_uri']}", highlight=False, soft_wrap=True)
