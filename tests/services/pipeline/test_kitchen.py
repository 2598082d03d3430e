from pathlib import Path

import pytest

from ingot.errors import OrderError
from ingot.orders import parse_order
from ingot.settings import Settings
from services.pipeline.kitchen import engines_of, share_out, wanted_of


@pytest.mark.parametrize(
    ("quantity", "shares", "counts"),
    [
        (10, [1.0], [10]),
        (10, [0.7, 0.3], [7, 3]),
        (10, [1, 1, 1], [4, 3, 3]),
        (1, [0.4, 0.6], [0, 1]),
        (7, [2, 2, 3], [2, 2, 3]),
    ],
)
def test_shares_add_up_to_the_quantity(
    quantity: int, shares: list[float], counts: list[int]
) -> None:
    assert share_out(quantity, shares) == counts


def test_one_model_in_two_roles_is_started_once() -> None:
    terms = {"model": "embedded", "engine": "transformers"}
    roles = {"judge": [terms], "committee": [terms, {"model": "embedded-judge"}]}
    order = {
        "name": "x",
        "quantity": 1,
        "source": {"recipe": "magpie"},
        "generation": {**terms, "roles": roles},
    }
    engines = engines_of(parse_order(order), Settings())
    assert engines["writer"][0] is engines["judge"][0] is engines["committee"][0]
    assert engines["committee"][1] is not engines["writer"][0]


def test_rows_are_counted_and_pools_are_read(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"prompt": "a"}\n\n{"prompt": "b"}\n')
    path = str(tmp_path / "rows.jsonl")
    parts = [{"recipe": "complete", "path": path}, {"recipe": "self_instruct", "path": path}]
    order = {"name": "x", "quantity": 10, "source": {"recipes": parts}}
    rows, pool = wanted_of(parse_order(order), Settings())
    assert (rows.quantity, [row["prompt"] for row in rows.rows or ()]) == (2, ["a", "b"])
    assert (pool.quantity, pool.rows, len(pool.pool)) == (5, None, 2)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("\n")
    order = {
        "name": "x",
        "quantity": 10,
        "source": {"recipe": "complete", "path": str(tmp_path / "rows.jsonl")},
    }
    with pytest.raises(OrderError, match="works on rows"):
        wanted_of(parse_order(order), Settings())
