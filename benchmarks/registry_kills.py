"""MLflow killed at 20 points of register, promote and score: scoring completes, no half version is champion.

``python -m benchmarks.registry_kills``; exit code 1 if a single claim fails. Two trainings take turns
as challenger; at each point a real server is killed (every fifth time hung) under a new process.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.mlflow_servers import QUIET, Server, running
from leadscore.adapters import tracking
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.crm_export import write_export
from leadscore.adapters.files import sha256_of
from leadscore.adapters.issued import inputs_of, is_whole
from leadscore.adapters.registry import copies, examining, promoting, server
from leadscore.adapters.registry.record import signed_lines
from leadscore.adapters.registry.serving import serving
from leadscore.adapters.retraining import record
from leadscore.adapters.signature import Signature
from leadscore.domain.settings import Settings
from leadscore.simulation.world import default_world
from leadscore.stages import evaluate, ingest, review, score, snapshot, train

ROOT = Path(__file__).resolve().parents[1]
N_POINTS = 20
LIMIT_SECONDS = 15.0
LOOKING_SECONDS = 120.0  # for looking afterwards, which is no part of the trial
TURNS = ("models/bundle", "models/evidence", "reports/evaluation")


@dataclass(frozen=True)
class Point:
    """What became of one point: seconds after which the server went, and what was done till the end."""

    seconds: float
    how: str
    logged: str
    promoted: str
    longest: float
    faults: tuple[str, ...]

    def told(self) -> str:
        """Return the point on one line."""
        held = "scored by the champion, alias whole, mended by the same commands"
        return (
            f"{self.how} after {self.seconds:5.1f} s: logged {self.logged[:40]!r}, promoted "
            f"{self.promoted[:40]!r}, longest command {self.longest:.1f} s: {'; '.join(self.faults) or held}"
        )


def small() -> Settings:
    """Return settings that train within seconds on some hundred leads."""
    plain = load_settings(ROOT / "params.yaml", []).model_dump(by_alias=True)
    changes: dict[str, dict[str, Any]] = {
        "snapshots": {"every_days": 14},
        "model": {"max_rounds": 60, "patience": 10, "learning_rate": 0.2},
        "gates": {"min_won": 5},
        "review": {"bootstrap": 100},
    }
    for block, values in changes.items():
        plain[block] = {**plain[block], **values}
    return Settings.model_validate({**plain, "threads": 1})


def two_trainings(root: Path) -> Workspace:
    """Prepare a project with two trainings, `a` and `b`, that can take turns as the newest."""
    workspace, settings = Workspace(root, ROOT), small()
    raw = root / settings.source.raw_dir
    write_export(default_world(), raw, workspace.folders["truth"], n_leads=800, seed=7)
    ingest.run(workspace, settings)
    snapshot.run(workspace, settings)
    for name, seed in (("a", 1), ("b", 2)):
        chosen = settings.model_copy(update={"seed": seed})
        train.run(workspace, chosen)
        evaluate.run(workspace, chosen)
        review.run(workspace, chosen)
        for place in TURNS:
            shutil.copytree(root / place, root / name / place)
    return workspace


def take_turn(root: Path, name: str) -> None:
    """Let one of both trainings be the newest."""
    for place in TURNS:
        shutil.rmtree(root / place)
        shutil.copytree(root / name / place, root / place)


def act(root: Path) -> None:
    """Register, promote and score, as the commands do; say after each how it went and how long it took."""
    workspace, settings = Workspace(root, ROOT), small()
    source, told = settings.source.name, {}
    print("ready", flush=True)
    began = time.monotonic()
    logged = record(workspace, settings)
    told["logged"] = logged.why_not or f"version {logged.version}"
    told["record_seconds"] = time.monotonic() - began
    began = time.monotonic()
    try:
        promote_all(workspace, settings)
        told["promoted"] = "yes"
    except Exception as error:
        told["promoted"] = f"{type(error).__name__}: {error}"[:200]
    told["promote_seconds"] = time.monotonic() - began
    began = time.monotonic()
    shutil.rmtree(workspace.folders["issued"], ignore_errors=True)
    folder = score.run(workspace, settings)
    told["score_seconds"] = time.monotonic() - began
    told["issued"], told["source"] = str(folder), source
    print(json.dumps(told), flush=True)


def promote_all(workspace: Workspace, settings: Settings) -> promoting.Signed:
    """Promote the challenger, signing for every gate it does not pass: gates are not what is tried here."""
    examined = examining.examine(workspace, settings, server.CHALLENGER)
    failed = tuple(g.gate for g in examined.gates if not g.passed)
    at = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}"
    signature = Signature("the proof", "MLflow is killed meanwhile", at, failed)
    return promoting.promote(workspace, settings.source.name, examined, signature)


def acted(root: Path, mlflow: Server, *, after: float | None, how: str) -> tuple[Any, float]:
    """Run `act` in a new process and strike the server after some seconds; return what it told."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.registry_kills", "act", str(root)],
        cwd=ROOT, env=os.environ | QUIET | {"MLFLOW_TRACKING_URI": mlflow.uri},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        while (line := process.stdout.readline()).strip() != "ready":
            if not line:
                raise RuntimeError(process.communicate()[1])
        began = time.monotonic()
        if after is not None:
            time.sleep(after)
            mlflow.hang() if how == "hung" else mlflow.kill()
        out, err = process.communicate(timeout=300)
        took = time.monotonic() - began
    if process.returncode:
        raise AssertionError(f"the commands ended with {process.returncode}: {err[-1500:]}")
    return json.loads(out.splitlines()[-1]), took


