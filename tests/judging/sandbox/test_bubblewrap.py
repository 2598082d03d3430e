import asyncio
import os
import socket

import psutil
import pytest

from ingot.errors import ModelError
from judging.sandbox.bubblewrap import Sandbox, probe
from judging.sandbox.command import PROGRAMS
from judging.sandbox.limits import Limits

PATIENT = Limits(timeout_s=30)
SECRET = "sk-never-to-be-seen"
READERS = {
    "/etc/passwd": "print(open('/etc/passwd').read())",
    "a home": "import os; print(os.listdir('/root') + os.listdir('/home'))",
    "another process": "import os; print(os.listdir('/proc'))",
}
WRITERS = {
    path: f"open({path!r}, 'w').write('x')"
    for path in ("/x", "/usr/x", "/dev/x", "/program/main.py")
}
DARING = {
    "a user namespace": "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "its parent's life": "import os, signal; os.kill(1, 9); os.kill(1, 0); raise SystemExit(7)",
    "the network": "import socket; socket.create_connection(('127.0.0.1', {port}), 2)",
    "the cloud's metadata": "import socket; socket.create_connection(('169.254.169.254', 80), 2)",
}


def processes_with(argument):
    return [p for p in psutil.process_iter(["cmdline"]) if argument in (p.info["cmdline"] or [])]


async def test_a_program_reads_its_input_and_says_its_output(sandbox):
    program = "import sys; name = input(); print('hello', name); sys.stderr.write('done\\n')"
    run = await sandbox.run(program, stdin="Ägir\n", limits=PATIENT)
    assert (run.outcome, run.exit_code) == ("ok", 0)
    assert (run.stdout, run.stderr) == ("hello Ägir\n", "done\n")


async def test_programs_run_side_by_side_and_in_order(sandbox):
    runs = await sandbox.run_all([f"print({n})" for n in range(5)], limits=PATIENT)
    assert [run.stdout for run in runs] == [f"{n}\n" for n in range(5)]


@pytest.mark.parametrize(("program", "code"), [("1 / 0", 1), ("import os; os._exit(3)", 3)])
async def test_an_exit_code_is_kept(sandbox, program, code):
    run = await sandbox.run(program, limits=PATIENT)
    assert (run.outcome, run.exit_code) == ("error", code)


@pytest.mark.parametrize("what", READERS)
async def test_nothing_of_the_host_can_be_read(sandbox, what):
    run = await sandbox.run(READERS[what], limits=PATIENT)
    assert run.outcome == "error"
    assert "FileNotFoundError" in run.stderr


@pytest.mark.parametrize("path", WRITERS)
async def test_nothing_can_be_written_outside_its_own_folder(sandbox, path):
    run = await sandbox.run(WRITERS[path], limits=PATIENT)
    assert run.outcome == "error"
    assert "Read-only file system" in run.stderr or "Permission denied" in run.stderr


async def test_its_own_folder_is_private_and_small(sandbox):
    program = "open('/tmp/kept', 'w').write('x'); import os; print(os.listdir('/tmp'))"
    runs = [await sandbox.run(program, limits=PATIENT) for _ in range(2)]
    assert [run.stdout for run in runs] == ["['kept']\n"] * 2
    hoard = "for n in range(4): open(f'/tmp/{n}', 'wb').write(bytes(12 * 2**20))"
    run = await sandbox.run(hoard, limits=PATIENT)
    assert "No space left on device" in run.stderr


async def test_one_file_can_only_grow_so_large(sandbox):
    run = await sandbox.run("open('/tmp/x', 'wb').write(bytes(20 * 2**20))", limits=PATIENT)
    assert "File too large" in run.stderr


async def test_the_environment_holds_no_secret(sandbox, monkeypatch):
    monkeypatch.setenv("INGOT_API_KEY", SECRET)
    run = await sandbox.run("import os; print(dict(os.environ), os.getuid())", limits=PATIENT)
    assert "PYTHONHASHSEED" in run.stdout
    assert SECRET not in run.stdout
    assert run.stdout.endswith(" 65534\n")


@pytest.mark.parametrize("what", DARING)
async def test_what_it_may_not_have_it_cannot_get(sandbox, what):
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = DARING[what].replace("{port}", str(server.getsockname()[1]))
        run = await sandbox.run(program, limits=PATIENT)
    assert run.outcome == "error"
    refused = ("AssertionError", "Network is unreachable", "Connection refused")
    assert run.exit_code == 7 or any(words in run.stderr for words in refused)


