"""A key shows itself to nobody."""

from __future__ import annotations

import copy
import pickle

import pytest

from monkey_coder.core.endpoint import Endpoint, Secret


def test_a_secret_prints_as_asterisks_wherever_it_stands() -> None:
    endpoint = Endpoint("openai", "https://api.openai.com/v1", api_key=Secret("sk-very-secret"))
    for shown in (repr(endpoint), str(endpoint), f"{endpoint.api_key}", f"{endpoint.api_key!r}"):
        assert "very" not in shown
    assert endpoint.api_key is not None
    assert endpoint.api_key.reveal() == "sk-very-secret"


def test_a_secret_compares_by_value_and_is_never_serialised() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    for write in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            write(Secret("a"))
