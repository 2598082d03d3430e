"""The way from a question to a reading, in every form, on engines that can do less than others."""

import json
from math import log

import pytest

from ingot.engine import Generated
from ingot.errors import ModelError
from ingot.records import Message
from judging.judges.asking import Question, ask_all
from judging.judges.forms import MAX_LABELS, make_form
from judging.judges.styles import find_style

ASKED = (Message(role="user", content="Which?"),)


def question(style="spaced", max_tokens=20, **fields):
    return Question(ASKED, make_form(2, style, max_tokens), **fields)


@pytest.fixture
def engine(scripted):
    """An engine with a script of its own."""

    def build(script, kind="vllm"):
        made = scripted()
        made.script, made.kind = script, kind
        return made

    return build


def able(style):
    """What an engine says that can do one style alone."""

    def script(request):
        spaced = request.prefill.endswith("Verdict:")
        bare = request.prefill.endswith("Verdict: ")
        fits = {"spaced": spaced, "bare": bare, "turn": not request.prefill}
        if request.structured and style == request.structured.kind.replace("json_schema", "json"):
            return Generated({"choice": "B", "json": '{"verdict":"B"}'}[style], "stop", 5, 1)
        if not (request.labels or request.structured):
            return Generated("Hm.", "stop", 5, 2)
        if request.structured or not fits.get(style):
            return Generated(finish_reason="error", failure="no", failure_kind="refused")
        chances = zip(request.labels, (0.2, 0.7), strict=False)
        return Generated(label_logprobs={label: log(p) for label, p in chances})

    return script


@pytest.mark.parametrize("style", ["spaced", "bare", "turn", "choice", "json"])
async def test_the_first_style_that_works_is_found_and_used(engine, style):
    asked = engine(able(style))
    assert await find_style(asked) == style
    for max_tokens in (0, 20):
        (reply,) = await ask_all(asked, [question(style, max_tokens)])
        assert (reply.failure, reply.reading.best) == ("", 1)


async def test_a_server_that_ignores_the_prefill_is_asked_in_a_turn_of_its_own(engine):
    def script(request):
        chances = (0.05, 0.02) if request.prefill else (0.7, 0.2)
        return Generated(
            label_logprobs={x: log(p) for x, p in zip(request.labels, chances, strict=False)}
        )

    assert await find_style(engine(script)) == "turn"


async def test_a_batch_api_is_not_asked_what_it_can_do(engine):
    batch = engine(able("spaced"), kind="openai_batch")
    assert await find_style(batch) == "turn"
    assert batch.requests == []


async def test_where_no_style_is_good_the_first_that_tells_labels_is_taken(engine):
    def script(request):
        if request.prefill.endswith(":"):
            return Generated(failure="no", failure_kind="refused")
        return Generated(label_logprobs={request.labels[0]: log(0.01)})

    assert await find_style(engine(script)) == "bare"


async def test_an_engine_that_does_not_answer_has_no_style(engine):
    down = engine(lambda request: Generated(failure="refused connection", failure_kind="timeout"))
    with pytest.raises(ModelError, match="does not answer: refused connection"):
        await find_style(down)


async def test_without_a_prefill_the_verdict_has_a_turn_of_its_own(engine):
    asked = engine(able("turn"))
    await ask_all(asked, [question("turn")])
    turns = asked.requests[1].messages
    assert [turn.role for turn in turns] == ["user", "assistant", "user"]
    assert turns[1].content == "Hm."
    assert turns[2].content == "Now give the verdict alone: one of A, B, and nothing else."


async def test_a_choice_is_held_to_the_labels_and_drawn(engine):
    asked = engine(able("choice"))
    await ask_all(asked, [question("choice", seed=7, sampled=True), question("choice")])
    drawn, greedy = [r for r in asked.requests if r.structured]
    assert json.loads(drawn.structured.value) == ["A", "B"]
    assert (drawn.sampling.temperature, drawn.seed, drawn.labels) == (1, 7, ())
    assert greedy.sampling.temperature == 0


@pytest.mark.parametrize("style", ["choice", "json"])
@pytest.mark.parametrize("text", ["Both are fine.", '{"verdict": "C"}', "[1]", '{"verdict":', ""])
async def test_a_form_that_was_not_kept_is_a_failure_not_a_score(engine, style, text):
    asked = engine(lambda request: Generated(text, "stop", 5, 4))
    (reply,) = await ask_all(asked, [question(style, 0)])
    assert reply.reading is None
    assert reply.failure == f"the answer {text!r} is none of the labels"


async def test_endpoints_are_asked_for_both_variants_of_a_label(engine):
    def script(request):
        return Generated(label_logprobs={"A": log(0.3), " A": log(0.3), " B": log(0.2)})

    asked = engine(script, kind="openai")
    (reply,) = await ask_all(asked, [question(max_tokens=0)])
    assert asked.requests[0].labels == (" A", " B", "A", "B")
    assert reply.reading.probabilities == pytest.approx((0.75, 0.25))


async def test_both_passes_of_a_question_follow_each_other(engine):
    asked = engine(able("spaced"))
    asked.capacity = 1
    await ask_all(asked, [question(seed=1), question(seed=2)])
    assert [bool(request.labels) for request in asked.requests] == [False, True] * 2


async def test_an_engine_of_fixed_batches_gets_all_first_passes_first(engine):
    asked = engine(able("spaced"), kind="transformers")
    asked.capacity = 1
    replies = await ask_all(asked, [question(), question(max_tokens=0), question()])
    assert [bool(request.labels) for request in asked.requests] == [False] * 2 + [True] * 3
    assert [reply.reading.best for reply in replies] == [1, 1, 1]


async def test_the_window_follows_the_engine_and_replies_keep_their_order(engine):
    def script(request):
        asked.capacity = 1 + len(asked.requests) % 3
        number = int(request.messages[0].content)
        return Generated(label_logprobs={" A": log(0.9)}, prompt_tokens=number)

    asked = engine(script)
    texts = [str(number) for number in range(50)]
    form = make_form(2, "spaced", 0)
    questions = (Question((Message(role="user", content=text),), form) for text in texts)
    replies = await ask_all(asked, questions)
    assert [request.messages[0].content for request in asked.requests] == texts
    assert [reply.tokens for reply in replies] == list(range(50))
    assert asked.most_flying == 4  # its capacity at first


async def test_a_dead_engine_is_one_plain_error(engine):
    def script(request):
        raise ModelError("gone")

    with pytest.raises(ModelError, match=r"^gone$"):
        await ask_all(engine(script), [question(), question()])


async def test_too_long_is_told_apart_from_other_failures(engine):
    def script(request):
        return Generated(failure="prompt of 9 tokens", failure_kind="too_long", prompt_tokens=9)

    (reply,) = await ask_all(engine(script), [question()])
    assert (reply.too_long, reply.failure, reply.tokens) == (True, "prompt of 9 tokens", 9)


def test_there_is_a_letter_for_each_label():
    assert make_form(MAX_LABELS, "bare", 0).labels[-1] == "Z"
