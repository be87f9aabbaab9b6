"""The ledger's rows and sums as text: CSV, JSON, a plot for the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime

from .ledger import Attempt, Total

_BAR = " ▏▎▍▌▋▊▉█"


def to_csv(rows: Sequence[Attempt] | Sequence[Total], kind: type[Attempt] | type[Total]) -> str:
    """Return `rows` of the type `kind` as CSV with a header; an unknown cost is an empty field."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in fields(kind)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(row) for row in rows)
    return out.getvalue()


def to_json(rows: Sequence[Attempt] | Sequence[Total]) -> str:
    """Return `rows` as a JSON array of objects; an unknown cost is null."""
    return json.dumps([_plain(row) for row in rows], indent=2, ensure_ascii=False)


def plot(totals: Sequence[Total], *, width: int = 80) -> str:
    """Return bars of cost, one line a total, at most `width` columns; of tokens where no cost is known."""
    if not totals:
        return "Nothing has been booked yet."
    has_cost = any(total.cost_usd for total in totals)
    values = [(total.cost_usd or 0.0) if has_cost else _tokens(total) for total in totals]
    labels = [_cost(total) if has_cost else f"{_tokens(total):,}" for total in totals]
    keys = [_shortened(total.key or "(none)", max(width // 3, 10)) for total in totals]
    room = max(width - max(map(len, keys)) - max(map(len, labels)) - 4, 4)
    most = max(values) or 1
    lines = [
        f"{key:<{max(map(len, keys))}}  {label:>{max(map(len, labels))}}  {_bar(value / most, room)}".rstrip()
        for key, label, value in zip(keys, labels, values, strict=True)
    ]
    if has_cost and (unknown := sum(total.n_unknown for total in totals)):
        lines.append(f"The cost of {unknown:,} attempts is unknown and not in these sums.")
    return "\n".join(lines)


def _plain(row: Attempt | Total) -> dict[str, object]:
    return {
        name: value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
        for name, value in asdict(row).items()
    }


def _tokens(total: Total) -> int:
    return total.input_tokens + total.output_tokens


def _cost(total: Total) -> str:
    if total.cost_usd is None:
        return "unknown"
    return (
        f"${total.cost_usd:,.2f}" if total.cost_usd >= 1 or not total.cost_usd else f"${total.cost_usd:.4f}"
    )


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else "…" + text[-(room - 1) :]


def _bar(share: float, room: int) -> str:
    eighths = round(share * room * 8)
    return _BAR[8] * (eighths // 8) + _BAR[eighths % 8].strip()
