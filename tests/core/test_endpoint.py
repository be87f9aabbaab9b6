"""A key shows itself to nobody."""

from __future__ import annotations

import copy
import pickle

import pytest

from monkey_coder.core.endpoint import Endpoint, Secret, is_metadata_host


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


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "169.254.170.2", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
        "169.254.43518", "::ffff:169.254.169.254", "[::ffff:a9fe:a9fe]", "fe80::1%eth0",
        "fd00:ec2::254", "2002:a9fe:a9fe::1", "100.100.100.200", "Metadata.Google.Internal.", "metadata",
    ],
)  # fmt: skip
def test_where_a_cloud_keeps_credentials_no_model_is_looked_for(host: str) -> None:
    assert is_metadata_host(host)


@pytest.mark.parametrize(
    "host",
    ["api.openai.com", "127.0.0.1", "::1", "localhost", "192.168.1.7", "10.0.0.2", "fd00::7", "1.2", ""],
)
def test_other_hosts_may_hold_a_model(host: str) -> None:
    assert not is_metadata_host(host)
