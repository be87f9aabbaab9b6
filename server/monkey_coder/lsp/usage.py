"""`monkeyCoder/usage`: what was used in the last days, by day and model."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..features.usage_report import DayOfModel, days_of_models, markdown_of
from .ext import UsageAnswer, UsageRow
from .messages import INVALID_PARAMS
from .protocol import RequestError

if TYPE_CHECKING:
    from .session import Session

_DAYS = 30
_MOST_DAYS = 3_660


async def handle(session: Session, params: Any) -> UsageAnswer:
    """Return the rows of the last `days`, today included. Raises: FileError."""
    days = params.get("days", _DAYS) if isinstance(params, dict) else _DAYS
    if type(days) is not int or not 0 < days <= _MOST_DAYS:
        raise RequestError(INVALID_PARAMS, f"days is an integer from 1 to {_MOST_DAYS}.")
    if not session.app.is_started:
        session.start_app()
    app = await session.app.get()
    since = datetime.now().astimezone().date() - timedelta(days=days - 1)
    rows = await days_of_models(app.ledger_file, since)
    return {"markdown": markdown_of(rows, since), "rows": [_wire(row) for row in rows]}


def _wire(row: DayOfModel) -> UsageRow:
    return {
        "day": row.day,
        "model": row.model,
        "requests": row.total.n_attempts,
        "inputTokens": row.total.input_tokens,
        "outputTokens": row.total.output_tokens,
        "usd": row.total.cost_usd,
        "estimated": row.total.n_estimated,
    }