def judged(root: Path, told: Any, before: str) -> list[str]:
    """Return which claims fail, once the server answers again."""
    workspace, settings = Workspace(root, ROOT), small()
    source, faults = settings.source.name, []
    line = signed_lines(root, source)[-1]
    issued = Path(told["issued"])
    if not is_whole(issued) or inputs_of(issued)["champion"] != line.bundle_sha256:
        faults.append("the scores are not those of the champion on record")
    if serving(workspace, source).bundle.sha256 != line.bundle_sha256:
        faults.append("the champion's copy is not the one on record")
    known = server.ask(root, lambda client: server.versions(client, source))
    named = [v for v in known if server.CHAMPION in v.aliases]
    if len(named) != 1 or named[0].bundle_sha256 not in (before, line.bundle_sha256):
        faults.append(f"the alias is on {[v.bundle_sha256 for v in named]}")
    for each in named:
        with tempfile.TemporaryDirectory() as place:
            got = server.ask(
                root,
                lambda client, v=each, p=place: server.fetch_bundle(
                    client, source, str(v.bundle_sha256), Path(p)
                ),
            )
            copies.read_exactly(got, str(each.bundle_sha256))
    return faults


def mended(root: Path) -> list[str]:
    """Register and promote anew with the server up; return what does not agree then."""
    workspace, settings = Workspace(root, ROOT), small()
    logged = record(workspace, settings)
    promote_all(workspace, settings)
    line = signed_lines(root, settings.source.name)[-1]
    known = server.ask(root, lambda client: server.versions(client, settings.source.name))
    named = [v.bundle_sha256 for v in known if server.CHAMPION in v.aliases]
    newest = sha256_of(workspace.file("bundle", "manifest.json"))
    agree = logged.why_not is None and named == [line.bundle_sha256] == [newest]
    return [] if agree else [f"not mended: {logged.why_not}, alias {named}, record {line.sha12}"]


def struck(root: Path, home: Path, *, n_points: int, hung_every: int = 5) -> list[Point]:
    """Strike the server at points spread evenly over register, promote and score."""
    two_trainings(root)
    patient = mock.patch.object(tracking, "LIMIT_SECONDS", LOOKING_SECONDS)
    with running(home) as mlflow, patient, mock.patch.dict(os.environ):
        os.environ["MLFLOW_TRACKING_URI"] = mlflow.uri
        take_turn(root, "a")
        _, whole = acted(root, mlflow, after=None, how="")
        points: list[Point] = []
        for i in range(n_points):
            before = signed_lines(root, "demo")[-1].bundle_sha256
            take_turn(root, "b" if i % 2 == 0 else "a")
            how = "hung" if i % hung_every == hung_every - 1 else "killed"
            after = whole * (i + 0.5) / n_points
            told, _ = acted(root, mlflow, after=after, how=how)
            mlflow.kill()
            mlflow.start()
            faults = [*judged(root, told, before), *mended(root)]
            longest = max(told[f"{s}_seconds"] for s in ("record", "promote", "score"))
            # Ten seconds of waiting, and what the work takes while others use the machine.
            if longest > LIMIT_SECONDS + 2 * whole:
                faults.append(f"a command took {longest:.0f} s")
            logged, promoted = told["logged"], told["promoted"]
            points.append(Point(after, how, logged, promoted, longest, tuple(faults)))
            print(points[-1].told(), flush=True)
    return points


def main() -> int:
    """Print a line for each point; return 1 if a claim fails."""
    with tempfile.TemporaryDirectory(prefix="kills") as place:
        points = struck(Path(place) / "project", Path(place) / "mlflow", n_points=N_POINTS)
    bad = sum(bool(p.faults) for p in points)
    print(f"MLflow struck at {len(points)} points: {len(points) - bad} hold, {bad} fail")
    return int(bad > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["act"]:
        act(Path(sys.argv[2]))
    else:
        raise SystemExit(main())
