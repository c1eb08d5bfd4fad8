"""What dvc.yaml says, held against the doors and the settings: each fault in one line."""

import ast
import importlib.util
import re

from leadscore.domain.settings import Settings
from tests.architecture.house import ROOT, Module

CODE = "src/leadscore/"
MOST_LINES_OF_A_DOOR = 40  # of code: blank lines, comments and docstrings left out
GIVEN = ("data/raw", "config")  # what no stage writes


def dvc_deps():
    """Return the script that writes the code deps, as a module."""
    spec = importlib.util.spec_from_file_location("dvc_deps", ROOT / "scripts/dvc_deps.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def stage_faults(name, stage, *, params, doors, closure):
    """Return what is wrong with one stage.

    `params` holds dotted keys and sections, `doors` the names of the stages' modules, `closure` the
    code paths that the door imports, directly or not.
    """
    faults = []
    if not str(stage.get("desc", "")).strip():
        faults.append("has no desc")
    if name not in doors:
        faults.append(f"has no door stages/{name}.py")
    if stage.get("cmd", "").split()[:2] != ["leadscore", name]:
        faults.append(f"must run `leadscore {name}`")
    faults += [
        f"params: {key} is not in params.yaml"
        for key in stage.get("params", [])
        if key not in params
    ]
    code = {dep for dep in stage["deps"] if dep.startswith(CODE)}
    faults += [f"deps: {path} is missing" for path in sorted(set(closure) - code)]
    faults += [f"deps: {path} is one too many" for path in sorted(code - set(closure))]
    return faults  # fmt: skip


def flow_faults(stages):
    """Return inputs that nobody makes, and outputs that two stages make."""
    outs = [(name, path) for name, stage in stages.items() for path in outs_of(stage)]
    made = [path for _, path in outs]
    faults = [f"{name}: {path} is made twice" for name, path in outs if made.count(path) > 1]
    for name, stage in stages.items():
        for dep in stage["deps"]:
            known = any(
                f"{dep}/".startswith(f"{path}/") for path in (*made, *GIVEN, CODE.rstrip("/"))
            )
            faults += [] if known else [f"{name}: nobody makes {dep}"]
    return faults  # fmt: skip


def outs_of(stage):
    """Return the paths a stage writes: outs, metrics and plots."""
    outs = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    return [out if isinstance(out, str) else next(iter(out)) for out in outs]


def door_lines(path):
    """Return the number of lines of code of a door: no blank lines, comments or docstrings."""
    text = path.read_text("utf-8")
    words = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
            node
        ):
            words |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in words
        for number, line in enumerate(text.splitlines(), start=1)
    )  # fmt: skip


def settings_named(door: Module):
    """Return the settings a door names itself: ``settings.grid.file`` gives ``grid.file``.

    ``settings.model_dump()`` names them all: every section of the settings.
    """
    chains = [ast.unparse(node) for node in ast.walk(door.tree) if isinstance(node, ast.Attribute)]
    named = {re.split(r"\.model_", c)[0] for c in chains if c.startswith("settings.")}
    told = {name.partition(".")[2] for name in named}
    return (told - {""}) | (set(Settings.model_fields) if "" in told else set())


def covers(listed, key):
    """Tell whether a stage's `params` entry stands for a settings key: ``review`` for ``review.bands``."""
    return key == listed or key.startswith(f"{listed}.")
