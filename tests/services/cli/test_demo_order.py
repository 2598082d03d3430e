from pathlib import Path

from ingot.orders import read_order
from services.cli.demo import demo_order

EXAMPLE = Path(__file__).parents[3] / "examples" / "arithmetic_preferences.yaml"


def test_the_example_and_the_demo_are_the_same_order() -> None:
    example = read_order(EXAMPLE)
    demo = demo_order(example.seed, example.quantity)
    assert demo.model_copy(update={"name": example.name}) == example
