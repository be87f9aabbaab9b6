"""`monkeyCoder/models`: the language models that the user can choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ext import ModelOffer

if TYPE_CHECKING:
    from .session import Session


async def handle(session: Session, _: Any) -> list[ModelOffer]:
    """Return the models known, those that can be asked first. No provider is asked."""
    if not session.app.is_started:
        session.start_app()
    app = await session.app.get()
    return [
        {
            "id": one.id,
            "provider": one.provider,
            "name": one.name,
            "configured": one.is_configured,
            "current": one.is_current,
            "inputUsdPerMTok": one.input_usd,
            "outputUsdPerMTok": one.output_usd,
        }
        for one in await app.offers()
    ]
