"""A piece of an answer: a block with what it quotes, or code that stands for a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass
class Piece:
    """`kind` "block": `search` is quoted, `lines` take its place. "code": `lines` are a whole text.

    `path` is the file that the answer names for it, if it does. `is_file` tells that code is the whole
    file and not only the span asked for; `is_deletion` that the file is to go. `column` is how far the
    fence around the code was indented. `is_placeless` marks added lines with nothing quoted beside them,
    whose line number alone is not to be trusted. `line` (from 0) and `heading` say where a hunk stands.
    """

    kind: Literal["block", "code"]
    path: str = ""
    tag: str = ""
    search: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    divided: bool = False
    is_closed: bool = False
    is_file: bool = False
    is_call: bool = False
    is_deletion: bool = False
    mark_size: int = 7
    column: int = 0
    line: int | None = None
    heading: str = ""
    is_placeless: bool = False
