"""Attempts to be there, or to have left something, when the next program runs."""

from benchmarks.deciding.attempts import Attempt
from benchmarks.deciding.calls import write_call

OUTLIVING = (
    Attempt(
        "a daemon",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True:\n            open('/tmp/x', 'w').write('x'); time.sleep(0.01)\n"
        "    os._exit(0)\nos.wait()",
        "ok",
        "^$",
    ),
    Attempt(
        "an orphan that holds the output",
        "import subprocess\nsubprocess.Popen(['setsid', 'sleep', '99'])",
        "ok",
        "^$",
    ),
    Attempt("a zombie", "import os\nif os.fork() == 0: os._exit(0)", "ok", "^$"),
    Attempt(
        "files for the next program",
        "for path in ('/tmp/x', '/dev/shm/x'): open(path, 'w').write('x')",
        "ok",
        "^$",
    ),
    Attempt(
        "shared memory for the next program",
        write_call("shmget", "7, 4096, 0o1666", ""),
        "ok",
        "^$",
    ),
    Attempt(
        "a server for the next program",
        "import os, socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0left')\ns.listen()\n"
        "if os.fork() == 0:\n    os.setsid(); s.accept()",
        "ok",
        "^$",
    ),
    Attempt("closed output", "import os\nos.close(1); os.close(2)", "ok|error", ""),
)
