import pytest
from curating import preference, turns

from curation.validate import find_invalid

GOOD = preference("Name a colour.", "red", "seven")
USER, SAYS = ("user", "Hi"), ("assistant", "Hello")


def reason(**changes):
    (drop,) = find_invalid([GOOD.model_copy(update=changes)])
    return drop.reason.value if drop else None


@pytest.mark.parametrize("prompt", [(), turns(("user", " \n"))])
def test_an_empty_prompt(prompt):
    assert reason(prompt=prompt) == "empty_prompt"


@pytest.mark.parametrize("side", ["chosen", "rejected"])
def test_an_empty_completion(side):
    assert reason(**{side: turns(("assistant", ""))}) == "empty_completion"
    assert reason(**{side: ()}) == "empty_completion"


def test_completions_that_differ_in_outer_white_space_only_are_the_same():
    assert reason(chosen=turns(("assistant", "seven\n"))) == "same_completions"
    assert reason(chosen=turns(("assistant", "Seven"))) is None


@pytest.mark.parametrize(
    "prompt",
    [
        (USER, USER),
        (USER, SAYS),
        (SAYS, USER),
        (USER, ("system", "Be kind.")),
        (("system", "Be kind."),),
    ],
)
def test_roles_out_of_order(prompt):
    assert reason(prompt=turns(*prompt)) == "roles_out_of_order"


@pytest.mark.parametrize(
    "prompt",
    [
        (USER,),
        (("system", "Be kind."), USER),
        (USER, SAYS, USER),
        (USER, SAYS, ("tool", "4"), ("tool", "5")),
    ],
)
def test_roles_in_order(prompt):
    assert reason(prompt=turns(*prompt)) is None


def test_a_completion_ends_with_the_assistant():
    assert reason(chosen=turns(SAYS, USER)) == "roles_out_of_order"


@pytest.mark.parametrize("part", ["prompt", "chosen", "rejected"])
def test_a_null_byte(part):
    role = "user" if part == "prompt" else "assistant"
    assert reason(**{part: turns((role, "a\x00b"))}) == "null_byte"


def test_a_lone_surrogate_never_becomes_a_record():
    with pytest.raises(TypeError, match="surrogates"):
        preference("\ud800")
