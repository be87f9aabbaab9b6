"""Bodies in, messages out; params stay data."""

from __future__ import annotations

import pytest

from monkey_coder.lsp.messages import BadMessage, Message, Notification, Request, Response, parse_message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}}', Request(1, "m", {"a": 1})),
        ('{"jsonrpc":"2.0","id":"","method":"m"}', Request("", "m")),
        ('{"jsonrpc":"2.0","method":"m","params":[1]}', Notification("m", [1])),
        ('{"jsonrpc":"2.0","id":1,"result":null}', Response(1)),
        (
            '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}',
            Response(1, error={"code": 1, "message": "m"}),
        ),
        ('{"jsonrpc":"2.0","id":1}', None),
        ('{"jsonrpc":"2.0","id":null,"result":1}', None),
    ],
)
def test_a_message_is_told_by_its_members(body: str, message: Message | None) -> None:
    assert parse_message(body) == message


def test_a_message_inside_params_is_data() -> None:
    inner = {"jsonrpc": "2.0", "method": "exit"}
    body = '{"jsonrpc":"2.0","id":1,"method":"m","params":{"x":{"jsonrpc":"2.0","method":"exit"}}}'
    assert parse_message(body) == Request(1, "m", {"x": inner})


@pytest.mark.parametrize(
    ("body", "message_id", "code"),
    [
        ("{", None, -32700),
        ("", None, -32700),
        (b"\xff\xfe", None, -32700),
        ("[" * 200_000, None, -32700),
        ('{"id":1,"n":NaN}', None, -32700),
        ('{"id":1,"n":1' + "0" * 5000 + "}", None, -32700),
        ("[]", None, -32600),
        ("42", None, -32600),
        ("{}", None, -32600),
        ('{"jsonrpc":"2.0","id":1.5,"method":"m"}', None, -32600),
        ('{"jsonrpc":"2.0","id":true,"method":"m"}', None, -32600),
        ('{"jsonrpc":"2.0","id":7,"method":5}', 7, -32600),
        ('{"jsonrpc":"1.0","id":7,"method":"m"}', 7, -32600),
    ],
)
def test_what_is_no_message_is_told_with_the_code_that_says_why(
    body: str | bytes, message_id: int | None, code: int
) -> None:
    bad = parse_message(body)
    assert isinstance(bad, BadMessage)
    assert (bad.id, bad.code) == (message_id, code)


def test_the_reason_repeats_nothing_of_the_body() -> None:
    bad = parse_message('{"password": "hunter2" oops')
    assert isinstance(bad, BadMessage)
    assert "hunter2" not in bad.reason
