"""Thresholds from proposal to scores: signed at the command line, listed, taken back, told to MLflow."""

import json
import re

import pytest

from leadscore.adapters import tracking
from leadscore.adapters.decisions import signed_decisions
from leadscore.adapters.registry import server
from leadscore.metrics import Figure
from leadscore.review.effect import Effect
from tests.end_to_end.project import leadscore
from tests.grid_signoffs import project_with_grid, propose_grid
from tests.signoffs import (
    PROPOSAL,
    approved,
    in_force,
    propose,
    reverted,
    trained_project,
)
from tests.spec.bad_inputs.test_registry import a_server_that_never_answers

pytestmark = pytest.mark.xdist_group("registry")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return trained_project(tmp_path / "project")


def told(root, *arguments):
    """Return what a command that ends well prints, with single spaces."""
    ended = leadscore(root, *arguments)
    assert (ended.code, ended.err) == (0, "")
    return re.sub(r"\s+", " ", ended.out)


def test_a_proposal_is_signed_listed_and_taken_back(home):
    path = str(home.root / PROPOSAL)
    propose(home, hot=70, warm=55)
    sha12 = json.loads((home.root / PROPOSAL).read_text("utf-8"))["proposal_sha256"][:12]
    sign = ("--by", "Ann", "--reason", "calls are scarce")
    said = told(home.root, "approve", path, *sign, "--only", "hot", "--on", "2026-07-01")
    assert "decision 0002, by Ann, in force from 2026-07-01: hot from 65 to 70, warm stays at 50" in said  # fmt: skip
    assert "warning: MLflow did not answer" in said
    listed = told(home.root, "decisions", "--on", "2026-07-01")
    assert re.search(rf"in force 0002 2026-07-01 Ann 70 50 calls are scarce {sha12}", listed)
    assert "later 0002" in told(home.root, "decisions", "--on", "2026-06-30")
    said = told(home.root, "revert", "--by", "Bob", "--reason", "too few", "--on", "2026-07-02")
    assert "decision 0003 takes back 0002, by Bob" in said
    assert "hot from 70 to 65" in said
    listed = told(home.root, "decisions", "--on", "2026-07-02")
    assert "in force 0003 2026-07-02 Bob 65 50 too few takes back 0002" in listed


def test_a_decision_keeps_what_its_proposal_promised(home):
    told = [("a week", 10), ("a week", 20), ("share", 0.5), ("share", 0.75), ("EUR", 1), ("EUR", 2)]
    effect = tuple(
        Effect("a test", unit, *(Figure(times * value, 0.9 * times * value, 1.1 * times * value, 400, 40)
                                 for times in (1, 2, 1)))
        for unit, value in told
    )  # fmt: skip
    signed = approved(home, propose(home, hot=70, warm=55, effect=effect), only="hot").decision
    assert signed.expected.hot_leads == [20.0, 18.0, 22.0]
    assert signed.expected.won_warm == [0.75, 0.675, 0.825]
    assert signed.expected.warm_leads is None
    assert signed_decisions(home.config)[-1] == signed
    assert reverted(home).decision.expected is None


def test_points_are_signed_listed_and_taken_back(tmp_path):
    home = project_with_grid(tmp_path / "project")
    path = str(propose_grid(home))
    sign = ("--by", "Ann", "--reason", "demos fade faster", "--on", "2026-07-01")
    said = told(home.root, "approve", path, *sign, "--only", "demo_request.half_life")
    assert "decision 0002, by Ann, from 2026-07-01: grid combined is version 2026-07-01" in said
    assert "demo_request: fading half-life of 60 days -> half-life of 6 days" in said
    approved(home, propose(home, hot=70), on="2026-07-02")
    listed = told(home.root, "decisions", "--on", "2026-07-02")
    assert "Decisions on the grids of source demo" in listed
    assert "0002 2026-07-01" in listed
    said = told(home.root, "revert", "--by", "Bob", "--reason", "no", "--on", "2026-07-02")
    assert "decision 0004 takes back 0003" in said
    said = told(home.root, "revert", "--by", "Bob", "--reason", "no", "--on", "2026-07-03")
    assert "decision 0005 takes back 0002, by Bob, from 2026-07-03: grid combined is" in said
    assert "points of version 2026-07-01 -> those of version 2026-01-01 again" in said


def test_without_a_signed_decision_the_list_names_the_settings_thresholds(home):
    (home.root / "config/decisions.yaml").unlink()
    assert "in force: hot 65, warm 50, by thresholds.initial" in told(home.root, "decisions")
    approved(home, propose(home, hot=70))
    reverted(home)
    assert in_force(home) == ("0002", 65, 50)


def test_the_newest_training_is_tagged_with_the_decision(home, tmp_path, monkeypatch):
    """Its version is found by the hash of its bundle; a bundle nobody registered is only told of."""
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    client, _ = tracking.client_of(uri)
    client.create_registered_model("leadscore-demo")
    (warning,) = approved(home, propose(home, hot=70)).warnings
    assert "MLflow has no version of bundle" in warning
    sha256 = home.hash_of_file("bundle", "manifest.json")
    tags = {"bundle_sha256": sha256}
    client.create_model_version("leadscore-demo", source=tmp_path.as_uri(), tags=tags)
    assert reverted(home).warnings == ()
    (version,) = server.ask(home.root, lambda each: server.versions(each, "demo"))
    kept = {key: value for key, value in version.tags.items() if key.startswith("decision_")}
    assert kept == {
        "decision_id": "0003", "decision_hot": "65", "decision_warm": "50", "decision_by": "Bob",
        "decision_on": "2026-07-01",
    }  # fmt: skip
    import mlflow

    mlflow.set_tracking_uri(None)


def test_with_a_server_that_hangs_the_decision_is_in_force_all_the_same(home, monkeypatch):
    import mlflow

    with a_server_that_never_answers() as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        (warning,) = approved(home, propose(home, hot=70)).warnings
    mlflow.set_tracking_uri(None)
    assert "the decision is in force, and no version is tagged with it" in warning
    assert in_force(home) == ("0002", 70, 50)
