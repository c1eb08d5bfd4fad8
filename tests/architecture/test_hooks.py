"""Commits and continuous integration are held to the project's own tools; nothing is fetched for it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.architecture.house import ROOT

CONFIG = ROOT / ".pre-commit-config.yaml"
CHECKS = ("ruff format", "ruff check", "mypy", "lint-imports", "scripts/dvc_deps.py --check")


def hook_faults(config):
    """Return hooks that fetch something or call a tool from elsewhere, and checks without a hook."""
    faults = [f"{repo['repo']} is fetched" for repo in config["repos"] if repo["repo"] != "local"]
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    entries = [hook.get("entry", "") for hook in hooks]
    faults += [
        f"{e} is not of the project's environment"
        for e in entries
        if not e.startswith(".venv/bin/")
    ]
    return faults + [f"no hook runs {check}" for check in CHECKS if not any(check in e for e in entries)]  # fmt: skip


def test_hooks_are_local_and_complete():
    assert hook_faults(yaml.safe_load(CONFIG.read_text("utf-8"))) == []


def test_every_tool_a_hook_calls_is_installed():
    called = re.findall(r"entry: \.venv/bin/(\S+)", CONFIG.read_text("utf-8"))
    missing = [tool for tool in called if not Path(sys.executable).with_name(tool).exists()]
    assert missing == []


def test_pre_commit_accepts_the_file():
    program = Path(sys.executable).with_name("pre-commit")
    done = subprocess.run(
        [program, "validate-config", CONFIG], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")  # fmt: skip


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        (
            {"repo": "https://example.org/hooks", "hooks": []},
            "https://example.org/hooks is fetched",
        ),
        (
            {"repo": "local", "hooks": [{"id": "x", "entry": "mypy"}]},
            "mypy is not of the project's environment",
        ),
    ],
)
def test_a_planted_hook_from_elsewhere_is_named(planted, fault):
    config = yaml.safe_load(CONFIG.read_text("utf-8"))
    assert hook_faults({"repos": [*config["repos"], planted]}) == [fault]


def test_a_check_without_a_hook_is_named():
    config = yaml.safe_load(CONFIG.read_text("utf-8"))
    hooks = [hook for hook in config["repos"][0]["hooks"] if hook["id"] != "types"]
    assert hook_faults({"repos": [{"repo": "local", "hooks": hooks}]}) == ["no hook runs mypy"]


def test_continuous_integration_runs_check_and_test():
    script = (ROOT / ".ci/run").read_text("utf-8")
    assert "make check" in script
    assert "make test" in script
