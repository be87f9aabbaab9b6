"""`monkeyCoder/health`: how the language models of this session have been doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ext import HealthAnswer, ModelHealth

if TYPE_CHECKING:
    from .session import Session


async def handle(session: Session, _: Any) -> HealthAnswer:
    """Return one entry for each model that was asked since the settings last changed."""
    app = await session.app.get()
    models: list[ModelHealth] = [
        {
            "provider": one.provider,
            "model": one.model,
            "state": one.state.value,
            "calls": one.n_calls,
            "errorRate": one.error_rate,
            "firstSeconds": one.first_s,
            "slowestFirstSeconds": one.slowest_first_s,
            "lastFault": one.last_fault,
            "opensForSeconds": one.opens_for_s,
        }
        for one in app.health()
    ]
    return {"answers": app.kit.model.name, "completes": app.kit.complete_model.name, "models": models}
