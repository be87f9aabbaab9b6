"""The benchmark of ghost text runs on any folder of code, and its last line holds the figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.ghost import held_out, main, places

SOURCES = Path(__file__).parents[2] / "server" / "monkey_coder" / "workspace"


def test_the_last_line_holds_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    main([str(SOURCES), "--files", "2", "--places", "12"])
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    for key in ("mrr", "exact_at_20", "exact_at_30", "exact_at_40", "exact_at_50", "long_tails_at_40"):
        assert 0 <= result[key] <= 1
        assert 0 <= result["baseline"][key] <= 1
    assert result["ms_median"] > 0


def test_a_place_hides_the_rest_of_its_line() -> None:
    files = held_out(str(SOURCES), 2)
    for place in places(files, 50):
        assert "\n" not in place.hidden
        assert place.hidden.startswith(place.tokens[0])
        whole = place.visible[: place.offset] + place.hidden + place.visible[place.offset :]
        assert whole == Path(place.file.path).read_text(encoding="utf-8")
        assert place.visible[place.offset : place.offset + 1] in ("", "\n")


def test_the_same_seeds_give_the_same_places() -> None:
    files = held_out(str(SOURCES), 2)
    assert places(files, 20) == places(held_out(str(SOURCES), 2), 20)
