"""Run a program as `python main.py` does, in a process that is already running Python."""

import atexit
import gc
import os
import signal
import sys
import types
from typing import NoReturn

PATH = "/program/main.py"


def run_main(source: bytes) -> NoReturn:
    """Run the text at PATH and end the process as the interpreter would end it.

    The standard streams are those that the zygote was started with, and never used.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [PATH]
    sys.path[0] = os.path.dirname(PATH)
    module = types.ModuleType("__main__")
    names = {"__file__": PATH, "__builtins__": __builtins__, "__cached__": None}
    module.__dict__.update(names, __annotations__={})
    sys.modules["__main__"] = module
    code = _run(source, module)
    os._exit(_finish(code, module))


def _run(source: bytes, module: types.ModuleType) -> int:
    try:
        exec(compile(source, PATH, "exec", dont_inherit=True), module.__dict__)
    except SystemExit as error:
        return _exit_code(error.code)
    except BaseException as error:
        frames = error.__traceback__
        error.__traceback__ = frames.tb_next if frames else None  # without ours
        sys.excepthook(type(error), error, error.__traceback__)
        return 128 + signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _finish(code: int, module: types.ModuleType) -> int:
    """Wait for threads, run what was registered, drop the program's objects, write what is left.

    The order is that of Py_FinalizeEx; private names, since none of this is public.
    """
    if "threading" in sys.modules:  # loaded ahead, it would make every fork twice as dear
        sys.modules["threading"]._shutdown()
    atexit._run_exitfuncs()
    flushed = _flush()
    for name in [name for name in vars(module) if name != "__builtins__"]:
        vars(module)[name] = None
    gc.collect()
    return code if _flush() and flushed else code or 120


def _flush() -> bool:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except Exception:
        return False
    return True
