"""Draw what a terminal shows as SVG: `FORCE_COLOR=1 monkey-coder demo | python terminal_svg.py TITLE`.

Reads text with colour escapes on standard input. Arguments: a title, and first and last line (from 1).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from html import escape

WIDTH, HEIGHT, PAD, BAR = 8.4, 18, 16, 22
COLOURS = {
    "31": "#f7768e", "32": "#9ece6a", "33": "#e0af68", "34": "#7aa2f7", "35": "#bb9af7", "36": "#7dcfff",
}  # fmt: skip
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def columns_of(text: str) -> int:
    """Return how many columns a text without escapes takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def spans(line: str) -> list[tuple[int, str, set[str]]]:
    """Return the pieces of a line: column, text, codes in force."""
    pieces: list[tuple[int, str, set[str]]] = []
    codes: set[str] = set()
    column = at = 0
    for match in [*ESCAPE.finditer(line), None]:
        text = line[at : match.start() if match else len(line)]
        if text:
            pieces.append((column, text, set(codes)))
            column += columns_of(text)
        if match:
            at = match.end()
            given = set(match[1].split(";")) - {""}
            codes = set() if not given or "0" in given else codes | given
    return pieces


def style_of(codes: set[str]) -> str:
    """Return the attributes for terminal codes."""
    colour = next((COLOURS[code] for code in sorted(codes) if code in COLOURS), "#c0caf5")
    parts = [f'fill="{colour}"']
    parts += ['font-weight="bold"'] * ("1" in codes)
    parts += ['opacity="0.6"'] * ("2" in codes)
    parts += ['font-style="italic"'] * ("3" in codes)
    parts += ['text-decoration="underline"'] * ("4" in codes)
    return " ".join(parts)


def draw(text: str, title: str) -> str:
    """Return an SVG image of a terminal that shows `text`."""
    lines = text.rstrip("\n").split("\n")
    columns = max(columns_of(ESCAPE.sub("", line)) for line in lines)
    width, height = round(columns * WIDTH + 2 * PAD), len(lines) * HEIGHT + 2 * PAD + BAR
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#1a1b26"/>',
    ]
    for i, colour in enumerate(("#f7768e", "#e0af68", "#9ece6a")):
        rows.append(f'<circle cx="{20 + 18 * i}" cy="18" r="5.5" fill="{colour}"/>')
    rows.append(
        f'<text x="{width // 2}" y="22" fill="#565f89" text-anchor="middle" font-family="sans-serif" '
        f'font-size="13">{escape(title)}</text>'
    )
    rows.append(f'<g font-family="{FONT}" font-size="14" xml:space="preserve">')
    for number, line in enumerate(lines):
        y = PAD + BAR + (number + 0.75) * HEIGHT
        for column, piece, codes in spans(line):
            if piece.strip():
                rows.append(
                    f'<text x="{PAD + column * WIDTH:.1f}" y="{y:.1f}" '
                    f'textLength="{columns_of(piece) * WIDTH:.1f}" {style_of(codes)}>{escape(piece)}</text>'
                )
    return "\n".join([*rows, "</g>", "</svg>", ""])


def main() -> None:
    """Draw standard input."""
    title = sys.argv[1] if len(sys.argv) > 1 else "monkey-coder"
    lines = sys.stdin.read().split("\n")
    if len(sys.argv) > 3:
        lines = lines[int(sys.argv[2]) - 1 : int(sys.argv[3])]
    sys.stdout.write(draw("\n".join(lines), title))


if __name__ == "__main__":
    main()
