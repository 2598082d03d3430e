"""Judges of all kinds on an engine that names each label with a chance of its own."""

from math import log

import pytest
from long_judge import make_long_judge

from ingot.engine import Generated
from ingot.records import Message
from judging.judges.base import Answered
from judging.judges.settled import Asker


@pytest.fixture
def asker(scripted):
    """An Asker whose engine says `chances(prompt, labels)`; a text instead is a failure."""

    def build(chances, **fields):
        def decide(request):
            found = chances(request.messages[0].content, len(request.labels))
            if isinstance(found, str):
                kind = "too_long" if "long" in found else "malformed"
                return Generated(finish_reason="error", failure=found, failure_kind=kind)
            told = zip(request.labels, found, strict=True)
            logprobs = {label: log(p) for label, p in told if p}
            return Generated(label_logprobs=logprobs, prompt_tokens=10, completion_tokens=1)

        return Asker(scripted(decide=decide), **{"max_tokens": 0, **fields})

    return build


@pytest.fixture
def answered():
    def build(answer="4", prompt="2+2?", reference="", name="cmp_1"):
        turns = (Message(role="user", content=prompt),)
        return Answered(name, turns, (Message(role="assistant", content=answer),), reference)

    return build


@pytest.fixture(scope="session")
def long_judge(tmp_path_factory):
    return make_long_judge(tmp_path_factory.mktemp("judge") / "long")
