"""The properties on some hundred inputs; `make fuzz` looks for more, guided by coverage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .properties import PROPERTIES

NAMES = list(PROPERTIES)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_it_holds(name: str, data: bytes) -> None:
    PROPERTIES[name](data)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(max_size=600))
@settings(max_examples=10_000, deadline=None)
def test_it_holds_for_many(name: str, data: bytes) -> None:
    PROPERTIES[name](data)
