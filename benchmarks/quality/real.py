"""The sets as problems: three real ones, and the demo, whose truth is known.

All go through the product's own stages, so the columns are those a user would get. X Education also
gets the two columns that are overwritten until the export: published figures have them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.grid_learning import REWRITTEN
from benchmarks.quality.problems import Problem, Split, last_share, random_folds
from benchmarks.real_sets import ROOT, prepared
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.crm_export import write_export
from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.history.log import DAY
from leadscore.history.splits import TEST, ordered_windows
from leadscore.simulation.world import World, default_world
from leadscore.stages import ingest, snapshot

MACRO = (
    "lead_employment_variation",
    "lead_consumer_price_index",
    "lead_consumer_confidence",
    "lead_euribor_3_months",
    "lead_employed_thousands",
)
DATED = ("bpic2012", "demo")
EVERY_DAYS = 28  # the demo is looked at every fourth Monday: the same leads, a quarter of the rows


@contextmanager
def workspace(name: str) -> Iterator[tuple[Workspace, Settings]]:
    """Ingest and snapshot a set in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as root:
        yield demo_workspace(Path(root)) if name == "demo" else prepared(name, Path(root))


def demo_workspace(
    root: Path, *, n_leads: int = 20_000, world: World | None = None, seed: int | None = None,
    every_days: int = EVERY_DAYS,
) -> tuple[Workspace, Settings]:  # fmt: skip
    """Simulate a CRM below `root`, ingest it and take its snapshots; None: world and seed of the demo."""
    settings = load_settings(ROOT / "params.yaml")
    raw = root / "raw"
    looks = settings.snapshots.model_copy(update={"every_days": every_days})
    source = settings.source.model_copy(update={"raw_dir": str(raw)})
    settings = settings.model_copy(update={"source": source, "snapshots": looks})
    place = Workspace(root, ROOT)
    write_export(
        world or default_world(), raw, place.folders["truth"], n_leads=n_leads,
        seed=settings.seed if seed is None else seed,
    )  # fmt: skip
    ingest.run(place, settings)
    snapshot.run(place, settings)
    return place, settings


def opened(name: str, place: Workspace, settings: Settings) -> Problem:
    """Read a workspace's mature looks as a problem, in the order of time."""
    looks = place.table("snapshots", "snapshots")
    looks = looks.loc[looks["is_mature"]].sort_values(["order", "lead_id"], ignore_index=True)
    features = place.features()
    truth = None
    if name == "demo":
        known = place.table("truth", "truth")
        truth = looks.merge(known, on=["lead_id", "as_of"], how="left")["p_won"].to_numpy()
    return Problem(
        name=name,
        table=looks[[f.name for f in features]],
        features=tuple(features),
        y=looks["label"].to_numpy(dtype=np.float64),
        points=looks["grid_points"].to_numpy(dtype=np.float64),
        lead=looks["lead_id"].to_numpy(dtype=object),
        order=looks["order"].to_numpy(dtype=np.int64),
        settings=settings,
        truth=truth,
        known_after=_known_after(name, settings),
    )


def _known_after(name: str, settings: Settings) -> int:
    """Return the horizon in seconds of sets with dates; a rank has no distances."""
    return settings.label.horizon_days * DAY if name in DATED else 0


def with_rewritten(problem: Problem, place: Workspace) -> Problem:
    """Add the columns that the product leaves out since the export overwrites them."""
    leads = place.table("tables", "leads").set_index("lead_id")
    extra = leads.loc[problem.lead, list(REWRITTEN)].reset_index(drop=True)
    more = tuple(Feature(name, "category", name + ": {value}", name) for name in REWRITTEN)
    table = pd.concat([problem.table, extra], axis=1)
    return replace(problem, table=table, features=problem.features + more)


def problem(name: str) -> Problem:
    """Return a set by name."""
    with workspace(name) as (place, settings):
        found = opened(name, place, settings)
        return with_rewritten(found, place) if name == "x_education" else found


def x_education() -> list[Split]:
    """Five random folds, and the last fifth by lead number."""
    found = problem("x_education")
    seed = found.settings.seed
    return [
        Split("x_education_folds", "X Education, 5 random folds", found.timeless(),
              random_folds(found, n_folds=5, seed=seed)),
        Split("x_education_ordered", "X Education, last 20 % by lead number", found,
              last_share(found, 0.2)),
    ]  # fmt: skip


def bank_marketing() -> list[Split]:
    """Five random folds, and the last fifth in time."""
    found = problem("bank_marketing")
    seed = found.settings.seed
    return [
        Split("bank_folds", "Bank Marketing without duration, 5 random folds", found.timeless(),
              random_folds(found, n_folds=5, seed=seed)),
        Split("bank_ordered", "Bank Marketing without duration, first 80 % against last 20 % in time",
              found, last_share(found, 0.2)),
    ]  # fmt: skip


def later_window(problem: Problem) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Cut by the product's own windows: learn on all that was known when the last one opened."""
    s = problem.settings
    windows = ordered_windows(
        problem.order,
        calibrate_share=s.split.calibrate_share,
        test_share=s.split.test_share,
        purge=s.label.horizon_days * DAY,
    )
    return ((np.flatnonzero(windows.known_before_test), windows.rows(TEST)),)


def bpic2012() -> list[Split]:
    """Judge the last window of the loan applications' looks."""
    found = problem("bpic2012")
    title = "BPI Challenge 2012, looks after an hour, a day and a week, later window"
    return [Split("bpic2012_ordered", title, found, later_window(found))]


def demo() -> list[Split]:
    """Judge the last window of the simulated CRM."""
    found = problem("demo")
    title = "Demo (simulated), looks every four weeks, later window"
    return [Split("demo_ordered", title, found, later_window(found))]


SPLITS: dict[str, Callable[[], list[Split]]] = {
    "x_education": x_education,
    "bank_marketing": bank_marketing,
    "bpic2012": bpic2012,
    "demo": demo,
}
