"""New JavaScript and TypeScript lines in the hand of the code beside: quotes, semicolons, indentation."""

from __future__ import annotations

import re


def in_hand_of(lines: str, model: str) -> str:
    """Return `lines`, written with double quotes, semicolons and two spaces, as `model` is written."""
    single = len(re.findall(r"'[^'\n]*'", model))
    double = len(re.findall(r'"[^"\n]*"', model))
    if single > double:
        lines = re.sub(r'"([^"\'\\\n]*)"', r"'\1'", lines)
    statements = [line for line in model.split("\n") if re.search(r"[\w)\]'\"`;]$", line.rstrip())]
    if len(statements) > 2 and not any(line.rstrip().endswith(";") for line in statements):
        lines = re.sub(r";$", "", lines, flags=re.MULTILINE)
    unit = _unit(model)
    if unit != "  ":
        lines = re.sub(r"^(?:  )+", lambda match: unit * (len(match[0]) // 2), lines, flags=re.MULTILINE)
    return lines


def _unit(model: str) -> str:
    """Return one step of a text's indentation."""
    leads = re.findall(r"^([ \t]+)\S", model, re.MULTILINE)
    if any("\t" in lead for lead in leads):
        return "\t"
    widths = [len(lead) for lead in leads if not lead.startswith(" *")]
    return "    " if widths and all(width % 4 == 0 for width in widths) else "  "
