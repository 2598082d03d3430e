"""A judge model with room for long prompts."""

import json
import shutil
from pathlib import Path

from ingot.settings import resolve_model


def make_long_judge(folder: Path) -> str:
    """Copy the embedded judge with a context of 4096 tokens and without its own prompt.

    It was never trained on such prompts, so what it says there means nothing; but it says it
    through a real tokenizer, template and network.
    """
    shutil.copytree(resolve_model("embedded-judge"), folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 4096}))
    (folder / "judge.json").unlink()
    return str(folder)
