import numpy as np
import pytest

from ingot.orders import parse_order
from ingot.settings import Settings
from services.pipeline.aids import make_aids


def spec(recipe: str):  # type: ignore[no-untyped-def]
    return parse_order({"name": "x", "quantity": 5, "source": {"recipe": recipe}})


@pytest.mark.parametrize(
    ("verifier", "text", "reference", "said"),
    [
        ("answer", "#### 4", "4", True),
        ("answer", "#### 5", "4", False),
        ("answer", "who knows", "4", None),
        ("constraints", "two words", '[{"name": "max_words", "n": 2}]', True),
    ],
)
async def test_verifiers_say_right_wrong_or_nothing(
    verifier: str, text: str, reference: str, said: bool | None
) -> None:
    verify = make_aids(spec("write_instructions"), Settings()).verify
    assert verify is not None
    assert await verify(verifier, text, reference) is said


def test_only_recipes_that_need_an_encoder_get_one_and_it_is_real() -> None:
    assert make_aids(spec("persona"), Settings()).encoder is None
    encoder = make_aids(spec("topic_tree"), Settings()).encoder
    assert encoder is not None
    rows = encoder.encode(["a cat on a mat", "a kitten on a rug", "interest rates rise"])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
