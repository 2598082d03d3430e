import socket
from multiprocessing.connection import Connection

import pytest
from transformers import AutoTokenizer

from generation.engines.prompting import prompt_ids
from generation.engines.vllm_reader import Prepared, Reader
from ingot.engine import Request, Structured
from ingot.records import Message, Sampling
from ingot.settings import MODELS

TOKENIZER = AutoTokenizer.from_pretrained(MODELS / "judge")


def ask(text, **fields):
    return Request((Message(role="user", content=text),), Sampling(), **fields)


@pytest.fixture
def ends():
    ours, theirs = (Connection(end.detach()) for end in socket.socketpair())
    yield ours, theirs
    ours.close()
    if not theirs.closed:
        theirs.close()


@pytest.fixture
def reader(ends):
    reader = Reader(ends[1], TOKENIZER, 512, portion=2)
    reader.start()
    return reader


def take(reader, count):
    taken = []
    while len(taken) < count:
        taken += reader.take(wait=True)
    return taken


def test_requests_come_in_their_order_with_their_tokens(reader, ends):
    requests = [ask(f"{n} + {n}?", prefill="Verdict: ", labels=("A", "B")) for n in range(5)]
    ends[0].send([*enumerate(requests)])
    taken = take(reader, 5)
    assert [each.number for each in taken] == list(range(5))
    assert [each.ids for each in taken] == [prompt_ids(TOKENIZER, r, 512) for r in requests]
    assert {frozenset(each.labels) for each in taken} == {frozenset("AB")}


def test_what_cannot_be_taken_is_answered_and_hurts_no_other(reader, ends):
    long, odd = ask("so " * 600), ask("x", structured=Structured("json_schema", "{"))
    ends[0].send([(0, long), (1, ask("x", labels=("two words",))), (2, odd), (3, ask("fine"))])
    taken = take(reader, 4)
    failures = [each[1].failure_kind for each in taken[:3]]
    assert failures == ["too_long", "refused", "refused"]
    assert isinstance(taken[3], Prepared)


def test_nothing_is_waited_for_where_the_engine_is_busy(reader):
    assert reader.take(wait=False) == []


def test_the_end_of_the_pipe_and_nonsense_are_raised_by_the_engine(reader, ends):
    ends[0].close()
    with pytest.raises(EOFError):
        reader.take(wait=True)


def test_what_nobody_foresaw_is_raised_by_the_engine(reader, ends):
    ends[0].send([("no", "request")])
    with pytest.raises(AttributeError):
        reader.take(wait=True)
