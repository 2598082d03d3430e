import pytest

from generation.ingredients.code_tests import Entry, find_consensus, read_asserts, read_signature


@pytest.mark.parametrize(
    ("text", "name", "signature"),
    [
        ("def add(a: int, b=1) -> int:", "add", "def add(a: int, b=1) -> int:"),
        (" def f( x ) ", "f", "def f(x):"),
        ("def f(x):\n    return x", "f", "def f(x):"),
    ],
)
def test_a_signature_is_read(text: str, name: str, signature: str) -> None:
    assert read_signature(text) == Entry(name, signature)


@pytest.mark.parametrize(
    "text", ["", "add(a, b)", "class A", "async def f(x)", "def f(x", "x = 1; def f()", "def \0(x)"]
)
def test_what_is_no_function_is_refused(text: str) -> None:
    assert read_signature(text) is None


@pytest.mark.parametrize(
    ("line", "test"),
    [
        ("assert f(1)==2, 'message'", "assert f(1) == 2"),
        ("assert f([1, -2], k={'a': (3,)}) == None", "assert f([1, -2], k={'a': (3,)}) == None"),
    ],
)
def test_a_test_is_read(line: str, test: str) -> None:
    assert read_asserts([line, line], "f") == [test]


@pytest.mark.parametrize(
    "line",
    [
        "assert f(x) == 2",
        "assert f(1) == g(2)",
        "assert f(*[1]) == 2",
        "assert g(1) == 2",
        "assert f(1) != 2",
        "assert f(1) == 2 == 2",
        "assert f(1)",
        "assert f(__import__('os').getpid()) == 1",
        "assert f(1) == 2; exit()",
        "print(1)",
        "assert f(1) ==",
        "assert f(" + "[" * 90 + "]" * 90 + ") == " + "(" * 150,
    ],
)
def test_what_is_no_plain_test_is_left_out(line: str) -> None:
    assert read_asserts([line], "f") == []


def test_the_best_set_has_most_solutions_times_tests() -> None:
    yes, no = True, False
    outcomes = [[yes, no, no], [yes, yes, no], [no, no, no], [yes, yes, no], [yes, None, yes]]
    best = find_consensus(outcomes)
    assert (best.solutions, best.tests) == ((1, 3), (0, 1))


def test_among_equal_scores_more_solutions_win_then_the_first() -> None:
    yes, no = True, False
    few_tests, many_tests = [yes, no, no], [no, yes, yes]
    assert find_consensus([many_tests, few_tests, few_tests]).solutions == (1, 2)
    assert find_consensus([[no, yes, no], [yes, no, no]]).solutions == (0,)


def test_without_solutions_nothing_agrees() -> None:
    assert find_consensus([]).solutions == ()


def test_solutions_that_pass_nothing_agree_on_nothing() -> None:
    assert find_consensus([[False], [False]]).tests == ()
