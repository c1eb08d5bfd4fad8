"""`leadscore search` by the real command line: trials, runs in MLflow, the proposal, and what goes wrong."""

import json
import sys

import pytest

from leadscore.adapters import tracking
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.search.searching import study_name
from tests.end_to_end.project import edit, leadscore, project, simulated

pytestmark = pytest.mark.xdist_group("search")
SHUT = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in tracking._DEFAULTS:
        monkeypatch.setenv(name, tracking._DEFAULTS[name])
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    yield
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Return a project, its search before any snapshot, and one of three trials while MLflow was down."""
    home = project(
        tmp_path_factory.mktemp("search") / "project",
        every_days="28", trials="3", blind_trials="2", max_rounds="20",
    )  # fmt: skip
    simulated(home, n_leads=800)
    assert leadscore(home, "ingest").code in (0, 3)
    early = leadscore(home, "search")
    assert leadscore(home, "snapshot").code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", SHUT)
        return home, early, leadscore(home, "search")


@pytest.fixture
def root(searched):
    return searched[0]


def test_a_search_before_any_snapshot_says_what_to_run(searched):
    _, early, _ = searched
    assert early.code == 2
    assert "missing-file" in early.err
    assert "run `leadscore snapshot` first" in early.err


def test_a_search_ends_also_while_mlflow_is_down(searched):
    root, _, ended = searched
    assert ended.code == 0, ended.err
    assert "3 of 3, trial 2:" in ended.out
    assert "NOT logged" in ended.out
    assert "trials: 3" in (root / "params.yaml").read_text("utf-8")
    told = json.loads((root / "reports/search/verdict/search.json").read_text("utf-8"))
    assert [t["trial"] for t in told["trials"]] == [0, 1, 2]
    assert told["sentence"] in (root / "reports/search/verdict/proposal.yaml").read_text("utf-8")
    assert "optuna" not in ended.out + ended.err


def test_more_trials_go_on_and_all_are_children_of_one_run(root):
    edit(root, trials="4")
    for _ in range(2):  # a second one logs nothing twice
        ended = leadscore(root, "search")
        assert ended.code == 0, ended.err
        assert "NOT logged" not in ended.out
    import mlflow

    client = mlflow.MlflowClient(tracking.tracking_uri(root))
    experiment = client.get_experiment_by_name(tracking.EXPERIMENT).experiment_id
    runs = client.search_runs([experiment])
    (parent,) = [r for r in runs if r.info.run_name == "search"]
    children = [r for r in runs if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    told = json.loads((root / "reports/search/verdict/search.json").read_text("utf-8"))
    assert len(children) == len(told["trials"]) == 4
    assert parent.data.tags["verdict"] == told["sentence"]
    for child in children:
        trial = told["trials"][int(child.data.tags["search_trial"])]
        assert child.data.tags["state"] == trial["state"]
        assert child.data.params["model.num_leaves"] == str(trial["values"]["num_leaves"])
        assert child.data.metrics["loss"] == trial["loss"]
        losses = client.get_metric_history(child.info.run_id, "fold_loss")
        assert [m.value for m in losses] == trial["fold_losses"]


def test_other_ranges_or_data_are_another_study(root):
    workspace, settings = Workspace(root, root), load_settings(root / "params.yaml")
    was = study_name(workspace, settings)
    more = settings.model_copy(update={"threads": 7})
    assert study_name(workspace, more) == was
    fewer = settings.search.model_copy(update={"ranges": settings.search.ranges[1:]})
    assert study_name(workspace, settings.model_copy(update={"search": fewer})) != was
    features = workspace.file("snapshots", "features.json")
    whole = features.read_bytes()
    features.write_bytes(whole + b" ")
    assert study_name(workspace, settings) != was
    features.write_bytes(whole)


def test_a_damaged_study_stops_with_one_line(root):
    (root / "reports/search/study/study.db").write_bytes(b"no database" * 500)
    ended = leadscore(root, "search")
    assert (ended.code, ended.out) == (2, "")
    assert "damaged-study" in ended.err
    assert len(ended.err.splitlines()) == 1
