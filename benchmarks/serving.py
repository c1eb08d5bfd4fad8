"""How long a form waits for its lead's score: a registered model behind `mlflow models serve`, on loopback.

Run ``python -m benchmarks.serving``; a small world is trained below a temporary folder. The client is on
the same machine and asks one lead after the other.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.mlflow_servers import QUIET, WAIT_SECONDS, free_port
from benchmarks.registry_kills import small
from benchmarks.scored_worlds import trained_world
from leadscore.adapters import tracking
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import to_json
from leadscore.adapters.form_hook import Form
from leadscore.metrics.middles import quantile

N_REQUESTS = 200
N_LEADS = 600


def registered(workspace: Workspace) -> str:
    """Register the newest bundle with what a form's leads are read by; return the model's address."""
    settings = small()
    with tempfile.TemporaryDirectory() as place:
        form = Path(place) / "form.json"
        form.write_text(to_json(Form.of(workspace, settings).to_dict()), encoding="utf-8")
        tags = {"bundle_sha256": workspace.hash_of("bundle"), "source": settings.source.name}
        training = tracking.Training(
            {}, {}, tags, workspace.folders["bundle"], {}, settings.source.name, "t", "d", form
        )
        logged = tracking.log_training(workspace.root, training)
    if logged.why_not is not None:
        raise RuntimeError(logged.why_not)
    return f"models:/{tracking.registered_name(settings.source.name)}@challenger"


@contextmanager
def served(root: Path, model: str) -> Iterator[str]:
    """Give the address of a model that is served from a project's own store; its whole group is killed at the end."""
    port = free_port()
    command = [
        Path(sys.executable).with_name("mlflow"), "models", "serve", "-m", model, "-h", "127.0.0.1",
        "-p", str(port), "--env-manager", "local", "--workers", "1",
    ]  # fmt: skip
    told = {
        "MLFLOW_TRACKING_URI": tracking.tracking_uri(root),
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        # mlflow calls uvicorn by name, which lies beside it
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    with (root / "serving.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=root, stdout=log, stderr=log, env=os.environ | QUIET | told,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, f"http://127.0.0.1:{port}/ping", root / "serving.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
        _closed(port)


def _closed(port: int) -> None:
    """Wait until nobody listens: the workers of a killed group end a moment after its leader."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"port {port} is still served after its processes were killed")


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=60):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the model is not served: {log.read_text('utf-8', 'replace')[-2000:]}")


def ask(address: str, body: bytes) -> tuple[int, Any]:
    """Post a body to a served model; return the status and the answer."""
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/invocations", body, kind)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def split_of(rows: list[dict[str, Any]]) -> bytes:
    """Return rows as the body of a request, `dataframe_split`."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    data = [[row.get(name) for name in columns] for row in rows]
    return json.dumps({"dataframe_split": {"columns": columns, "data": data}}).encode()


def asked_of(workspace: Workspace, ids: list[str]) -> list[dict[str, Any]]:
    """Return leads of a project as a form would send them, with their events, at the moment of the export."""
    sources = workspace.sources()
    names = ["lead_id", "created_at", *(each.name for each in sources.properties)]
    leads = sources.leads.set_index("lead_id", drop=False).loc[ids, names]
    events = workspace.table("tables", "events")
    rows = _plain(leads)
    for row in rows:
        own = events.loc[events["lead_id"] == row["lead_id"]].drop(columns="lead_id")
        row |= {"as_of": workspace.observed_until().isoformat(), "events": _plain(own)}
    return rows


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    told = table.to_json(orient="records", date_format="iso", date_unit="us", double_precision=15)
    rows: list[dict[str, Any]] = json.loads(told)
    return rows


def main() -> None:
    """Print the median and the 95th percentile of a warm request, each with its interval."""
    with tempfile.TemporaryDirectory() as place:
        workspace = trained_world(Path(place), n_leads=N_LEADS)
        outcomes = workspace.table("tables", "outcomes")
        ids = outcomes.loc[outcomes["status"] == "open", "lead_id"].tolist()
        bodies = [split_of([row]) for row in asked_of(workspace, ids)]
        with served(workspace.root, registered(workspace)) as address:
            took = [_milliseconds(address, bodies[i % len(bodies)]) for i in range(N_REQUESTS + 20)]
    print(f"first request {took[0]:.0f} ms; then {N_REQUESTS} requests of one lead each, warm:")
    for share, name in ((0.5, "median"), (0.95, "95th percentile")):
        told = quantile(took[20:], share)
        print(f"{name} {told.value:.1f} ms [{told.low:.1f}, {told.high:.1f}]")


def _milliseconds(address: str, body: bytes) -> float:
    begin = time.perf_counter()
    status, answer = ask(address, body)
    if status != 200:
        raise RuntimeError(f"{status}: {answer}")
    return (time.perf_counter() - begin) * 1e3


if __name__ == "__main__":
    main()
