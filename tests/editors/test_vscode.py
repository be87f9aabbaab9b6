"""VS Code with our extension: inside its extension host, and on the screen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from .paced_model import TWO_PARTS, PacedModel, paced_model
from .project import Project, make_project
from .vscode_editor import SCENARIOS, build_extension, drive, missing

# Asked on a quiet machine: the first painted line within 150 ms, a cancel within 100. What each run measured
# is kept beside its screenshots; a busy machine only must not make the user wait for long.
LATE_MS = 10_000
BUNDLE = 500_000


@pytest.fixture(scope="module")
def vsix() -> Path:
    if why := missing():
        pytest.skip(f"VS Code: {why}")
    return build_extension()


def _project(at: Path, environment: Mapping[str, str] | None = None) -> Project:
    return make_project(at, dict(environment or {}))


def test_the_bundle_is_small(vsix: Path) -> None:
    bundle = sum(file.stat().st_size for file in vsix.parent.glob("*.js"))
    assert bundle <= BUNDLE and vsix.stat().st_size <= BUNDLE


def test_the_suite_inside_the_extension_host_passes(vsix: Path, tmp_path: Path) -> None:
    options = ["--vscode-option", "enable-smoke-test-driver"]
    suite = str(SCENARIOS / "suite.cjs")
    drive("host", _project(tmp_path), vsix=vsix, suite=suite, options=options)


def test_it_works_with_no_key_and_no_network(vsix: Path, tmp_path: Path) -> None:
    figures = drive("offline", _project(tmp_path), vsix=vsix)
    # The shop of extensions belongs to the workbench, and every request to it was refused.
    assert set(figures["outside"]) <= {"open-vsx.org"}


def test_an_edit_streams_in_place_from_a_slow_model(vsix: Path, tmp_path: Path) -> None:
    with paced_model() as model:
        figures = drive("slow", _project(tmp_path, model.environment), vsix=vsix, model=model)
    assert 0 <= figures["first_paint_after_line_ms"] <= LATE_MS
    assert figures["cancel_painting_gone_ms"] <= LATE_MS
    assert figures["cancel_connection_closed_ms"] <= LATE_MS
    assert figures["key_ms_while_streaming"]["median"] <= LATE_MS


def test_an_edit_of_several_files_is_shown_side_by_side(vsix: Path, tmp_path: Path) -> None:
    with paced_model() as model:
        drive("files", _project(tmp_path, model.environment), vsix=vsix, model=model)


def test_models_race_for_an_edit_and_it_is_said_why_one_won(vsix: Path, tmp_path: Path) -> None:
    with paced_model() as model:
        project = _project(tmp_path, model.environment)
        project.configure(model.rivals())
        drive("race", project, vsix=vsix, model=model)


def test_the_phases_of_an_edit_are_shown_by_the_strategy_that_was_chosen(vsix: Path, tmp_path: Path) -> None:
    with paced_model() as model:
        project = _project(tmp_path, model.environment)
        drive("phases", project, vsix=vsix, model=model, instruction=TWO_PARTS)


@pytest.mark.parametrize("theme", ["Default Light Modern", "Default Dark Modern", "Default High Contrast"])
def test_alternatives_stand_side_by_side_and_one_is_taken(vsix: Path, tmp_path: Path, theme: str) -> None:
    name = "-" + theme.lower().replace(" ", "-")
    drive(
        "alternatives", _project(tmp_path), vsix=vsix, settings={"workbench.colorTheme": theme}, suffix=name
    )


def test_chat_keys_models_and_usage(vsix: Path, tmp_path: Path) -> None:
    with paced_model() as model:
        project = _project(tmp_path)
        drive("chat", project, vsix=vsix, model=model, settings=_vendor(model), options=["--log", "trace"])


def test_a_killed_server_is_restarted_once_and_nothing_is_lost(vsix: Path, tmp_path: Path) -> None:
    with paced_model() as model:
        drive("killed", _project(tmp_path, model.environment), vsix=vsix, model=model)


def test_a_clean_start_says_what_is_missing(vsix: Path, tmp_path: Path) -> None:
    project = _project(tmp_path, {"PATH": os.defpath, "PIP_NO_INDEX": "1"})
    (project.home / ".local" / "bin" / "monkey-coder").unlink()
    drive("fresh", project, vsix=vsix, settings={"workbench.welcomePage.walkthroughs.openOnInstall": True})


def test_a_workspace_that_is_not_trusted_sets_nothing(vsix: Path, tmp_path: Path) -> None:
    project = _project(tmp_path)
    settings = project.folder / ".vscode" / "settings.json"
    settings.parent.mkdir()
    evil = project.folder / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {project.folder}/owned\n")
    evil.chmod(0o755)
    settings.write_text(f'{{"monkeyCoder.server.command": ["{evil}"], "monkeyCoder.model": "openai"}}')
    drive("trust", project, vsix=vsix, trust=True)
    assert not (project.folder / "owned").exists()


@pytest.mark.parametrize(
    "theme", ["Default Dark Modern", "Default High Contrast", "Default High Contrast Light"]
)
def test_a_preview_can_be_read_in_every_theme(vsix: Path, tmp_path: Path, theme: str) -> None:
    settings = {"workbench.colorTheme": theme}
    with paced_model() as model:
        project = _project(tmp_path, model.environment)
        name = "-" + theme.lower().replace(" ", "-")
        figures = drive("theme", project, vsix=vsix, model=model, settings=settings, suffix=name)
    assert figures["contrast"] >= 4.5


def _vendor(model: PacedModel) -> dict[str, object]:
    openai = {"baseUrl": f"{model.address}/v1", "wire": "openai-chat"}
    return {"monkeyCoder.providers": {"openai": openai}}
