"""dvc.yaml says the truth: a door, its imports, its parameters, for every stage."""

import pytest
import yaml

from tests.architecture.house import ROOT, SOURCE, modules, plant
from tests.architecture.pipeline import (
    MOST_LINES_OF_A_DOOR,
    covers,
    door_lines,
    dvc_deps,
    flow_faults,
    settings_named,
    stage_faults,
)
from tests.fakes import settings

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]
DOORS = {m.name.split(".")[1]: m for m in modules(SOURCE) if m.is_in("stages") and "." in m.name}


def dotted(nested, prefix=""):
    """Return sections and keys under dotted names."""
    keys = set()
    for key, value in nested.items():
        keys |= {prefix + key} | (
            dotted(value, f"{prefix}{key}.") if isinstance(value, dict) else set()
        )
    return keys  # fmt: skip


PARAMS = dotted(settings().model_dump())


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_is_as_dvc_yaml_says(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # grimp keeps its cache where it is called
    closure = dvc_deps().closure(name)
    said = stage_faults(name, STAGES[name], params=PARAMS, doors=DOORS, closure=closure)
    assert not said, f"{name}: " + "\n".join([*said, "mend: .venv/bin/python scripts/dvc_deps.py"])


SOUND = {
    "desc": "label looks",
    "cmd": "leadscore snapshot",
    "params": ["label"],
    "deps": ["data/tables", "src/leadscore/domain"],
}


def faults(**changes):
    return stage_faults(
        "snapshot", {**SOUND, **changes},
        params={"label", "label.horizon_days"}, doors={"snapshot"}, closure=["src/leadscore/domain"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"desc": " "}, "has no desc"),
        ({"cmd": "leadscore train"}, "must run `leadscore snapshot`"),
        ({"params": ["label", "seeds"]}, "params: seeds is not in params.yaml"),
        ({"deps": ["data/tables"]}, "deps: src/leadscore/domain is missing"),
        (
            {"deps": [*SOUND["deps"], "src/leadscore/cli.py"]},
            "deps: src/leadscore/cli.py is one too many",
        ),
    ],
)
def test_a_planted_fault_of_a_stage_is_named(change, fault):
    assert faults() == []
    assert faults(**change) == [fault]


def test_a_stage_without_a_door_is_named():
    said = stage_faults(
        "snapshot", SOUND, params=PARAMS, doors={}, closure=["src/leadscore/domain"]
    )
    assert said == ["has no door stages/snapshot.py"]


def test_every_input_of_a_stage_is_made_by_another_or_given():
    said = flow_faults(STAGES)
    assert not said, "\n".join(said)


def test_an_input_nobody_makes_and_an_output_made_twice_are_named():
    stages = {
        "snapshot": {"deps": ["data/table"], "outs": ["data/snapshots"]},
        "train": {"deps": ["data/snapshots/leakage.json"], "outs": ["data/snapshots"]},
    }
    assert flow_faults(stages) == [
        "snapshot: data/snapshots is made twice",
        "train: data/snapshots is made twice",
        "snapshot: nobody makes data/table",
    ]


@pytest.mark.parametrize("name", STAGES)
def test_a_door_is_thin(name):
    n = door_lines(DOORS[name].path)
    assert n <= MOST_LINES_OF_A_DOOR, (
        f"stages/{name}.py has {n} lines of code, a door has at most {MOST_LINES_OF_A_DOOR}"
    )


def test_a_fat_door_is_seen(tmp_path):
    text = '"""Door."""\n\n# a comment\n' + "read()\n" * 41
    door = plant(tmp_path, {"train.py": text}) / "train.py"
    assert door_lines(door) == 41


@pytest.mark.parametrize("name", STAGES)
def test_settings_named_in_a_door_are_params_of_its_stage(name):
    unlisted = unlisted_settings(DOORS[name], STAGES[name])
    assert not unlisted, f"dvc.yaml stage {name}: params lack {', '.join(unlisted)}"


def unlisted_settings(door, stage):
    """Return settings that a door names and its stage does not list."""
    named = settings_named(door)
    keys = {n for n in named if not any(other.startswith(f"{n}.") for other in named)}
    return sorted(k for k in keys if not any(covers(p, k) for p in stage.get("params", [])))


def test_a_planted_setting_that_is_no_param_is_named(tmp_path):
    text = "def run(settings):\n    return settings.label.horizon_days, settings.grid.file"
    (door,) = modules(plant(tmp_path, {"train.py": text}))
    assert unlisted_settings(door, {"params": ["label"]}) == ["grid.file"]
    assert unlisted_settings(door, {"params": ["label", "grid"]}) == []
