"""An environment of its own for each peer, made when first needed."""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).parent / "requirements"


def python_of(peer: str) -> Path:
    """The interpreter of a peer; installs what its requirements name unless they are in.

    Raises CalledProcessError where pip fails; its `stderr` says why.
    """
    folder = ROOT / "out" / "peers" / peer
    python, ready = folder / "bin" / "python", folder / "ready.txt"
    wanted = (REQUIREMENTS / f"{peer}.txt").read_text()
    if not ready.exists() or ready.read_text() != wanted:
        sys.stderr.write(f"installing {peer} into {folder}\n")
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        requirements = str(REQUIREMENTS / f"{peer}.txt")
        subprocess.run([*command, "-r", requirements], check=True, capture_output=True, text=True)
        ready.write_text(wanted)
    return python
