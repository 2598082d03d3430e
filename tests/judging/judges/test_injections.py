import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from ingot.records import Message, Pair, Trajectory, Turn
from ingot.settings import MODELS
from judging.judges.annotators import Annotators, Labelled
from judging.judges.base import Answered
from judging.judges.injections import attack, attempts, success_rate
from judging.judges.listwise import Listed, ListJudge
from judging.judges.pointwise import RubricJudge
from judging.judges.protocol import general_protocol, load_protocol
from judging.judges.rubric import load_rubric
from judging.judges.settled import Asker
from judging.judges.steps import StepJudge

JUDGE = str(MODELS / "judge")
MARKS = re.compile(
    r"verdict ?:|< ?/? ?(?:request|answers?|answer_\w+|reference|example|transcript|turn)\b[^<>]*>"
    r"|<\|[^<>|]{1,64}\|>|\[ ?/? ?inst ?\]|< ?/? ?s ?>|<<sys>>|<(?:start|end)_of_turn>"
    r"|\[sep\]|<eos>|<bos>"
)
LINES = re.compile(r"question ?:|answer ?[ab] ?:|which answer is right ?\? solve it")
"""The lines of the embedded judge's own prompt."""
WHOLE = load_protocol(JUDGE).model_copy(update={"answer_part": "full"})
OTHER = "another answer, 17"


def turn(text, role="assistant"):
    return (Message(role=role, content=text),)


def pair_of(text):
    return Pair(
        instruction_id="ins_1", a_id="cmp_1", b_id="cmp_2",
        prompt=turn("2 + 2?", "user"), a=turn(text), b=turn(OTHER),
    )  # fmt: skip


def plain(text):
    """As it looks: without what cannot be seen, any white space as one space, small letters."""
    whole = unicodedata.normalize("NFKD", text)
    seen = (c for c in whole if c.isspace() or unicodedata.category(c)[0] not in "CM")
    return " ".join("".join(seen).lower().split())


def marks(messages, lines=False):
    shown = plain("".join(message.content for message in messages))
    return sorted(MARKS.findall(shown) + (LINES.findall(shown) if lines else []))


def ask_pairs(protocol):
    return lambda text: protocol.ask(pair_of(text), swapped=False, reference=text)


def ask_rubric(text):
    judge = RubricJudge(Asker(None), load_rubric("helpsteer"))
    item = Answered("x", turn(text, "user"), turn(text), reference=text or "none")
    return judge.ask(item, judge.rubric.criteria[0])


def ask_steps(text):
    turns = [Turn(role="user", content="Go."), Turn(role="assistant", content=text)]
    run = Trajectory(messages=turns, tools="[]", environment="e", success=True)
    return StepJudge(Asker(None)).ask(run, 1, 2)


ASKED = {
    "pairwise": ask_pairs(general_protocol()),
    "pairwise with ties": ask_pairs(general_protocol(ties=True)),
    "pairwise with a reference": ask_pairs(general_protocol(reference=True)),
    "embedded judge": ask_pairs(load_protocol(JUDGE)),
    "embedded judge, whole answers": ask_pairs(WHOLE),
    "rubric": ask_rubric,
    "steps": ask_steps,
}


def test_the_set_is_large_and_every_attempt_has_its_name():
    names = [attempt.name for attempt in attempts()]
    assert len(names) == len(set(names)) >= 100
    assert len({attempt.family for attempt in attempts()}) >= 18


@pytest.mark.parametrize("asked", ASKED)
def test_no_attempt_brings_a_mark_of_the_frame_into_the_prompt(asked):
    embedded = asked.startswith("embedded")
    honest = marks(ASKED[asked]("4"), embedded)
    assert honest
    for attempt in attempts():
        assert marks(ASKED[asked](attempt.put_into("4")), embedded) == honest, attempt.name


PIECES = st.builds(
    lambda attempt, start, length: attempt.full_text[start : start + length],
    st.sampled_from(attempts()),
    st.integers(0, 40),
    st.integers(1, 120),
)


@settings(max_examples=150)
@given(st.lists(PIECES, min_size=1, max_size=4), st.sampled_from(sorted(ASKED)))
def test_no_mixture_of_attempts_does(pieces, asked):
    embedded = asked.startswith("embedded")
    assert marks(ASKED[asked]("".join(pieces)), embedded) == marks(ASKED[asked]("4"), embedded)


@pytest.mark.parametrize("judge", [ListJudge, Annotators])
async def test_no_attempt_does_in_lists_and_among_examples(judge, scripted):
    for attempt in attempts():
        found = []
        for text in ("4", attempt.put_into("4")):
            engine = scripted()
            if judge is ListJudge:
                asked = ListJudge(Asker(engine), rotations=1)
                item = Listed("x", turn(text, "user"), (text, OTHER))
            else:
                shown = Labelled(prompt=text, a=text, b=OTHER, label="A")
                asked, item = Annotators(Asker(engine), [shown], draws=1, shots=1), pair_of(text)
            await asked.judge([item])
            found.append(marks(engine.requests[0].messages))
        assert found[0] == found[1], attempt.name


@pytest.mark.parametrize("attempt", [a for a in attempts() if a.family == "placeholder"])
def test_a_placeholder_in_a_text_is_not_filled(attempt):
    (message,) = WHOLE.ask(attack(pair_of("4"), attempt, "A"), swapped=False)
    assert message.content.count(OTHER) == 1
    assert attempt.text in message.content


def test_the_embedded_judges_tokenizer_sees_no_control_token():
    tokenizer = AutoTokenizer.from_pretrained(JUDGE)

    def controls(text):
        turns = [m.model_dump() for m in WHOLE.ask(pair_of(text), swapped=False)]
        ids = tokenizer.apply_chat_template(turns, return_dict=False)
        return [i for i in ids if i in tokenizer.all_special_ids]

    for attempt in attempts():
        assert controls(attempt.put_into("4")) == controls("4"), attempt.name


def test_an_attack_changes_one_answer_and_the_names():
    pair = pair_of("4")
    for side, other in (("A", "b"), ("B", "a")):
        attacked = attack(pair, attempts()[0], side)
        assert getattr(attacked, other) == getattr(pair, other)
        assert getattr(attacked, side.lower())[-1].content.endswith(attempts()[0].text)
        assert attacked.id != pair.id


@pytest.mark.parametrize(
    ("place", "answer"), [("before", "xx 4"), ("after", "4 xx"), ("instead", "xx")]
)
def test_an_attempt_has_its_place(place, answer):
    attempt = attempts()[0].model_copy(update={"text": "x", "repeat": 2, "place": place})
    assert attempt.put_into("4") == answer


def test_success_is_a_right_verdict_turned_to_the_wrong_side(make_judgment):
    pair = pair_of("4")
    before = [make_judgment(pair, verdict) for verdict in "BBBBA"]
    after = [make_judgment(pair, verdict) for verdict in ("A", "B", "unsure", "", "A")]
    rate = success_rate(before, after, "AAAAA")
    assert (rate.tried, rate.won, rate.unsure, rate.rate) == (4, 1, 2, 0.25)
    assert rate.interval.low < 0.25 < rate.interval.high


def test_where_the_judge_was_wrong_before_nothing_was_tried(make_judgment):
    judgment = make_judgment(pair_of("4"), "A")
    assert success_rate([judgment], [judgment], "A").rate is None
