"""A retraining by DVC and MLflow in a project of its own, with its own git: run, logged, repeatable."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.retraining import flat
from leadscore.adapters.tracking import registered_name
from tests.end_to_end.project import leadscore_process, project, simulated, tree
from tests.fakes import ROOT

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("retrain")]

STAGES = ["ingest", "snapshot", "train", "evaluate", "score", "review"]
QUIET = {"DVC_NO_ANALYTICS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_TRACKING_URI": ""}
OUTPUTS = ("data/tables", "data/snapshots", "data/issued", "models", "reports")


def git(root, *arguments):
    own = ["-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "gc.auto=0"]
    done = subprocess.run(
        ["git", *own, *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def cloned(root):
    """Make a clone of the project as DVC sees it, with 400 simulated leads as its export."""
    project(root)
    for name in ("dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, root)
    (root / ".dvc").mkdir()
    for name in ("config", ".gitignore"):
        shutil.copy(ROOT / ".dvc" / name, root / ".dvc")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "the project")
    simulated(root, n_leads=400)
    return root


def dvc(root, *arguments):
    beside = Path(sys.executable).parent
    return subprocess.run(
        [beside / "dvc", *arguments],
        cwd=root,
        env=os.environ | QUIET | {"PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def made(root):
    return {name: tree(root / name) for name in OUTPUTS}


@contextmanager
def mlflow_client(root):
    """Give the project's own MLflow store, with MLflow's settings kept to this test."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUIET.items():
            patch.setenv(name, value)
        import mlflow

        yield mlflow.MlflowClient(f"sqlite:///{root / 'mlflow.db'}")


@dataclass(frozen=True)
class Record:
    """What MLflow says of the challenger."""

    client: object
    version: object
    run: object


def recorded(client):
    version = client.get_model_version_by_alias(registered_name("demo"), "challenger")
    return Record(client, version, client.get_run(version.run_id))


def every_stage_runs_and_the_end_names_run_and_version(retrained, record):
    version, run = record.version, record.run
    assert (retrained.code, retrained.err) == (0, "")
    assert re.findall(r"Running stage '(\w+)'", retrained.out) == STAGES
    assert str(version.version) == "1"
    *_, last = retrained.out.splitlines()
    assert last.startswith(f"retrain: MLflow run {run.info.run_id}, version 1 is `challenger` at ")
    assert run.info.status == "FINISHED"
    assert run.info.run_name.startswith("demo 2026-06-")
    assert "later leads" in version.description
    assert version.tags["bundle_sha256"] == run.data.tags["bundle_sha256"]


def the_run_holds_every_setting_and_every_figure(root, record):
    run = record.run
    settings = load_settings(root / "params.yaml")
    plain = settings.model_dump(by_alias=True, exclude_none=True)
    assert run.data.params == {k: str(v) for k, v in flat(plain).items()}
    metrics = flat(json.loads((root / "reports/evaluation/metrics.json").read_text("utf-8")))
    assert run.data.metrics == pytest.approx(metrics)
    assert {"model.log_loss.value", "model_minus_grid.log_loss.low"} <= set(metrics)


def the_run_names_its_commit_and_the_hashes_of_what_it_read_and_wrote(root, record):
    run = record.run
    tags = run.data.tags
    # The lock file is new: the tree is no longer that of the commit.
    assert tags["git_sha"] == f"{git(root, 'rev-parse', 'HEAD')}-dirty"
    manifest = (root / "models/bundle/manifest.json").read_bytes()
    assert tags["bundle_sha256"] == hashlib.sha256(manifest).hexdigest()
    assert tags["snapshots_sha256"] == json.loads(manifest)["snapshots_sha256"]
    workspace = Workspace(root, root)
    for folder in ("tables", "snapshots"):
        assert tags[f"{folder}_sha256"] == workspace.hash_of(folder)
    assert tags["source"] == "demo"


def the_run_keeps_report_and_figures_but_no_lead(root, record):
    client, run = record.client, record.run
    kept = [
        item.path
        for folder in client.list_artifacts(run.info.run_id)
        for item in client.list_artifacts(run.info.run_id, folder.path)
    ]
    assert {"review/report.html", "review/proposal.json", "evaluation/metrics.json"} <= set(kept)
    (page,) = root.glob(f"mlartifacts/{run.info.run_id}/artifacts/review/report.html")
    assert page.read_bytes() == (root / "reports/review/report.html").read_bytes()
    assert list((root / "mlartifacts").rglob("*.parquet")) == []
    assert list((root / "mlartifacts").rglob("crm.csv")) == []


def a_second_repro_runs_nothing(root, record):
    before = made(root)
    done = dvc(root, "repro")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"Stage '(\w+)' didn't change, skipping", done.stdout) == STAGES
    assert "Running stage" not in done.stdout
    assert made(root) == before


def a_promotion_scores_again_and_nothing_else(root, record):
    """The record is new, so the stage that reads it runs; then again nothing does."""
    sha256 = record.version.tags["bundle_sha256"]
    refused = leadscore_process(root, "promote", "--by", "Ann", "--reason", "a test", **QUIET)
    failed = re.findall(r'--despite "([^"]+)"', refused.err)
    despite = [word for gate in failed for word in ("--despite", gate)]
    if failed:
        assert refused.code == 4
        ended = leadscore_process(
            root, "promote", "--by", "Ann", "--reason", "a test", *despite, **QUIET
        )
        assert (ended.code, ended.err) == (0, "")
    done = dvc(root, "repro")
    assert re.findall(r"Running stage '(\w+)'", done.stdout) == ["score"]
    manifests = [
        json.loads(p.read_text("utf-8")) for p in root.glob("data/issued/*/*/MANIFEST.json")
    ]
    assert {m["inputs"]["champion"] for m in manifests} == {None, sha256}
    champion = record.client.get_model_version_by_alias(registered_name("demo"), "champion")
    assert champion.version == record.version.version
    a_second_repro_runs_nothing(root, record)


def with_mlflow_down_the_outputs_stand_and_the_end_says_not_logged(root, record):
    before = made(root)
    down = QUIET | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    ended = leadscore_process(root, "retrain", **down)
    assert (ended.code, ended.err) == (0, "")
    *_, told, mend = ended.out.splitlines()
    assert told.startswith("retrain: done, but NOT logged: MLflow at http://127.0.0.1:9 did not")
    assert "run `leadscore retrain` again" in mend
    assert made(root) == before
    assert recorded(record.client).version.run_id == record.version.run_id


def test_a_retraining_is_logged_whole_and_repeats_nothing(tmp_path, subtests):
    """One retraining for all claims: it takes a minute."""
    root = cloned(tmp_path / "project")
    retrained = leadscore_process(root, "retrain", **QUIET)
    with mlflow_client(root) as client:
        record = recorded(client)
        with subtests.test(every_stage_runs_and_the_end_names_run_and_version.__name__):
            every_stage_runs_and_the_end_names_run_and_version(retrained, record)
        for claim in (
            the_run_holds_every_setting_and_every_figure,
            the_run_names_its_commit_and_the_hashes_of_what_it_read_and_wrote,
            the_run_keeps_report_and_figures_but_no_lead,
            a_second_repro_runs_nothing,
            a_promotion_scores_again_and_nothing_else,
            with_mlflow_down_the_outputs_stand_and_the_end_says_not_logged,
        ):
            with subtests.test(claim.__name__):
                claim(root, record)
