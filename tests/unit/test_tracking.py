"""MLflow: a training is one run and one registered version, or a reason why it is not."""

import dataclasses
import socket
import sys
import time

import numpy as np
import pytest

from leadscore.adapters import tracking
from leadscore.adapters.bundle import write_bundle
from leadscore.scoring.described import golden_rows
from tests.fakes import plain_grid

MODEL = tracking.registered_name("demo")


@pytest.fixture
def bundle(market_trained, tmp_path):
    write_bundle(
        tmp_path / "models/bundle",
        market_trained.trained.scorer,
        grid_source=plain_grid(),
        golden=golden_rows(market_trained.trained, market_trained.snapshots),
        about={},
    )
    (tmp_path / "report").mkdir()
    (tmp_path / "report/index.html").write_text("<p>report</p>")
    return tmp_path / "models/bundle"


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Keep MLflow's settings, its current server and its search path to the test that made them."""
    for name in tracking._DEFAULTS:
        monkeypatch.setenv(name, tracking._DEFAULTS[name])
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)


def log(root, bundle):
    training = tracking.Training(
        params={"seed": 1, "label.horizon_days": 90},
        metrics={"log_loss.model": 0.4},
        tags={"git_sha": "no git", "bundle_sha256": "a" * 64, "source": "demo"},
        bundle=bundle,
        artifacts={"report": root / "report"},
        source="demo",
        title="demo: model leads",
        description="Source demo. The model leads.",
    )
    return tracking.log_training(root, training)


@pytest.mark.long
def test_a_training_is_a_run_and_a_challenger_that_scores_alike(tmp_path, bundle, market_trained):
    logged = log(tmp_path, bundle)
    assert logged.why_not is None
    assert logged.uri == f"sqlite:///{tmp_path / 'mlflow.db'}"
    import mlflow

    client = mlflow.MlflowClient(logged.uri)
    run = client.get_run(logged.run_id)
    assert run.data.params == {"seed": "1", "label.horizon_days": "90"}
    assert run.data.metrics == {"log_loss.model": 0.4}
    assert run.data.tags["git_sha"] == "no git"
    assert run.info.run_name == "demo: model leads"
    assert [f.path for f in client.list_artifacts(logged.run_id, "report")] == ["report/index.html"]
    challenger = client.get_model_version_by_alias(MODEL, "challenger")
    assert str(challenger.version) == logged.version == "1"
    assert challenger.description == "Source demo. The model leads."
    assert challenger.tags["bundle_sha256"] == "a" * 64
    assert "`leadscore promote`" in client.get_registered_model(MODEL).description
    served = mlflow.pyfunc.load_model(f"models:/{MODEL}@challenger")
    rows = market_trained.snapshots.head(50)
    expected = market_trained.trained.scorer.probability(rows, rows["grid_points"].to_numpy())
    np.testing.assert_array_equal(served.predict(rows), expected)
    assert log(tmp_path, bundle).version == "2"
    again = client.get_model_version_by_alias(MODEL, "challenger")
    assert str(again.version) == "2"


@pytest.mark.long
def test_an_unreachable_server_is_a_reason_and_no_fault(tmp_path, bundle, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    began = time.monotonic()
    logged = log(tmp_path, bundle)
    assert time.monotonic() - began < 30  # MLflow left alone tries for many minutes
    assert (logged.uri, logged.run_id, logged.version) == ("http://127.0.0.1:9", None, None)
    assert "127.0.0.1" in logged.why_not
    assert "\n" not in logged.why_not
    assert len(logged.why_not) <= 300


@pytest.mark.long
def test_a_server_that_takes_the_call_and_says_nothing_costs_ten_seconds(
    tmp_path, bundle, monkeypatch
):
    import mlflow  # noqa: F401  # its import is no waiting

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        logged = log(tmp_path, bundle)
        assert time.monotonic() - began < tracking.LIMIT_SECONDS + 5  # five for a busy machine
    assert logged.run_id is None
    assert logged.why_not


def test_the_store_is_a_file_of_the_project_unless_a_server_is_named(tmp_path, monkeypatch):
    assert tracking.tracking_uri(tmp_path) == f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example")
    assert tracking.tracking_uri(tmp_path) == "https://mlflow.example"


def test_where_there_is_no_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert tracking.git_sha(tmp_path) == "no git"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tracking.git_sha(tmp_path) == "no git"


def test_the_record_of_a_failure_is_a_value():
    logged = tracking.Logged("uri", None, None, "down")
    with pytest.raises(dataclasses.FrozenInstanceError):
        logged.why_not = None
