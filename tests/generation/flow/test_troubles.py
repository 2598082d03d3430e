"""A whole run against an endpoint in trouble: nothing is lost, and nothing counted twice."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from cooking import Cooked, cook
from fixtures_endpoints import Asked, Reply, Script, completion, models, refusal

from generation.engines.openai import OpenAIEngine
from ingot.errors import ModelError
from ingot.records import Completion

ROWS = [{"prompt": f"question {n}"} for n in range(60)]


def prompt_of(asked: Asked) -> str:
    text: str = asked.json["messages"][-1]["content"]
    return text


def number_of(asked: Asked) -> int:
    return int(prompt_of(asked).split()[1])


def routed(trouble: Callable[[int, int], Reply | None]) -> Callable[[Asked], Reply | None]:
    """Ask `trouble` (number of the row, how often it came) what to do; None answers well."""
    times: Counter[int] = Counter()

    def route(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/chat/completions"):
            return None
        number = number_of(asked)
        times[number] += 1
        return trouble(number, times[number]) or completion(f"answer {number}")

    return route


async def complete(url: str, folder: Path, **options: float) -> Cooked:
    engine = OpenAIEngine("m", url, window_start=8, window_max=8, **options)  # type: ignore[arg-type]
    return await cook("complete", engine, folder, rows=ROWS, quantity=99, parameters={"samples": 1})


def answers(cooked: Cooked) -> list[str]:
    return [made.text for made in cooked.records(Completion)]


EVERY = [f"answer {n}" for n in range(60)]
PASSING: dict[str, Callable[[int, int], Reply | None]] = {
    "429": lambda n, times: refusal(429, "slow down") if times == 1 and n % 3 else None,
    "503": lambda n, times: refusal(503, "starting") if times <= 2 and n % 7 == 0 else None,
    "500": lambda n, times: refusal(500, "oops") if times == 1 and n % 5 == 0 else None,
    "reset": lambda n, times: Reply(cut=0) if times == 1 and n % 9 == 0 else None,
    "half": lambda n, times: _half(n, times),
    "garbage": lambda n, times: Reply(body=b"<html>") if times == 1 and n % 11 == 0 else None,
    "hang": lambda n, times: Reply(after_s=30) if times == 1 and n == 4 else None,
}


def _half(number: int, times: int) -> Reply | None:
    whole = completion("y" * 500).body
    return Reply(body=whole, cut=200) if times == 1 and number % 9 == 1 else None


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("trouble", PASSING)
async def test_what_passes_leaves_no_trace_in_the_records(
    script: Script, tmp_path: Path, trouble: str
) -> None:
    endpoint = await script(completion())
    endpoint.route = routed(PASSING[trouble])
    cooked = await complete(endpoint.url, tmp_path, timeout_s=1.0)
    assert answers(cooked) == EVERY
    assert cooked.failed == []


@pytest.mark.usefixtures("hurried")
async def test_a_row_that_only_fails_is_missing_alone_and_asked_again_by_the_next_run(
    script: Script, tmp_path: Path
) -> None:
    endpoint = await script(completion())
    endpoint.route = routed(lambda n, times: refusal(500, "oops") if n == 7 else None)
    cooked = await complete(endpoint.url, tmp_path)
    assert answers(cooked) == [text for text in EVERY if text != "answer 7"]
    [line] = cooked.failed
    assert (line["item"], line["retryable"]) == (7, True)
    endpoint.asked.clear()
    endpoint.route = routed(lambda n, times: None)
    cooked = await complete(endpoint.url, tmp_path)
    assert [number_of(each) for each in endpoint.asked if "chat" in each.path] == [7]
    assert answers(cooked) == EVERY


@pytest.mark.usefixtures("hurried")
async def test_a_row_that_does_not_fit_is_not_asked_again(script: Script, tmp_path: Path) -> None:
    too_long = refusal(400, "This model's maximum context length is 10 tokens.")
    endpoint = await script(completion())
    endpoint.route = routed(lambda n, times: too_long if n == 7 else None)
    for asked in (60, 0):
        endpoint.asked.clear()
        cooked = await complete(endpoint.url, tmp_path)
        assert len([each for each in endpoint.asked if "chat" in each.path]) == asked
        [line] = cooked.failed
        assert (line["item"], line["reason"], line["retryable"]) == (7, "too_long", False)


@pytest.mark.usefixtures("hurried")
async def test_a_model_that_changes_in_mid_run_stops_it_and_nothing_is_lost(
    script: Script, tmp_path: Path
) -> None:
    endpoint = await script(completion())
    seen: list[int] = []

    def change(number: int, times: int) -> Reply | None:
        seen.append(number)
        return completion("other", model="m-v2") if len(seen) > 30 else None

    endpoint.route = routed(change)
    with pytest.raises(ModelError, match=r"changed its model from 'm' to 'm-v2'"):
        await complete(endpoint.url, tmp_path)
    endpoint.asked.clear()
    endpoint.route = routed(lambda n, times: None)
    cooked = await complete(endpoint.url, tmp_path)
    again = [each for each in endpoint.asked if "chat" in each.path]
    assert answers(cooked) == EVERY
    assert 30 <= len(again) <= 38


@pytest.mark.usefixtures("hurried")
async def test_an_endpoint_that_dies_for_good_is_named_and_the_next_run_goes_on(
    script: Script, tmp_path: Path
) -> None:
    endpoint = await script(completion())
    seen: list[int] = []

    def die(number: int, times: int) -> Reply | None:
        seen.append(number)
        return refusal(503, "gone") if len(seen) > 20 else None

    endpoint.route = routed(die)
    with pytest.raises(ModelError, match=r"503.*nothing is lost"):
        await complete(endpoint.url, tmp_path, patience_s=0.3)
    endpoint.asked.clear()
    endpoint.route = routed(lambda n, times: None)
    cooked = await complete(endpoint.url, tmp_path)
    assert len([each for each in endpoint.asked if "chat" in each.path]) == 40
    assert answers(cooked) == EVERY


@pytest.mark.usefixtures("hurried")
async def test_the_same_name_from_other_weights_is_asked_anew(
    script: Script, tmp_path: Path
) -> None:
    endpoint = await script(completion())
    endpoint.route = routed(lambda n, times: None)
    for root, asked in (("/weights/1", 60), ("/weights/1", 0), ("/weights/2", 60)):
        endpoint.models = models({"id": "m", "root": root, "max_model_len": 4096})
        endpoint.asked.clear()
        await complete(endpoint.url, tmp_path)
        assert len([each for each in endpoint.asked if "chat" in each.path]) == asked
