import tempfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml
from rich.console import Console

from ingot.client import order_key
from ingot.errors import OrderError
from ingot.orders import OrderSpec, read_order
from services.cli.run import content_key, print_outcome, read_with_overrides


@pytest.fixture
def order(tmp_path: Path) -> Path:
    """An order file beside the prompts that it names."""
    (tmp_path / "prompts.jsonl").write_text('{"prompt": "1+1?"}\n')
    fields = {"name": "x", "quantity": 5, "seed": 7}
    fields["source"] = {"recipe": "prompts", "path": "prompts.jsonl"}
    (tmp_path / "order.yaml").write_text(yaml.safe_dump(fields))
    return tmp_path / "order.yaml"


def override(path: Path, *, source: str = "", quantity: int = 0, seed: int = -1) -> OrderSpec:
    return read_with_overrides(path, source=source, quantity=quantity, seed=seed)


def test_nothing_given_leaves_the_order_as_it_is(order: Path) -> None:
    assert override(order) == read_order(order)


def test_leaves_are_overridden(order: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(order.parent)
    spec = override(order, source="other.jsonl", quantity=9, seed=0)
    assert (spec.source.path, spec.quantity, spec.seed) == (
        str(order.parent / "other.jsonl"),
        9,
        0,
    )


def test_an_address_is_kept_as_it_is(order: Path) -> None:
    assert override(order, source="s3://bucket/p.jsonl").source.path == "s3://bucket/p.jsonl"


def test_an_override_is_checked_too(order: Path) -> None:
    with pytest.raises(OrderError, match=r"quantity: .* 10000000 \(got 10000001\)"):
        override(order, quantity=10_000_001)


def test_the_key_follows_the_order_and_what_its_file_holds(order: Path) -> None:
    before = content_key(read_order(order))
    assert before == content_key(read_order(order))
    assert before != content_key(override(order, seed=8))
    (order.parent / "prompts.jsonl").write_text('{"prompt": "2+2?"}\n')
    assert content_key(read_order(order)) != before


def test_without_a_local_file_the_order_alone_is_the_key(order: Path) -> None:
    spec = override(order, source="s3://bucket/p.jsonl")
    assert content_key(spec) == order_key(spec)


def test_an_outcome_shows_figures_and_where_the_delivery_is() -> None:
    shown = StringIO()
    summary = {"instructions": 5, "calibration_curve": [1, 2], "dropped": {"exact": 1}}
    console = Console(file=shown, width=60)
    print_outcome(console, {"summary": summary, "delivery_uri": "file:///out/" + "x" * 80})
    lines = shown.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["dropped", "instructions", "delivered"]
    assert lines[-1] == "delivered to file:///out/" + "x" * 80


def test_a_server_that_does_not_answer_is_named(
    ingot: Callable[..., CompletedProcess[str]], order: Path
) -> None:
    fields = yaml.safe_load(order.read_text())
    unreachable = {"engine": "openai", "model": "m", "endpoint": "http://127.0.0.1:9/v1"}
    order.write_text(yaml.safe_dump({**fields, "generation": unreachable}))
    # Outside pytest's folder, which the user of PostgreSQL may not enter.
    with tempfile.TemporaryDirectory(prefix="ingot-home-", ignore_cleanup_errors=True) as home:
        done = ingot("run", "order.yaml", INGOT_HOME=home)
    assert done.returncode == 2
    assert "no OpenAI-compatible server answers at http://127.0.0.1:9/v1" in done.stderr
    assert "start it or correct the endpoint" in done.stderr
    assert "Traceback" not in done.stderr
