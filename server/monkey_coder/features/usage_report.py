"""What was used and what it cost, as text: bars for a person, CSV or JSON for a program."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from ..usage.ledger import Attempt, By, Ledger, Total
from ..usage.report import plot, to_csv, to_json

__all__ = ["By", "Form", "Query", "usage_report"]


class Form(StrEnum):
    """How a report is written."""

    PLOT = "plot"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the ledger: sums `by` something, or every attempt where that is None.

    Days from `since` to `until`, both included; None is no bound.
    """

    by: By | None = By.DAY
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class DayOfModel:
    """What one model (PROVIDER/MODEL) was used for on one day (YYYY-MM-DD)."""

    day: str
    model: str
    total: Total


async def days_of_models(ledger_file: Path, since: date) -> tuple[DayOfModel, ...]:
    """Return what each model was used for on each day from `since` on, oldest first.

    Raises: FileError if the ledger cannot be read.
    """
    if not await asyncio.to_thread(ledger_file.is_file):
        return ()
    with closing(Ledger(str(ledger_file), session="report")) as ledger:
        totals = await ledger.totals(By.DAY_AND_MODEL, since=since)
    keys = (total.key.partition(" ") for total in totals)
    return tuple(DayOfModel(day, model, total) for (day, _, model), total in zip(keys, totals, strict=True))


def markdown_of(rows: Sequence[DayOfModel], since: date) -> str:
    """Return the rows as a Markdown table, newest day first."""
    if not rows:
        return f"No language model was used since {since}.\n"
    lines = [
        "| Day | Model | Requests | Tokens in | Tokens out | Cost |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    for row in reversed(rows):
        total = row.total
        cost = "unknown" if total.cost_usd is None else f"${total.cost_usd:,.4f}"
        lines.append(
            f"| {row.day} | {row.model} | {total.n_attempts:,} | {total.input_tokens:,} "
            f"| {total.output_tokens:,} | {cost} |"
        )
    return "\n".join(lines) + _sum([row.total for row in rows]) + "\n"


async def usage_report(ledger_file: Path, query: Query, form: Form, *, width: int = 80) -> str:
    """Return the report, without a line end after it. A ledger that is not there is an empty one.

    Raises: FileError if the ledger cannot be read.
    """
    totals: tuple[Total, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    if await asyncio.to_thread(ledger_file.is_file):
        with closing(Ledger(str(ledger_file), session="report")) as ledger:
            if query.by is None:
                attempts = await ledger.attempts(since=query.since, until=query.until)
            else:
                totals = await ledger.totals(query.by, since=query.since, until=query.until)
    match form:
        case Form.CSV:
            text = to_csv(attempts, Attempt) if query.by is None else to_csv(totals, Total)
        case Form.JSON:
            text = to_json(attempts if query.by is None else totals)
        case Form.PLOT:
            text = plot(totals, width=width) + _sum(totals)
    return text.rstrip("\n")


def _sum(totals: Sequence[Total]) -> str:
    """Return one line about all totals together."""
    if not totals:
        return ""
    known = [total.cost_usd for total in totals if total.cost_usd is not None]
    n_estimated = sum(total.n_estimated for total in totals)
    n_cached = sum(total.cached_tokens for total in totals)
    parts = [
        f"{sum(total.n_attempts for total in totals):,} attempts",
        f"{sum(total.input_tokens for total in totals):,} tokens in ({n_cached:,} from the provider's cache)",
        f"{sum(total.output_tokens for total in totals):,} out",
        f"${sum(known):,.4f}" if known else "cost unknown",
    ]
    if n_estimated:
        parts.append(f"{n_estimated:,} by estimate")
    return "\n\n" + ", ".join(parts)
