import asyncio
import gc
import os

import psutil
import pytest

from judging.sandbox.bubblewrap import Sandbox
from judging.sandbox.limits import Limits

PATIENT = Limits(timeout_s=30)
LIKE_ANY_MAIN = {
    "its own names": "import sys\nprint(__name__, __file__, sys.argv, sorted(vars()), sys.path[0])",
    "an exit code": "import sys\nsys.exit(7)",
    "an exit message": "raise SystemExit('no more')",
    "an error": "def f(n):\n    return 1 / n\nprint('before')\nf(0)",
    "a syntax error": "def f(:\n    pass",
    "an error with a cause": "try:\n    1 / 0\n"
    "except ZeroDivisionError as error:\n    raise KeyError(1) from error",
    "an interruption": "raise KeyboardInterrupt",
    "a hook for errors": "import sys\nsys.excepthook = lambda *e: print('hook', e[0])\n1 / 0",
    "what it does at exit": "import atexit\natexit.register(print, 'bye')\nprint('hi', end='')",
    "what its objects do at exit": "class A:\n    def __del__(self): print('gone')\na = A()",
    "threads that work on": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()\nprint('soon')",
    "workers of its own": "from concurrent.futures import ProcessPoolExecutor as P\n"
    "def f(x): return x * x\nif __name__ == '__main__':\n"
    "    with P(2) as p: print(list(p.map(f, range(5))))",
    "its streams": "import sys\nfor s in (sys.stdin, sys.stdout, sys.stderr):\n"
    "    print(s.name, s.encoding, s.errors, s.seekable(), s.line_buffering, s.isatty())",
    "its input": "import sys\nprint(input(), sys.stdin.readline(), repr(sys.stdin.read()))",
    "another encoding": "# coding: latin-1\nprint(len('é'))",
    "a closed output": "import sys\nprint('x')\nsys.stdout.close()",
    "its own source": "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))",
    "a signal": "import os\nos.kill(os.getpid(), 15)",
    "a stop by hand": "import os\nprint('lost', end='')\nos._exit(5)",
    "sets in their order": "print({'a', 'b', 'c', 'd'}, hash('x'))",
    "a future": "from __future__ import annotations\ndef f(x: no_such): pass\nf(1)",
}


@pytest.fixture
def helpers():
    """The processes of bubblewrap that this one has started since."""

    def find():
        return {p for p in psutil.Process().children(recursive=True) if p.name() == "bwrap"}

    before = find()
    return lambda: find() - before


@pytest.mark.parametrize("what", LIKE_ANY_MAIN)
async def test_a_warm_run_is_like_a_fresh_one(fit_machine, what):
    runs = [
        await Sandbox(warm=warm).run(LIKE_ANY_MAIN[what], stdin="a\nb\nc\n", limits=PATIENT)
        for warm in (True, False)
    ]
    said = [(run.outcome, run.exit_code, run.stdout, run.stderr) for run in runs]
    assert said[0] == said[1]


async def test_one_sandbox_serves_many_runs(sandbox, helpers):
    await sandbox.run("print(1)", limits=PATIENT)
    first = helpers()
    for _ in range(5):
        assert (await sandbox.run("print(1)", limits=PATIENT)).stdout == "1\n"
    assert helpers() == first
    sandbox.close()
    assert not any(process.is_running() for process in first)


async def test_no_more_sandboxes_than_runs_at_once(sandbox, helpers):
    runs = await sandbox.run_all(["import time; time.sleep(0.1)"] * 6, limits=PATIENT)
    assert {run.outcome for run in runs} == {"ok"}
    monitors = helpers() & set(psutil.Process().children())
    assert len(monitors) == 2


@pytest.mark.parametrize(
    "program",
    ["import os; os.kill(os.getpid(), 9)", "while True: pass", "while True: print('x' * 10**5)"],
)
async def test_a_sandbox_is_replaced_after_a_run_without_peace(sandbox, program, helpers):
    await sandbox.run("print(1)", limits=PATIENT)
    before = helpers()
    assert (await sandbox.run(program, limits=Limits(timeout_s=2))).outcome != "ok"
    assert not any(process.is_running() for process in before)
    assert (await sandbox.run("print(2)", limits=PATIENT)).stdout == "2\n"


async def test_a_sandbox_is_replaced_after_so_many_runs(sandbox, monkeypatch, helpers):
    monkeypatch.setattr("judging.sandbox.worker.MAX_RUNS", 2)
    await sandbox.run("print(1)", limits=PATIENT)
    before = helpers()
    await sandbox.run("print(1)", limits=PATIENT)
    assert not any(process.is_running() for process in before)


async def test_a_sandbox_that_nobody_holds_is_gone(fit_machine, helpers):
    sandbox = Sandbox()
    await sandbox.run("print(1)", limits=PATIENT)
    left = helpers()
    del sandbox
    gc.collect()
    assert left
    assert not any(process.is_running() for process in left)


async def test_a_sandbox_killed_from_outside_costs_no_run(sandbox, helpers):
    await sandbox.run("print(1)", limits=PATIENT)
    for process in helpers():
        process.kill()
    assert (await sandbox.run("print(2)", limits=PATIENT)).stdout == "2\n"
    running = asyncio.create_task(
        sandbox.run("import time; time.sleep(1); print(3)", limits=PATIENT)
    )
    await asyncio.sleep(0.5)
    for process in helpers():
        process.kill()
    assert (await running).stdout == "3\n"


async def test_without_warm_sandboxes_each_run_has_a_fresh_one(sandbox, monkeypatch, helpers):
    monkeypatch.setattr("judging.sandbox.worker.build_filter", lambda: None)
    runs = await sandbox.run_all(["print(1)", "1 / 0"], limits=PATIENT)
    assert [run.outcome for run in runs] == ["ok", "error"]
    assert not helpers()


TALKS_TO_ITSELF = """
import socket
server = socket.create_server(("127.0.0.1", 8000))
client = socket.create_connection(server.getsockname())
client.sendall(b"hello")
connection, _ = server.accept()
print(connection.recv(9))
connection.close()
"""


async def test_a_program_may_talk_to_itself_and_holds_no_port_against_the_next(sandbox):
    for _ in range(2):
        run = await sandbox.run(TALKS_TO_ITSELF, limits=PATIENT)
        assert (run.stdout, run.reason) == ("b'hello'\n", "")


async def test_much_input_is_fed_and_need_not_be_read(sandbox):
    text = "line\n" * 10**6
    read = await sandbox.run("import sys; print(len(sys.stdin.read()))", stdin=text, limits=PATIENT)
    deaf = await sandbox.run("print('no')", stdin=text, limits=PATIENT)
    assert (read.stdout, deaf.stdout) == ("5000000\n", "no\n")


async def test_the_loop_goes_on_while_programs_run_and_are_killed(sandbox):
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    run = await sandbox.run("import time; time.sleep(99)", limits=Limits(timeout_s=1))
    ticking.cancel()
    assert run.outcome == "timeout"
    assert ticks > 10


async def test_no_descriptor_is_lost(sandbox):
    programs = ["print(1)", "1 / 0", "import os; os.kill(os.getpid(), 9)"]
    await sandbox.run_all(programs, limits=PATIENT)
    sandbox.close()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        await sandbox.run_all(programs, limits=PATIENT)
    sandbox.close()
    assert len(os.listdir("/proc/self/fd")) == before
