"""The page on settings names every one of them, with its bounds."""

from __future__ import annotations

from pathlib import Path

from monkey_coder.config.schema import KEYS
from monkey_coder.config.vendors import VENDORS

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_every_setting_has_its_line() -> None:
    for key in KEYS:
        lines = [line for line in PAGE.splitlines() if line.startswith(f"| `{key.name.split('*.')[-1]}` |")]
        assert any(key.description in line for line in lines), key.name


def test_every_vendor_and_its_models_are_there() -> None:
    for vendor in VENDORS.values():
        if vendor.key_env:
            line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{vendor.key_env}`"))
            assert f"`{vendor.name}`" in line
            assert vendor.model in line
            assert vendor.complete_model in line
