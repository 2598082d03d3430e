import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ingot.engine import FailureKind, Generated, ModelIdentity, Request, Structured, stream
from ingot.errors import StorageError
from ingot.journal import COMMIT_LINES, Answers, Journal, Journaled
from ingot.records import Message, Sampling, ToolCall


class CountingEngine:
    """Answers with the prompt reversed and counts how often it is asked."""

    kind, model, capacity = "counting", "m", 8

    identity = ModelIdentity("m")

    def __init__(self, failure_kind: FailureKind = "") -> None:
        self.asked = 0
        self.failure_kind: FailureKind = failure_kind

    async def generate(self, request: Request) -> Generated:
        self.asked += 1
        await asyncio.sleep(0.001)
        text = request.messages[0].content
        if text == "bad":
            return Generated("", "error", failure="bad prompt", failure_kind=self.failure_kind)
        return Generated(text=text[::-1], finish_reason="stop", completion_tokens=len(text))

    async def __aenter__(self) -> "CountingEngine":
        return self

    async def __aexit__(self, *error: object) -> None: ...


def ask(text: str, seed: int = 0) -> Request:
    return Request((Message(role="user", content=text),), Sampling(), seed=seed)


async def answers(engine: Journaled, requests: list[Request]) -> dict[int, str]:
    return {index: answer.text async for index, answer in stream(engine, requests)}


async def test_what_was_paid_for_is_not_asked_again(tmp_path: Path) -> None:
    requests = [ask(f"prompt {number}") for number in range(40)]
    first, second = CountingEngine(), CountingEngine()
    async with Journaled(first, Journal(tmp_path / "j")) as engine:
        said = await answers(engine, requests)
    async with Journaled(second, Journal(tmp_path / "j")) as engine:
        assert await answers(engine, requests) == said
    assert (first.asked, second.asked) == (40, 0)


async def test_failures_are_asked_again(tmp_path: Path) -> None:
    for expected in (1, 1):
        engine = CountingEngine()
        async with Journaled(engine, Journal(tmp_path / "j")) as journaled:
            assert (await journaled.generate(ask("bad"))).failure == "bad prompt"
        assert engine.asked == expected


@pytest.mark.parametrize("torn", [b"", b"deadbeef", b"deadbeef abc {}\n", b"\x00\xff\n"])
async def test_a_torn_tail_is_cut_and_the_rest_kept(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "j"
    async with Journaled(CountingEngine(), Journal(path)) as engine:
        await answers(engine, [ask("one"), ask("two")])
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    journal = Journal(path)
    assert len(journal) == 2
    assert path.read_bytes() == whole


async def test_a_disk_that_refuses_is_an_error_for_every_waiter(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal._file.close()
    journal._file = open("/dev/full", "wb")  # noqa: SIM115
    journal.append("1", b"x" * 9000)
    with pytest.raises(StorageError, match="free disk space"):
        await journal.flush()
    with pytest.raises(StorageError, match="free disk space"):
        journal.append("2", b"x")


async def test_a_second_run_on_the_same_journal_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    with pytest.raises(StorageError, match="in use by another run"):
        Journal(tmp_path / "j")
    journal.close()
    Journal(tmp_path / "j").close()


async def test_a_payload_is_there_before_and_after_it_reaches_the_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for number in range(1000):
        journal.append(f"key{number}", b'{"text":"%d"}' % number)
    assert journal.get("key999") == b'{"text":"999"}'
    await journal.flush()
    assert journal.get("key999") == b'{"text":"999"}'
    assert (len(journal), len(journal._fresh)) == (1000, 0)


async def test_draws_share_commits(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for number in range(10 * COMMIT_LINES):
        journal.append(str(number), b"{}")
    await journal.flush()
    assert 1 <= journal.commits <= 10


async def test_the_same_draw_asked_for_twice_at_once_reaches_the_engine_once(
    tmp_path: Path,
) -> None:
    async with Journaled(CountingEngine(), Journal(tmp_path / "j")) as engine:
        said = await asyncio.gather(*(engine.generate(ask("same")) for _ in range(5)))
        assert (engine.asked, {answer.text for answer in said}) == (1, {"emas"})


async def test_a_lasting_failure_is_not_asked_for_again(tmp_path: Path) -> None:
    for expected in (1, 0):
        engine = CountingEngine(failure_kind="too_long")
        async with Journaled(engine, Journal(tmp_path / "j")) as journaled:
            assert (await journaled.generate(ask("bad"))).failure == "bad prompt"
        assert engine.asked == expected


async def test_tool_calls_survive(tmp_path: Path) -> None:
    call = ToolCall(id="1", name="add", arguments='{"a":1}')
    journal = Journal(tmp_path / "j")
    answers_ = Answers(journal)
    said = await answers_.draw("k", lambda: asyncio.sleep(0, Generated(tool_calls=(call,))))
    assert answers_.find("k") == said


@pytest.mark.parametrize(
    "other",
    [
        Request((Message(role="user", content="y"),), Sampling()),
        Request((Message(role="system", content="x"),), Sampling()),
        Request((Message(role="user", content="x"),), Sampling(temperature=0.5)),
        Request((Message(role="user", content="x"),), Sampling(), seed=1),
        Request((Message(role="user", content="x"),), Sampling(), prefill="p"),
        Request((Message(role="user", content="x"),), Sampling(), labels=("A",)),
        Request((Message(role="user", content="x"),), Sampling(top_k=3)),
        Request((Message(role="user", content="x"),), Sampling(), tools="[]"),
        Request((Message(role="user", content="x"),), Sampling(), lora="a"),
        Request((Message(role="user", content="x"),), Sampling(), turn="user"),
        Request((Message(role="user", content="x"),), Sampling(), prompt="x"),
        Request((Message(role="user", content="x"),), Sampling(), logprobs=True),
        Request(
            (Message(role="user", content="x"),), Sampling(), structured=Structured("regex", "x")
        ),
        Request((Message(role="user", content="x"), Message(role="user", content="")), Sampling()),
    ],
)
def test_all_that_changes_an_answer_changes_its_key(other: Request) -> None:
    assert other.key("m") != ask("x").key("m")
    assert ask("x").key("m") != ask("x").key("n")


def test_acknowledged_answers_survive_a_kill(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from ingot.journal import Journal

        async def main():
            journal = Journal(Path(sys.argv[1]))
            for number in range(100_000):
                journal.append(f"key{number}", str(number).encode())
                await journal.flush()
                print(number, flush=True)

        asyncio.run(main())
        """
    )
    path = tmp_path / "j"
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    acknowledged = [int(child.stdout.readline()) for _ in range(20)]
    os.kill(child.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in child.stdout.read().split()]
    child.wait()
    journal = Journal(path)
    for number in acknowledged:
        assert journal.get(f"key{number}") == str(number).encode()
