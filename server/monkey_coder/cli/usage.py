"""`monkey-coder usage`: what was used and what it cost."""

from __future__ import annotations

import argparse
import asyncio
import re
from datetime import date, datetime, timedelta

from .. import app
from ..core.errors import InputError
from ..features.usage_report import By, Form, Query, usage_report
from .exits import Exit
from .terminal import standard_terminal, visible


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--by", choices=[by.value for by in By], default=By.DAY.value, help="sum up by this (default: day)"
    )
    parser.add_argument("--since", help="from this day on: 2026-11-30, today, 7d (days), month")
    parser.add_argument("--until", help="up to and with this day")
    parser.add_argument("--attempts", action="store_true", help="every attempt (with --csv or --json)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_const", dest="form", const=Form.CSV, help="print CSV")
    form.add_argument("--json", action="store_const", dest="form", const=Form.JSON, help="print JSON")
    parser.set_defaults(form=Form.PLOT)


def run(options: argparse.Namespace) -> int:
    """Print the report, and return the exit code."""
    terminal = standard_terminal()
    today = datetime.now().astimezone().date()
    if options.attempts and options.form is Form.PLOT:
        raise InputError("--attempts prints a row for each, so it needs --csv or --json")
    query = Query(
        None if options.attempts else By(options.by),
        since=day_of(options.since, today),
        until=day_of(options.until, today),
    )
    report = asyncio.run(usage_report(app.usage_file(), query, options.form, width=terminal.width))
    # In CSV and JSON what is odd is quoted; on a terminal a project's name must not steer it.
    for line in report.split("\n"):
        terminal.print(visible(line) if options.form is Form.PLOT else line)
    return Exit.DONE


def day_of(text: str | None, today: date) -> date | None:
    """Return the day that a person means; None is no bound. Raises: InputError."""
    if text is None:
        return None
    if text == "today":
        return today
    if text == "month":
        return today.replace(day=1)
    if match := re.fullmatch(r"(\d{1,5})d", text):
        return today - timedelta(days=max(int(match[1]) - 1, 0))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day; write 2026-11-30, today, 7d or month") from None
