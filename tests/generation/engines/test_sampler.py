import math

import pytest
import torch

from generation.engines.sampler import Penalties, draw, penalises
from ingot.records import Sampling

PROBS = [0.4, 0.3, 0.2, 0.1]
LOGITS_V = torch.tensor(PROBS).log()
EVEN = (torch.arange(1000) + 0.5) / 1000


def shares(sampling: Sampling, logits_V: torch.Tensor = LOGITS_V) -> list[float]:
    """How the tokens share evenly spread uniforms: their probabilities, to a thousandth."""
    rows = len(EVEN)
    drawn_B = draw(logits_V.expand(rows, -1).clone(), [sampling] * rows, EVEN)
    counts: list[float] = torch.bincount(drawn_B, minlength=len(logits_V)).tolist()
    return [count / rows for count in counts]


def near(*probs: float) -> object:
    return pytest.approx([p / sum(probs) for p in probs], abs=2e-3)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(), PROBS),
        (Sampling(top_k=4), PROBS),
        (Sampling(top_k=3), (0.4, 0.3, 0.2, 0)),
        (Sampling(top_k=1), (1, 0, 0, 0)),
        (Sampling(top_k=99), PROBS),
        (Sampling(top_p=0.69), (0.4, 0.3, 0, 0)),
        (Sampling(top_p=0.71), (0.4, 0.3, 0.2, 0)),
        (Sampling(min_p=0.49), (0.4, 0.3, 0.2, 0)),
        (Sampling(min_p=0.51), (0.4, 0.3, 0, 0)),
        (Sampling(min_p=1), (1, 0, 0, 0)),
        # The nucleus is taken of what the top k leave: .4 of .7 is more than .55.
        (Sampling(top_k=2, top_p=0.55), (1, 0, 0, 0)),
        (Sampling(top_p=0.55), (0.4, 0.3, 0, 0)),
        (Sampling(temperature=0.5), [p**2 for p in PROBS]),
        # min_p looks at the probabilities after the temperature: (.2 / .4)^2 = .25.
        (Sampling(temperature=0.5, min_p=0.3), (0.16, 0.09, 0, 0)),
        (Sampling(temperature=0), (1, 0, 0, 0)),
    ],
)
def test_tokens_are_drawn_with_the_probabilities_of_the_settings(
    sampling: Sampling, expected: tuple[float, ...]
) -> None:
    assert shares(sampling) == near(*expected)


def test_a_row_draws_the_same_beside_rows_with_other_settings() -> None:
    logits_BV = torch.randn(64, 50, generator=torch.Generator().manual_seed(0))
    uniform_B = EVEN[::16][:62].repeat(2)[:64]
    plain = Sampling(temperature=0.9)
    alone = draw(logits_BV, [plain] * 64, uniform_B)
    others = [Sampling(top_k=3), Sampling(top_p=0.5), Sampling(min_p=0.2)]
    mixed = [plain if row % 2 else others[row % 3] for row in range(64)]
    assert torch.equal(draw(logits_BV, mixed, uniform_B)[1::2], alone[1::2])


@pytest.mark.parametrize("uniform", [0.0, 1.0])
def test_a_forbidden_token_is_not_drawn_at_either_end(uniform: float) -> None:
    logits_BV = torch.tensor([[-torch.inf, 0.0, 1.0, -torch.inf]])
    drawn = draw(logits_BV, [Sampling()], torch.tensor([uniform], dtype=torch.float64)).item()
    assert drawn == (1 if uniform == 0 else 2)


def penalised(sampling: Sampling, prompt: list[int], written: list[int]) -> list[float]:
    logits_BV = torch.tensor([[2.0, -2.0, 1.0, -1.0]])
    penalties = Penalties([sampling], [prompt], logits_BV)
    for token in written:
        penalties.note(torch.tensor([token]))
    values: list[float] = penalties.apply(logits_BV)[0].tolist()
    return values


def test_frequency_counts_each_writing_but_not_the_prompt() -> None:
    assert penalised(Sampling(frequency_penalty=0.5), [2], [0, 0, 1]) == [1, -2.5, 1, -1]


def test_presence_counts_once_but_not_the_prompt() -> None:
    assert penalised(Sampling(presence_penalty=0.5), [2], [0, 0, 1]) == [1.5, -2.5, 1, -1]


def test_repetition_scales_towards_unlikely_and_counts_the_prompt() -> None:
    assert penalised(Sampling(repetition_penalty=2), [2], [0, 1]) == [1, -4, 0.5, -1]


def test_a_penalty_changes_the_greedy_choice() -> None:
    logits_BV = torch.tensor([[1.0, 0.8]])
    sampling = Sampling(temperature=0, presence_penalty=0.3)
    penalties = Penalties([sampling], [[0]], logits_BV)
    uniform_B = torch.tensor([0.5])
    assert draw(penalties.apply(logits_BV), [sampling], uniform_B).item() == 0
    penalties.note(torch.tensor([0]))
    assert draw(penalties.apply(logits_BV), [sampling], uniform_B).item() == 1


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(top_k=3, temperature=0), False),
        (Sampling(presence_penalty=-0.1), True),
        (Sampling(frequency_penalty=0.1), True),
        (Sampling(repetition_penalty=math.nextafter(1, 2)), True),
    ],
)
def test_only_settings_that_look_back_penalise(sampling: Sampling, expected: bool) -> None:
    assert penalises(sampling) is expected
