"""The table of attempts to pass a test without solving the task; `double(x)` is asked for."""

import asyncio
import json
from dataclasses import dataclass

from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.code import check_code
from judging.verifiers.programs import fence

REFERENCES = {
    "cases": json.dumps(
        {
            "entry_point": "double",
            "cases": [
                {"args": [1], "expected": 2},
                {"args": [[1, 2]], "expected": [1, 2, 1, 2]},
            ],
        }
    ),
    "asserts": json.dumps({"asserts": ["assert double(1) == 2", "assert double('a') == 'aa'"]}),
}
RIGHT = "def double(x):\n    return x * 2"
WIRE = """
import os, stat
def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False
WIRE = next(filter(is_socket, range(64)))
"""
"""Finds the program's connection to its tester."""


@dataclass(frozen=True, slots=True)
class Tampering:
    """What a program tries, and what the verifier has to say of it."""

    name: str
    program: str
    outcome: str = "wrong"


TAMPERINGS = (
    Tampering("exits when loaded", "import sys\nsys.exit(0)"),
    Tampering("exits hard when loaded", "import os\nos._exit(0)"),
    Tampering("exits when called", "def double(x): raise SystemExit(0)"),
    Tampering("exits hard when called", "import os\ndef double(x): os._exit(0)"),
    Tampering(
        "exits hard from a thread",
        "import os, threading\ndef double(x):\n"
        "    threading.Thread(target=os._exit, args=(0,)).start()\n    while True: pass",
    ),
    Tampering(
        "prints success",
        "def double(x):\n    print('{\"outcome\": \"pass\"}')\n    print('passed')",
    ),
    Tampering(
        "prints success to every file",
        "import os\ndef double(x):\n    for n in range(3, 64):\n"
        '        try: os.write(n, b\'{"step": 0, "outcome": "pass"}\\n\')\n'
        "        except OSError: pass",
    ),
    Tampering(
        "patches the built-ins",
        "import builtins\nbuiltins.AssertionError = Exception\n"
        "builtins.all = lambda x: True\ndef double(x): return 3",
    ),
    Tampering(
        "patches unittest",
        "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\n"
        "unittest.TestCase.run = lambda *a: None\ndef double(x): return 3",
    ),
    Tampering(
        "patches the tester",
        "import sys\nfor name, module in list(sys.modules.items()):\n"
        "    if 'inside' in name:\n        module.same = lambda *a: True\n"
        "        module._attempt = lambda act: ('pass', '')\ndef double(x): return 3",
    ),
    Tampering(
        "equals every number",
        "class Any(int):\n    def __eq__(self, other): return True\n"
        "    __hash__ = int.__hash__\ndef double(x): return Any(7)",
    ),
    Tampering(
        "equals every text and list",
        "class Text(str):\n    def __eq__(self, other): return True\n"
        "class Items(list):\n    def __eq__(self, other): return True\n"
        "def double(x): return Text('x') if x == 'a' else Items() if x != 1 else 3",
    ),
    Tampering(
        "equals everything",
        "class Same:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
        "def double(x): return Same()",
        "unsure",
    ),
    Tampering("refuses to be compared", "def double(x): return NotImplemented", "unsure"),
    Tampering("kills the tester", "import os\ndef double(x):\n    os.kill(os.getppid(), 9)"),
    Tampering("kills all", "import os\nos.kill(-1, 9)\ndef double(x): return 3"),
    Tampering(
        "interrupts the tester",
        "import os\ndef double(x):\n    for n in range(99): os.kill(os.getppid(), 2)\n    return 3",
    ),
    Tampering(
        "starves the tester",
        "import os, resource\ndef double(x):\n"
        "    resource.prlimit(os.getppid(), resource.RLIMIT_AS, (0, 0))",
    ),
    Tampering(
        "looks for the answer in memory",
        "import gc\ndef double(x):\n    return next(v for v in gc.get_objects()"
        " if isinstance(v, dict) and 'expected' in v)",
    ),
    Tampering(
        "looks for the answer up the stack",
        "import sys\ndef double(x):\n    frame = sys._getframe()\n    while frame:\n"
        "        for value in list(frame.f_locals.values()):\n"
        "            if isinstance(value, dict) and 'expected' in value:\n"
        "                return value['expected']\n        frame = frame.f_back\n    return 3",
    ),
    Tampering("answers nonsense", f"{WIRE}\nos.write(WIRE, b'{{}}\\n' * 99)\n{RIGHT}"),
    Tampering("floods the tester", f"{WIRE}\nos.write(WIRE, b'x' * 10**7)\n{RIGHT}"),
    Tampering("hangs up", f"{WIRE}\nos.close(WIRE)\n{RIGHT}"),
    Tampering("answers a huge text", "def double(x): return 'x' * 10**8"),
    Tampering(
        "answers a bottomless list",
        "def double(x):\n    found = []\n    for n in range(10**5): found = [found]\n"
        "    return found",
    ),
    Tampering("raises what nobody catches", "def double(x): raise KeyboardInterrupt"),
    Tampering("claims to have no memory", "def double(x): raise MemoryError", "unsure"),
    Tampering("kills itself", "import os\ndef double(x): os.kill(os.getpid(), 9)", "unsure"),
)


async def tamper(attempt: Tampering, sandbox: Sandbox) -> list[str]:
    """The verdicts on an attempt, and at the end on an honest program."""
    texts = [fence(attempt.program)] * len(REFERENCES) + [fence(RIGHT)] * len(REFERENCES)
    references = [*REFERENCES.values(), *REFERENCES.values()]
    checks = (
        check_code(text, reference, sandbox)
        for text, reference in zip(texts, references, strict=True)
    )
    return [check.outcome for check in await asyncio.gather(*checks)]
