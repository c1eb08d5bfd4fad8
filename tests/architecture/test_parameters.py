"""Every number of params.yaml is read, has a unit and a reason, and stands in the settings' types."""

import ast
import re

import pytest
import yaml

from tests.architecture.house import ROOT, SOURCE, modules, plant
from tests.architecture.watching import leaves

PARAMS = ROOT / "params.yaml"
PROFILES = sorted((ROOT / "config/profiles").glob("*.yaml"))
UNIT_AND_REASON = re.compile(r"\[[^\]]+\]\s*[;:]\s*\S")


def keys_with_lines(text):
    """Return (dotted key, 0-based line) of every key that holds a value.

    The line is where the value ends; of a list with a line per item, that of the key.
    """
    return list(_leaves(yaml.compose(text), ""))


def _leaves(node, prefix):
    for key, value in node.value:
        name = prefix + key.value
        if isinstance(value, yaml.MappingNode) and not value.flow_style:
            yield from _leaves(value, f"{name}.")
        elif isinstance(value, yaml.SequenceNode) and not value.flow_style:
            yield name, key.start_mark.line
        else:
            yield name, value.end_mark.line


def unexplained(text):
    """Return keys whose comment lacks a unit in [brackets] or, after it, a reason."""
    lines = text.splitlines()
    comments = {name: lines[at].partition(" #")[2] for name, at in keys_with_lines(text)}
    return [name for name, comment in comments.items() if not UNIT_AND_REASON.search(comment)]


def unread(keys, package):
    """Return keys whose last part is no attribute anywhere but where the settings are declared.

    A common word (`name`, `kind`) may be somebody else's attribute; `test_stage_reads.py` sees what
    the stages really read.
    """
    used = {
        node.attr
        for module in modules(package)
        if module.name != "domain.settings"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
    }
    return [key for key in keys if key.split(".")[-1] not in used]


def values(nested, prefix=""):
    """Return the dotted names of all values of a plain mapping, inline ones too."""
    for key, value in nested.items():
        if isinstance(value, dict) and value:
            yield from values(value, f"{prefix}{key}.")
        else:
            yield prefix + key


@pytest.mark.parametrize("file", [PARAMS, *PROFILES], ids=lambda path: path.name)
def test_every_key_has_a_unit_and_a_reason(file):
    assert unexplained(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("line", "is_fault"),
    [
        ("seed: 1 # random seed [integer]; one seed, the same trees", False),
        ("seed: 1 # random seed [integer]", True),
        ("seed: 1 # random seed; one seed, the same trees", True),
        ("seed: 1", True),
        ("label:\n  horizon_days: 90 # won by then [days]; a quarter", False),
        ("label:\n  horizon_days: 90", True),
        ("initial: {hot: 65, warm: 50} # before a decision [points]; by the base rate", False),
        ("bands:\n  [20,\n   40] # borders [points]; rows of the report", False),
        ("events: # columns [list]; per line a primitive\n  - {is: count}\n  - {is: trend}", False),
        ("events:\n  - {is: count}\nlimit: 3 # most [count]; beyond, noise", True),
    ],
)
def test_a_key_without_unit_or_reason_is_named(line, is_fault):
    assert bool(unexplained(line)) is is_fault


def test_every_key_is_read_somewhere():
    names = [name for name, _ in keys_with_lines(PARAMS.read_text("utf-8"))]
    assert len(names) > 40
    assert unread(names, SOURCE) == []


def test_a_planted_key_nobody_reads_is_named(tmp_path):
    files = {
        "domain/settings.py": "class LabelSettings:\n    pass\n\n\nLabelSettings.patience_days = 3",
        "history/labels.py": "end = settings.label.horizon_days",
    }
    keys = ["label.horizon_days", "label.patience_days"]
    assert unread(keys, plant(tmp_path, files)) == ["label.patience_days"]


def test_params_yaml_holds_exactly_the_settings():
    written = set(values(yaml.safe_load(PARAMS.read_text("utf-8"))))
    assert written == set(leaves())


def test_settings_are_found_also_inside_blocks():
    assert {"seed", "label.horizon_days", "thresholds.initial.hot"} <= set(leaves())
