"""One night in a process of its own: from the hashes of its inputs to the published partition, step by step."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scorer.workspace import ROOT, settings_of
from leadscore.adapters import catalog, disk_shelf, issued, lead_ranges, nights
from leadscore.adapters.bundle import read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.adapters.registry.serving import Serving
from leadscore.scoring import model, nightly, reasoning

_BYTES_A_UNIT = 1 if sys.platform == "darwin" else 1024
STEPS: dict[str, tuple[Any, str]] = {
    "hash the inputs": (catalog.Workspace, "hash_of"),
    "read leads and outcomes": (catalog.Workspace, "sources"),
    "read leads and outcomes, by ranges": (lead_ranges, "_read"),
    "features and grid points": (nightly, "view_part"),
    "trees: scores and contributions": (model.Trees, "explained"),
    "trees: scores before, for the trend": (model.Trees, "raw"),
    "blend, scale, tiers, trend": (nightly, "issue"),
    "reasons: the strongest": (reasoning.Reasoning, "of_blend"),
    "reasons in words": (reasoning.Reasoning, "texts"),
    "lay shards aside": (disk_shelf.DiskShelf, "put"),
    "put in order, write and publish": (issued, "write_partition"),
}
REST = "the rest: parts, gates, order, imports"


@dataclass(frozen=True)
class Night:
    """What a night took: CPU and wall seconds, peak memory, CPU seconds of each step, bytes published."""

    n_leads: int
    n_events: int
    cpu: float
    wall: float
    rss: int
    steps: dict[str, float]
    published: int
    apart: float


class _Clock:
    """CPU seconds by step, those of inner steps not counted twice."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys([*STEPS, REST], 0.0)
        self._running = [REST]
        self._since = time.process_time()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._turn(name)
        try:
            yield
        finally:
            self._running.pop()
            self._count(name)

    def _turn(self, name: str) -> None:
        self._count(self._running[-1])
        self._running.append(name)

    def _count(self, name: str) -> None:
        now = time.process_time()
        self.seconds[name] += now - self._since
        self._since = now


def _watched(clock: _Clock, name: str, do: Callable[..., Any]) -> Callable[..., Any]:
    def watched(*arguments: Any, **keys: Any) -> Any:
        with clock.step(name):
            return do(*arguments, **keys)

    return watched


def measured(workspace: Workspace, *, threads: int = 1) -> Night:
    """Score a night's leads anew in a process of its own."""
    for name in ("issued", "shadow"):
        shutil.rmtree(workspace.folders[name], ignore_errors=True)
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(workspace.root), str(threads)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    night = Night(**{**told, "wall": time.perf_counter() - begin})
    _noted(workspace.root).write_text(json.dumps(asdict(night)), encoding="utf-8")
    return night


def last(workspace: Workspace) -> Night:
    """Return what the last night of a project took."""
    return Night(**json.loads(_noted(workspace.root).read_text(encoding="utf-8")))


def _noted(root: Path) -> Path:
    return root / "measured.json"


def _night(root: Path, threads: int) -> Night:
    """Run the night; CPU counts from the start of the process."""
    clock = _Clock()
    for name, (home, attribute) in STEPS.items():
        setattr(home, attribute, _watched(clock, name, getattr(home, attribute)))
    workspace = Workspace(root, ROOT)
    settings = settings_of().model_copy(update={"threads": threads})
    moment = workspace.observed_until()
    decision = decision_in_force(workspace.config, settings, as_of=moment)
    bundle = read_bundle(workspace.folders["bundle"])
    folder = nights.Night(workspace, settings, moment, decision).issue(
        Serving(bundle, None), is_forced=True
    )
    cpu = sum(
        use.ru_utime + use.ru_stime
        for use in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )  # fmt: skip
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_A_UNIT
    clock.seconds[REST] += cpu - sum(clock.seconds.values())
    steps = dict(clock.seconds)  # what follows is no part of the night
    n_leads, n_events = json.loads((root / "size.json").read_text(encoding="utf-8"))
    published = sum(path.stat().st_size for path in folder.iterdir())
    return Night(n_leads, n_events, cpu, 0.0, rss, steps, published, apart=_apart(folder))


def _apart(folder: Path) -> float:
    """Return how far scores lie from the scale's of their probabilities, beside rounding: a check that it is real."""
    table = issued.read_partition(folder)
    known = table.loc[table["probability"].notna()]
    scale = read_bundle(folder.parents[3] / "models/bundle").scorer.scale
    return float(np.abs(scale.score(known["probability"]) - known["score"]).max())


if __name__ == "__main__":
    print(json.dumps(asdict(_night(Path(sys.argv[1]), int(sys.argv[2])))))
