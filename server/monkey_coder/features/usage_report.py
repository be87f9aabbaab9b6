"""What was used and what it cost, as text: bars for a person, CSV or JSON for a program."""

from __future__ import annotations

import asyncio
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


def _sum(totals: tuple[Total, ...]) -> str:
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
