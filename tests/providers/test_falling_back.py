"""Another model answers, as long as nothing has been said, and the user is told."""

from __future__ import annotations

import pytest
from tests.requests import STOP, request
from tests.scripted import ScriptedModel

from monkey_coder.core.errors import BudgetError, ConfigError, MonkeyCoderError, ProviderError, ProviderFault
from monkey_coder.core.model import Event, ReasoningDelta, TextDelta, Warned
from monkey_coder.providers.falling_back import Candidate, FallingBack

HI = TextDelta("hi")


def fails(fault: ProviderFault, who: str = "first") -> ProviderError:
    return ProviderError(fault, f"{who} failed.", provider=who, model="m", retry_after_s=9.0)


def model(name: str, *answer: Event | Exception) -> ScriptedModel:
    first = answer[0]
    return ScriptedModel([first if isinstance(first, Exception) else answer], name)  # type: ignore[list-item]


async def heard(*candidates: Candidate | ScriptedModel) -> tuple[list[Event], MonkeyCoderError | None]:
    events: list[Event] = []
    chosen = [c if isinstance(c, Candidate) else Candidate(c) for c in candidates]
    try:
        async for event in FallingBack(chosen).stream(request()):
            events.append(event)  # noqa: PERF401 - what came before an error is kept
    except MonkeyCoderError as error:
        return events, error
    return events, None


FALLS = set(ProviderFault) - {
    ProviderFault.INVALID_REQUEST,
    ProviderFault.CONTENT_REFUSED,
    ProviderFault.CONTEXT_TOO_LONG,
}


@pytest.mark.parametrize("fault", sorted(FALLS))
async def test_the_next_model_answers_and_the_user_is_told(fault: ProviderFault) -> None:
    events, error = await heard(model("a", fails(fault)), model("b", HI, STOP))
    assert events == [Warned("first failed. Meanwhile b answers."), HI, STOP] and error is None


async def test_a_provider_without_a_key_is_passed_over() -> None:
    events, error = await heard(model("a", ConfigError("No key.")), model("b", HI, STOP))
    assert events[1:] == [HI, STOP] and error is None


@pytest.mark.parametrize(
    "error",
    [fails(ProviderFault.INVALID_REQUEST), fails(ProviderFault.CONTENT_REFUSED), BudgetError("spent")],
)
async def test_the_requests_own_fault_goes_back(error: MonkeyCoderError) -> None:
    other = model("b", HI, STOP)
    assert await heard(model("a", error), other) == ([], error)
    assert not other.requests


async def test_a_long_request_goes_only_to_a_larger_model() -> None:
    long = fails(ProviderFault.CONTEXT_TOO_LONG)
    small, unknown, large = model("b", HI, STOP), model("c", HI, STOP), model("d", HI, STOP)
    events, _ = await heard(
        Candidate(model("a", long), 8_000),
        Candidate(small, 8_000),
        Candidate(unknown),
        Candidate(large, 9_000),
    )
    assert events[1:] == [HI, STOP] and not small.requests and not unknown.requests and large.requests
    assert (await heard(Candidate(model("a", long), 8_000), Candidate(small, 8_000)))[1] is long


async def test_after_the_first_text_nobody_else_answers() -> None:
    class Breaks(ScriptedModel):
        async def stream(self, request):  # type: ignore[no-untyped-def]
            yield ReasoningDelta("hm")
            yield HI
            raise fails(ProviderFault.NETWORK)

    other = model("b", HI, STOP)
    events, error = await heard(Breaks([], "a"), other)
    assert events == [ReasoningDelta("hm"), HI] and error is not None and not other.requests


async def test_when_all_fail_the_users_own_choice_is_explained() -> None:
    events, error = await heard(
        model("a", fails(ProviderFault.OVERLOADED)),
        model("b", fails(ProviderFault.AUTHENTICATION, "second")),
        model("c", ConfigError("No key.")),
    )
    assert [type(event) for event in events] == [Warned, Warned]
    assert isinstance(error, ProviderError) and error.fault is ProviderFault.OVERLOADED
    assert str(error) == "first failed. No other model answered either: b (authentication), c (not set up)."
    assert error.retry_after_s == 9.0


def test_it_is_named_for_the_first_and_needs_one() -> None:
    assert FallingBack([Candidate(model("a", HI)), Candidate(model("b", HI))]).name == "a"
    with pytest.raises(ValueError, match="at least one"):
        FallingBack([])