async def test_an_endless_loop_is_a_time_out(sandbox):
    by_clock = await sandbox.run("while True: pass", limits=Limits(timeout_s=0.5))
    asleep = await sandbox.run("import time; time.sleep(99)", limits=Limits(timeout_s=0.5))
    by_cpu = await sandbox.run("while True: pass", limits=Limits(timeout_s=30, cpu_s=1))
    assert [run.outcome for run in (by_clock, asleep, by_cpu)] == ["timeout"] * 3


async def test_a_loop_deaf_to_signals_is_a_time_out_too(sandbox):
    program = "import signal\nfor n in (15, 24): signal.signal(n, signal.SIG_IGN)\nwhile 1: pass"
    run = await sandbox.run(program, limits=Limits(timeout_s=30, cpu_s=1))
    assert run.outcome == "timeout"


async def test_ten_gigabytes_are_refused(sandbox):
    run = await sandbox.run("x = bytearray(10 * 2**30)", limits=PATIENT)
    assert run.outcome == "memory"
    assert (await sandbox.run("x = bytearray(100 * 2**20)", limits=PATIENT)).outcome == "ok"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_endless_output_is_cut_at_the_cap(sandbox, stream):
    program = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
    run = await sandbox.run(program, limits=Limits(timeout_s=30, output_bytes=100_000))
    assert run.outcome == "output"
    assert len(getattr(run, stream)) == 100_000


async def test_output_below_the_cap_is_whole(sandbox):
    program = "import sys; sys.stdout.write('x' * 99_999)"
    run = await sandbox.run(program, limits=Limits(timeout_s=30, output_bytes=100_000))
    assert (run.outcome, len(run.stdout)) == ("ok", 99_999)


async def test_a_fork_bomb_ends_at_its_share(sandbox):
    program = (
        "import os, time\nn = 0\n"
        "try:\n    while True:\n        if os.fork() == 0: time.sleep(99)\n        n += 1\n"
        "except BlockingIOError: print(n)"
    )
    run = await sandbox.run(program, limits=Limits(timeout_s=30, processes=10))
    assert run.outcome == "ok"
    assert int(run.stdout) < 10


async def test_what_a_program_starts_dies_with_it(sandbox):
    mark = f"9{os.getpid()}.25"
    program = f"import subprocess\nsubprocess.Popen(['setsid', 'sleep', '{mark}'])\nprint('left')"
    assert (await sandbox.run(program, limits=PATIENT)).stdout == "left\n"
    over_time = await sandbox.run(program + "\nwhile 1: pass", limits=Limits(timeout_s=1))
    assert over_time.outcome == "timeout"
    assert processes_with(mark) == []


async def test_a_cancelled_run_leaves_nothing(sandbox):
    mark = f"9{os.getpid()}.75"
    program = f"import subprocess; subprocess.run(['sleep', '{mark}'])"
    running = asyncio.create_task(sandbox.run(program, limits=PATIENT))
    while not processes_with(mark):
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert processes_with(mark) == []


def test_the_probe_names_what_runs_inside(fit_machine):
    assert probe().startswith("bubblewrap with Python 3.")


async def test_without_bubblewrap_nothing_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelError, match="cannot run code safely, no bwrap"):
        await Sandbox().run("print(1)")
    with pytest.raises(ModelError, match="install bubblewrap"):
        probe()


@pytest.fixture
def refuse(tmp_path, monkeypatch):
    """Have bubblewrap refuse, as it does where user namespaces are forbidden."""

    def act():
        for name in PROGRAMS:
            (tmp_path / name).write_text("#!/bin/sh\necho no namespaces for you >&2\nexit 1\n")
            (tmp_path / name).chmod(0o755)
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return act


async def test_where_bubblewrap_is_refused_nothing_runs(refuse):
    refuse()
    with pytest.raises(ModelError, match="cannot run code safely: no namespaces for you: install"):
        await Sandbox().run("print(1)")
    with pytest.raises(ModelError, match="no namespaces for you"):
        probe()


async def test_a_later_refusal_is_the_failure_of_one_run(sandbox, refuse):
    assert (await sandbox.run("print(1)", limits=PATIENT)).outcome == "ok"
    sandbox.close()
    refuse()
    run = await sandbox.run("print(1)", limits=PATIENT)
    assert (run.outcome, run.stdout) == ("unavailable", "")
