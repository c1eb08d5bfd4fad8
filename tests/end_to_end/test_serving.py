"""`mlflow models serve` answers a form with what the night issued, and malformed requests with one line."""

import json
import socket
import sys
from urllib.parse import urlsplit

import pandas as pd
import pytest

from benchmarks.registry_kills import small
from benchmarks.serving import ask, asked_of, registered, served, split_of
from leadscore.adapters import tracking
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.form_hook import ANSWERED
from leadscore.stages import score
from tests.fakes import ROOT
from tests.nights import ready

pytestmark = pytest.mark.long
SECRET = "director of nothing"
GOOD = {
    "lead_id": "new", "created_at": "2026-06-01", "as_of": "2026-06-02", "job_title": SECRET,
    "events": [{"occurred_at": "2026-06-01T10:00:00Z", "type": "form_submitted"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a project that nothing was promoted in, and the address where its registered model is served."""
    root = ready(tmp_path_factory.mktemp("serving") / "home")
    for path in (root / "config/champions").glob("*"):
        path.unlink()
    workspace = Workspace(root, ROOT)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in tracking._DEFAULTS.items():
            patch.setenv(name, value)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(sys, "path", list(sys.path))
        model = registered(workspace)
        with served(workspace.root, model) as address:
            yield workspace, address
        sys.modules["mlflow"].set_tracking_uri(None)
    with socket.socket() as probe:  # nobody listens there any more
        assert probe.connect_ex(("127.0.0.1", urlsplit(address).port)) != 0


def test_a_served_model_answers_a_form_with_what_the_night_issued(home):
    """Ten open leads with their events, one request each: the figures and words of the partition."""
    workspace, address = home
    issued = pd.read_parquet(score.run(workspace, small()) / "scores.parquet")
    assert set(issued["opinion"]) == {"grid"}  # as the newest bundle's: else the two would differ
    ids = issued["lead_id"].head(10).tolist()
    told = [name for name in ANSWERED if name != "bundle_sha256"]
    for row, lead in zip(asked_of(workspace, ids), ids, strict=True):
        status, answer = ask(address, split_of([row]))
        assert status == 200, answer
        (found,) = answer["predictions"]
        expected = issued.loc[issued["lead_id"] == lead, told].iloc[0].astype(object)
        assert {name: found[name] for name in told} == expected.where(
            expected.notna(), None
        ).to_dict()
        assert len(found["bundle_sha256"]) == 64


def test_a_lead_that_nobody_knows_is_answered(home):
    status, answer = ask(home[1], split_of([GOOD]))
    assert status == 200
    (found,) = answer["predictions"]
    assert set(found) == set(ANSWERED)
    assert found["lead_id"] == "new"
    assert found["tier"] in ("hot", "warm", "cold")
    assert 0 <= found["probability"] <= 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"created_at": "soon"}, "request:1:created_at form-time: expected an ISO 8601 time, got 'soon'"),
        ({"employees": "many"}, "request:1:employees form-cell: expected a number or null"),
        ({"wealth": 1}, "request:wealth form-column: no property of this source"),
        ({"as_of": None}, "request:1:as_of form-time"),
        ({"events": {"type": "demo_request"}}, "request:1:events form-event: expected a list of events"),
    ],
)  # fmt: skip
def test_a_malformed_lead_is_refused_by_one_line_that_tells_no_persons_data(home, changed, told):
    status, answer = ask(home[1], split_of([GOOD | changed]))
    assert status == 400
    assert answer["message"].startswith(told)
    assert "\n" not in answer["message"]
    assert SECRET not in json.dumps(answer)
    assert SECRET not in (home[0].root / "serving.log").read_text("utf-8")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"rows": []}', b"\xff"])
def test_what_is_no_request_is_refused_and_the_server_lives_on(home, body):
    status, answer = ask(home[1], body)
    assert 400 <= status < 500
    assert answer["message"]
    assert ask(home[1], split_of([GOOD]))[0] == 200
