"""`leadscore --help` costs hardly more than typer itself, and nothing heavy is imported for any help."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MOST_TIMES_TYPER = 1.6  # 0.27 s where `import typer` takes 0.17 s
HEAVY = (
    "pandas",
    "numpy",
    "mlflow",
    "lightgbm",
    "pydantic",
    "rich",
    "shap",
    "numba",
    "sklearn",
    "pyarrow",
    "altair",
    "optuna",
)
HELP = """
import typer
from leadscore.cli import app

group = typer.main.get_command(app)
for verb in {verbs}:
    try:
        group.main([*verb, "--help"], prog_name="leadscore")
    except SystemExit as done:
        assert not done.code, verb
"""


def cpu_seconds(*command):
    """Return the user and system seconds that a command took, with its children."""
    silence = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_WRONLY, 0) for n in (1, 2)]
    child = os.posix_spawn(command[0], command, os.environ, file_actions=silence)
    _, status, used = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return used.ru_utime + used.ru_stime


def heavy_after(code):
    """Return the heavy packages that are loaded after a piece of code has run."""
    ask = f"{code}\nimport json, sys\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_help_costs_little_more_than_the_library_that_prints_it():
    """A ratio in one run, since the machine is shared; `import typer` takes 0.17 s of CPU alone."""
    program = str(Path(sys.executable).with_name("leadscore"))
    pairs = [
        (cpu_seconds(program, "--help"), cpu_seconds(sys.executable, "-c", "import typer"))
        for _ in range(5)
    ]
    mine, theirs = (min(times) for times in zip(*pairs, strict=True))
    assert mine < MOST_TIMES_TYPER * theirs, f"{mine:.2f} s beside {theirs:.2f} s"


def test_work_is_measured():
    assert cpu_seconds(sys.executable, "-c", "sum(range(20_000_000))") > 0.1


def test_help_imports_nothing_heavy():
    assert heavy_after(HELP.format(verbs="[[]]")) == []


def test_the_help_of_a_verb_imports_nothing_heavy():
    """But pydantic, which typer itself loads to read a verb's options."""
    loaded = heavy_after(HELP.format(verbs="[[name] for name in group.commands]"))
    assert [name for name in loaded if name != "pydantic"] == []


@pytest.mark.parametrize("module", ["rich", "pydantic"])
def test_a_heavy_import_is_seen(module):
    assert module in heavy_after(f"import leadscore.cli, {module}")
