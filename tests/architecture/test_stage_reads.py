"""What each stage reads is what dvc.yaml says: seen by running every door on a small simulated CRM.

What it cannot see: settings read only on branches that a demo export does not take (wide exports,
snapshots at ages, thresholds by capacity). `test_pipeline.py` reads the doors' text beside it.
"""

import importlib
from dataclasses import dataclass

import pytest
import yaml

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.crm_export import write_export
from leadscore.simulation.world import default_world
from tests.architecture.house import ROOT, plant
from tests.architecture.pipeline import CODE, covers, outs_of
from tests.architecture.watching import files_read, keys_read, watched
from tests.fakes import small_settings

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]


@dataclass(frozen=True)
class Reading:
    """Dotted settings keys and file paths that a stage read."""

    keys: set[str]
    files: set[str]


@pytest.fixture(scope="module")
def readings(tmp_path_factory):
    """Run all stages on 400 simulated leads."""
    root = tmp_path_factory.mktemp("project")
    workspace, settings = Workspace(root, ROOT), small_settings()
    truth = workspace.folders["truth"]
    write_export(default_world(), root / settings.source.raw_dir, truth, n_leads=400, seed=1)
    found = {}
    for name in STAGES:
        door = importlib.import_module(f"leadscore.stages.{name}")
        seen_through, seen = watched(settings)
        with files_read(root, ROOT) as files:
            door.run(workspace, seen_through)
        found[name] = Reading(keys_read(seen), set(files))
    return found


def unlisted_keys(keys, stage):
    """Return settings read that no entry of the stage's params stands for."""
    return sorted(k for k in keys if not any(covers(entry, k) for entry in stage.get("params", [])))


def idle_params(keys, stage):
    """Return params of which nothing was read: the stage would run again for nothing."""
    listed = stage.get("params", [])
    return sorted(p for p in listed if not any(covers(p, k) or covers(k, p) for k in keys))


def unlisted_files(files, stage):
    """Return files read that are neither below a dep nor the stage's own."""
    known = (*stage["deps"], *outs_of(stage))
    return sorted(file for file in files if not any(f"{file}/".startswith(f"{k}/") for k in known))


def idle_deps(files, stage):
    """Return deps, code apart, of which nothing was read."""
    deps = [dep for dep in stage["deps"] if not dep.startswith(CODE)]
    return sorted(dep for dep in deps if not any(f"{f}/".startswith(f"{dep}/") for f in files))


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_lists_what_it_reads(readings, name):
    read, stage = readings[name], STAGES[name]
    keys, files = unlisted_keys(read.keys, stage), unlisted_files(read.files, stage)
    assert not keys, f"dvc.yaml {name}: params lack {', '.join(keys)}"
    assert not files, f"dvc.yaml {name}: deps lack {', '.join(files)}"


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_reads_what_it_lists(readings, name):
    read, stage = readings[name], STAGES[name]
    params, deps = idle_params(read.keys, stage), idle_deps(read.files, stage)
    assert not params, f"dvc.yaml {name}: params it never reads: {', '.join(params)}"
    assert not deps, f"dvc.yaml {name}: deps it never reads: {', '.join(deps)}"


def test_planted_faults_of_params_are_named():
    keys = {"label.horizon_days", "review.bootstrap", "score"}
    assert unlisted_keys(keys, {"params": ["label", "score"]}) == ["review.bootstrap"]
    assert unlisted_keys(keys, {"params": ["label", "score", "review.bootstrap"]}) == []
    assert idle_params(keys, {"params": ["label", "score", "review", "model"]}) == ["model"]


def test_planted_faults_of_deps_are_named():
    stage = {
        "deps": ["data/tables", "config/grids", "src/leadscore/domain"],
        "outs": ["data/issued"],
    }
    files = {"data/tables/leads.parquet", "config/decisions.yaml", "data/issued/run/MANIFEST.json"}
    assert unlisted_files(files, stage) == ["config/decisions.yaml"]
    assert idle_deps(files, stage) == ["config/grids"]


def test_reading_a_setting_is_seen():
    settings, seen = watched(small_settings())
    assert keys_read(seen) == set()
    assert settings.label.horizon_days == 28
    assert settings.score.model_dump() == small_settings().score.model_dump()
    assert keys_read(seen) == {"label.horizon_days", "score"}


def test_reading_a_file_is_seen_and_writing_one_is_not(tmp_path):
    plant(tmp_path, {"config/grids/a.yaml": "grid: a", "src/module.py": "", "data/.filling/b": ""})
    with files_read(tmp_path) as files:
        for name in ("config/grids/a.yaml", "src/module.py", "data/.filling/b"):
            (tmp_path / name).read_text("utf-8")
        (tmp_path / "written.txt").write_text("x", encoding="utf-8")
    assert files == {"config/grids/a.yaml"}
