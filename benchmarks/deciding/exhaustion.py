"""Attempts to use up what the machine has: processes, memory, files, output, time."""

from benchmarks.deciding.attempts import Attempt

_NO_ROOM = "No space left on device"

EXHAUSTION = (
    Attempt(
        "fork bomb",
        "import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(99)",
        "error",
        "BlockingIOError: .*Resource temporarily unavailable",
    ),
    # All its processes write their ends into one standard error, so which line is last is chance.
    Attempt(
        "wild fork bomb",
        "import os\nwhile True: os.fork()",
        "error|timeout",
        "Block|Traceback|stop",
    ),
    Attempt(
        "thread bomb",
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,),"
        " daemon=True).start()",
        "error",
        "can't start new thread",
    ),
    Attempt("memory bomb at once", "x = bytearray(10**11)", "memory", "out of memory"),
    Attempt(
        "memory bomb by and by",
        "x = []\nwhile True: x.append(bytearray(10**7))",
        "memory",
        "out of memory",
    ),
    Attempt("huge integer", "x = 1 << 10**12", "memory", "out of memory"),
    Attempt("huge power", "x = 9**9**9", "timeout|memory", "stopped|out of memory"),
    Attempt("deep recursion", "def f(): f()\nf()", "error", "RecursionError"),
    Attempt(
        "bottomless recursion",
        "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n"
        "    def __getattr__(self, name): return getattr(self, name + 'x')\nA().x",
        "error|memory",
        "SIGSEGV|out of memory",
    ),
    Attempt(
        "disk filler",
        "for n in range(99): open(f'/tmp/{n}', 'wb').write(bytes(10**7))",
        "error",
        _NO_ROOM,
    ),
    Attempt("one huge file", "open('/tmp/x', 'wb').write(bytes(10**8))", "error", "too large"),
    Attempt(
        "shared memory filler",
        "for n in range(99): open(f'/dev/shm/{n}', 'wb').write(bytes(10**6))",
        "error",
        _NO_ROOM,
    ),
    Attempt(
        "file count bomb",
        "import os\nfor n in range(10**6): os.mkdir(f'/tmp/{n}')",
        "error",
        _NO_ROOM,
    ),
    Attempt(
        "open file bomb",
        "x = []\nwhile True: x.append(open('/dev/null'))",
        "error",
        "Too many open files",
    ),
    Attempt(
        "a gigabyte of output",
        "for n in range(1000): print('x' * 10**6)",
        "output",
        "wrote too much output",
    ),
    Attempt("endless loop", "while True: pass", "timeout", "stopped after"),
    Attempt(
        "endless loop deaf to signals",
        "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nwhile True: pass",
        "timeout",
        "stopped after",
    ),
    Attempt("sleeping forever", "import time\ntime.sleep(10**6)", "timeout", "stopped after"),
    Attempt(
        "waiting for itself to end",
        "import threading\nt = threading.Thread(target=threading.Event().wait)\nt.start()",
        "timeout",
        "stopped after",
    ),
)
