"""What each stage reads is what dvc.yaml says: seen by running every door on a small simulated CRM.

What it cannot see: settings read only on branches that a demo export does not take (wide exports,
snapshots at ages, thresholds by capacity). `test_pipeline.py` reads the doors' text beside it.
"""

import importlib
import re
from dataclasses import dataclass

import yaml

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.crm_export import write_export
from leadscore.simulation.world import default_world
from tests.architecture.house import ROOT, plant
from tests.architecture.pipeline import CODE, covers, outs_of
from tests.architecture.watching import files_read, keys_read, leaves, watched
from tests.fakes import small_settings
from tests.promotions import promoted

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]


# Named by their hash, which stands in a file that is listed: no other bytes can lie there.
ADDRESSED = ("models/registry",)


@dataclass(frozen=True)
class Reading:
    """Dotted settings keys and file paths that a stage read."""

    keys: set[str]
    files: set[str]


def run_every_door(root):
    """Run all stages on 400 simulated leads below `root`; return what each read."""
    workspace, settings = Workspace(root, ROOT), small_settings()
    truth = workspace.folders["truth"]
    write_export(default_world(), root / settings.source.raw_dir, truth, n_leads=400, seed=1)
    found = {}
    for name in STAGES:
        door = importlib.import_module(f"leadscore.stages.{name}")
        if name == "score":  # by a champion: what scores without one reads less
            promoted(workspace, settings)
        seen_through, seen = watched(settings)
        with files_read(root, ROOT) as files:
            door.run(workspace, seen_through)
        found[name] = Reading(keys_read(seen), set(files))
    return found


def test_what_the_stages_do_is_what_is_said_of_them(tmp_path, subtests):
    """One test with parts, since the doors are run once for all of them."""
    readings = run_every_door(tmp_path)
    for name, stage in STAGES.items():
        read = readings[name]
        with subtests.test("dvc.yaml lists what the stage reads", stage=name):
            said = [f"params lack {key}" for key in unlisted_keys(read.keys, stage)]
            said += [f"deps lack {file}" for file in unlisted_files(read.files, stage)]
            assert not said, "\n".join(said)
        with subtests.test("the stage reads what dvc.yaml lists", stage=name):
            said = [f"params never read: {entry}" for entry in idle_params(read.keys, stage)]
            said += [f"deps never read: {dep}" for dep in idle_deps(read.files, stage)]
            assert not said, "\n".join(said)
        with subtests.test("plots draw columns that are there", stage=name):
            assert plot_faults(tmp_path, stage) == []
    for folder in ("data", "models", "reports"):
        with subtests.test("the README explains every file", folder=folder):
            text = (ROOT / folder / "README.md").read_text("utf-8")
            assert unexplained(tmp_path / folder, text) == []


def unlisted_keys(keys, stage):
    """Return settings read that no entry of the stage's params stands for."""
    return sorted(k for k in keys if not any(covers(entry, k) for entry in stage.get("params", [])))


def idle_params(keys, stage):
    """Return params of which nothing was read: the stage would run again for nothing."""
    listed = stage.get("params", [])
    return sorted(p for p in listed if not any(covers(p, k) or covers(k, p) for k in keys))


def unlisted_files(files, stage):
    """Return files read that are neither below a dep nor the stage's own."""
    known = (*stage["deps"], *outs_of(stage), *ADDRESSED)
    return sorted(file for file in files if not any(f"{file}/".startswith(f"{k}/") for k in known))


def idle_deps(files, stage):
    """Return deps, code apart, of which nothing was read."""
    deps = [dep for dep in stage["deps"] if not dep.startswith(CODE)]
    return sorted(dep for dep in deps if not any(f"{f}/".startswith(f"{dep}/") for f in files))


def unexplained(folder, text):
    """Return files below a folder, the raw export apart, that its README does not name."""
    written = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file()]
    names = [
        re.sub(
            r"demo/[0-9a-f]{12}",
            "SOURCE/SHA12",
            re.sub(r"as_of=[^/]*/run=[^/]*", "as_of=DAY/run=ID", path.as_posix()),
        )
        for path in written
    ]
    return sorted(n for n in names if f"`{n}`" not in text and not n.startswith("raw/"))


def test_a_planted_file_nobody_explains_is_named(tmp_path):
    plant(tmp_path, {"raw/leads.csv": "", "tables/leads.parquet": "", "issued/as_of=1/run=2/x": ""})
    text = "`tables/leads.parquet` and `issued/as_of=DAY/run=ID/y`"
    assert unexplained(tmp_path, text) == ["issued/as_of=DAY/run=ID/x"]


def plot_faults(root, stage):
    """Return axes of a stage's plots that are no column of the plotted file."""
    plots = [next(iter(plot.items())) for plot in stage.get("plots", []) if isinstance(plot, dict)]
    return [
        f"{path} has no column {axes[axis]}"
        for path, axes in plots
        for axis in ("x", "y")
        if axes[axis] not in (root / path).read_text("utf-8").splitlines()[0].split(",")
    ]


def test_a_planted_axis_without_a_column_is_named(tmp_path):
    plant(tmp_path, {"gain.csv": "share_worked,share_won\n0.1,0.3\n"})
    stage = {"plots": [{"gain.csv": {"x": "share_worked", "y": "won"}}]}
    assert plot_faults(tmp_path, stage) == ["gain.csv has no column won"]


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
    assert keys_read(seen) == {"label.horizon_days"}


def test_taking_a_block_as_a_whole_reads_all_its_keys():
    settings, seen = watched(small_settings())
    assert settings.source.model_dump() == small_settings().source.model_dump()
    assert keys_read(seen) == {"source.name", "source.raw_dir"}
    assert settings.model_dump() == small_settings().model_dump()
    assert keys_read(seen) == set(leaves())


def test_reading_a_file_is_seen_and_writing_one_is_not(tmp_path):
    names = ("config/grids/a.yaml", "src/page.html", "src/module.py", "data/.filling/b")
    plant(tmp_path, dict.fromkeys(names, ""))
    with files_read(tmp_path) as files:
        for name in names:
            (tmp_path / name).read_text("utf-8")
        (tmp_path / "written.txt").write_text("x", encoding="utf-8")
    assert files == {"config/grids/a.yaml", "src/page.html"}
