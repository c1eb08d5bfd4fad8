"""`mlflow models serve` answers a form with what the night issued, and malformed requests with one line."""

import socket
import sys
from urllib.parse import urlsplit

import pytest

from benchmarks.serving import registered, served
from leadscore.adapters import tracking
from tests.fakes import ROOT  # noqa: F401
from tests.nights import ready

pytestmark = pytest.mark.long
GOOD = {"lead_id": "new", "created_at": "2026-06-01", "as_of": "2026-06-02"}
SECRET = "director of nothing"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a project whose grid scores, and the address of its registered model, which is served."""
    from leadscore.adapters.catalog import Workspace

    workspace = Workspace(ready(tmp_path_factory.mktemp("serving") / "home"), ROOT)
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
