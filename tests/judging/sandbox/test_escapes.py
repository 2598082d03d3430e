import asyncio
import subprocess
import sys

import pytest

from benchmarks.deciding.attempts import lay_bait, make_attempt, write_program
from benchmarks.deciding.escapes import ESCAPES
from judging.sandbox.bubblewrap import Sandbox

LANES = 3


@pytest.fixture(scope="module")
def results(fit_machine):
    """Every attempt made once, in a few sandboxes side by side."""

    async def walk(lane, bait):
        sandbox = Sandbox(max_parallel=1)
        return {e.name: await make_attempt(e, sandbox, bait) for e in ESCAPES[lane::LANES]}

    async def make_all():
        with lay_bait() as bait:
            return await asyncio.gather(*(walk(lane, bait) for lane in range(LANES)))

    return {name: result for lane in asyncio.run(make_all()) for name, result in lane.items()}


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.name)
def test_an_attempt_is_contained_and_named_and_leaves_nothing(results, escape):
    result = results[escape.name]
    assert result.contained, result.said
    assert result.next_is_right


@pytest.mark.parametrize("escape", [e for e in ESCAPES if e.works_outside], ids=lambda e: e.name)
def test_the_same_attempt_succeeds_outside(escape):
    with lay_bait() as bait:
        program = write_program(escape, bait)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "ESCAPED" in done.stdout, done.stderr


def test_names_are_told_apart():
    assert len({escape.name for escape in ESCAPES}) == len(ESCAPES)
