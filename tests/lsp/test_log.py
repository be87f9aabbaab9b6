"""The log that an editor shows: no record poses as another or orders a terminal about (CWE-117)."""

from __future__ import annotations

import logging

from monkey_coder.lsp.server import PlainFormatter


def record_of(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("m", logging.WARNING, __file__, 1, message, arguments, None)


def test_what_a_client_or_a_model_said_stays_inside_its_record() -> None:
    written = PlainFormatter("%(levelname)s %(name)s: %(message)s").format(
        record_of("ignored %s", "x\r\nERROR m: all is lost\n\x1b]8;;https://collect.example\x07\u202e\x9b2J")
    )
    first, *others = written.split("\n")
    assert first == "WARNING m: ignored x"
    assert all(line.startswith("    ") for line in others)
    assert all(char == "\n" or char.isprintable() for char in written)
    assert "\\x1b]8;;" in written


def test_a_traceback_keeps_its_lines() -> None:
    formatter = PlainFormatter("%(message)s")
    try:
        raise ValueError("bad\x1b[31m\nERROR m: forged")
    except ValueError as error:
        record = record_of("failed")
        record.exc_info = (ValueError, error, error.__traceback__)
    lines = formatter.format(record).split("\n")
    assert lines[0] == "failed"
    assert lines[-1] == "    ERROR m: forged"
    assert any("bad\\x1b[31m" in line for line in lines)
