"""A retraining stops with one line when DVC is missing or a stage fails."""

import sys

import pytest

from leadscore.adapters.retraining import flat, reproduce
from leadscore.domain.errors import InputError


def test_settings_become_dotted_keys_and_lists_text():
    nested = {
        "label": {"horizon_days": 90},
        "review": {"bands": [20.0, 40.0]},
        "seed": 1,
        "x": None,
    }
    assert flat(nested) == {
        "label.horizon_days": 90,
        "review.bands": "[20.0, 40.0]",
        "seed": 1,
        "x": None,
    }
    assert flat({"a": {}}) == {}


def test_without_dvc_the_mend_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="not installed") as refused:
        reproduce(tmp_path)
    assert refused.value.code == "dvc-missing"
    assert "leadscore run" in refused.value.fix


@pytest.mark.parametrize("exit_code", [1, 255])
def test_a_failing_pipeline_is_one_line(tmp_path, monkeypatch, exit_code):
    """A stand-in for DVC, found beside the interpreter as the real one is."""
    (tmp_path / "dvc").write_text(f"#!/bin/sh\nexit {exit_code}\n")
    (tmp_path / "dvc").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(InputError, match=f"ended with {exit_code}") as refused:
        reproduce(tmp_path)
    assert refused.value.code == "dvc-failed"


def test_dvc_is_run_in_the_projects_root_with_its_own_interpreter_first(tmp_path, monkeypatch):
    """Stages call `leadscore` by name: it must be the one beside this interpreter."""
    home = tmp_path / "bin"
    home.mkdir()
    (home / "dvc").write_text('#!/bin/sh\necho "$@" > asked\nprintf "%s" "$PATH" > path\n')
    (home / "dvc").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(home / "python"))
    reproduce(tmp_path)
    assert (tmp_path / "asked").read_text() == "repro\n"
    assert (tmp_path / "path").read_text().split(":")[0] == str(home)
