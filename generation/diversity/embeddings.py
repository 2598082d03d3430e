from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Embeddings: TypeAlias = NDArray[np.float32]
"""One row of unit length per text: the dot product of two rows is their cosine."""

Cells: TypeAlias = NDArray[np.int64]
"""For each text the index of its cell."""

BLOCK_ROWS = 8192
"""Rows worked on at once, so that memory does not grow with the number of texts."""
