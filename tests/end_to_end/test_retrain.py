"""A retraining by DVC and MLflow in a project of its own, with its own git: run, logged, repeatable."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadscore.adapters.tracking import REGISTERED_NAME
from tests.end_to_end.project import edit, leadscore_process, project, simulated, tree
from tests.fakes import ROOT

pytestmark = pytest.mark.long

STAGES = ["ingest", "snapshot", "train", "evaluate", "score", "review"]
QUIET = {"DVC_NO_ANALYTICS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_TRACKING_URI": ""}
OUTPUTS = ("data/tables", "data/snapshots", "data/issued", "models", "reports")


def git(root, *arguments):
    own = ["-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "gc.auto=0"]
    done = subprocess.run(
        ["git", *own, *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return a clone of the project as DVC sees it, with 400 simulated leads as its export."""
    root = project(tmp_path_factory.mktemp("retrain") / "project")
    for name in ("dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, root)
    (root / ".dvc").mkdir()
    shutil.copy(ROOT / ".dvc/config", root / ".dvc")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "the project")
    simulated(root, n_leads=400)
    return root


@pytest.fixture(scope="module")
def retrained(root):
    return leadscore_process(root, "retrain", **QUIET)


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


def test_a(root, retrained):
    print(retrained.code); print(retrained.out); print(retrained.err)
    print(git(root, "status", "--short"))
    t=time.time()
    done = dvc(root, "repro"); print(done, time.time()-t)
    t=time.time()
    e=leadscore_process(root, "retrain", **(QUIET | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}))
    print(e.out,e.err,time.time()-t)
    import mlflow
    client = mlflow.MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
    v = client.get_model_version_by_alias(REGISTERED_NAME, "challenger")
    run=client.get_run(v.run_id); print(run.data.params); print(run.data.metrics); print(run.data.tags)
    for f in client.list_artifacts(v.run_id): print(f.path, [g.path for g in client.list_artifacts(v.run_id, f.path)])
    assert 0
