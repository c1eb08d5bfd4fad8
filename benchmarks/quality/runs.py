"""The parts of the benchmark: what each measures, and the results of all that was measured."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.quality import automl, learning, peers, real, rolling, simulated, splits_run
from benchmarks.quality.figures import judged
from benchmarks.quality.learning import Plan, cells, losses
from benchmarks.quality.ours import OURS
from benchmarks.quality.page import Results
from benchmarks.quality.problems import Problem
from benchmarks.quality.rolling import ways
from benchmarks.quality.store import Store
from benchmarks.real_sets import ROOT
from leadscore.adapters.config.params import load_settings

CURVES = ("x_education", "bank_marketing", "bpic2012")
PARTS = (*real.SPLITS, "curves", "rolling")
CURVE_METHODS = (OURS, peers.LIGHTGBM, peers.LOGISTIC, peers.ODOO)
AUTOML_WINS, AUTOML_DRAWS, AUTOML_SHARE = 160, 5, 1 / 3  # one size, few draws, less time a fit
ROLLED = (OURS, peers.LOGISTIC, peers.LIGHTGBM)
TITLES = {
    "bank": "Bank Marketing, all columns",
    "bank_no_macro": "Bank Marketing, without the five columns of the economy",
    "simulated": "Simulated, four months",
}
KEYS = {  # the results of each part, by the beginning of their names
    "x_education": ("split.x_education", "run.x_education"),
    "bank_marketing": ("split.bank", "run.bank"),
    "bpic2012": ("split.bpic2012", "run.bpic2012"),
    "demo": ("split.demo", "run.demo"),
    "curves": ("curve.", "curve_test."),
    "rolling": ("blocks.", "rolled."),
}


def forget(
    store: Store, parts: Sequence[str], *, again: Sequence[str] | None, resume: bool
) -> None:
    """Delete the results that are to be measured anew: of all methods, or of some."""
    for start in [start for part in parts for start in KEYS[part]]:
        for key in store.keys(start):
            named = again is not None and key.rpartition(".")[2] in again
            if named or (again is None and not resume):
                store.forget(key)


def measure(part: str, store: Store, *, seconds: float, repeats: int) -> None:
    """Measure one part, but for what is there."""
    if part == "curves":
        few = Plan(
            (automl.method(seconds * AUTOML_SHARE),), (AUTOML_WINS,), min(repeats, AUTOML_DRAWS)
        )
        for name in CURVES:
            found = real.problem(name)
            learning.measure(found, [Plan(CURVE_METHODS, repeats=repeats), few], store)
        return
    if part == "rolling":
        found = real.problem("bank_marketing")
        rolling.measure(found, "bank", ROLLED, store)
        rolling.measure(found.without(real.MACRO), "bank_no_macro", ROLLED, store)
        return
    for split in real.SPLITS[part]():
        splits_run.measure(split, methods(seconds), store)


def methods(seconds: float) -> list[peers.Method]:
    """Return every method, ours first."""
    return [OURS, *peers.PEERS, automl.method(seconds)]


def measure_quick(store: Store, *, seconds: float) -> None:
    """Measure a small simulated market in every way."""
    found: Problem = simulated.market(600, seed=1)
    for split in simulated.splits(found):
        splits_run.measure(split, methods(seconds), store)
    learning.measure(found, [Plan(CURVE_METHODS, sizes=(10, 20), repeats=2)], store)
    rolling.measure(found, "simulated", (OURS, peers.LOGISTIC), store)


def results(store: Store, *, seconds: float) -> Results:
    """Judge everything that was measured."""
    settings = load_settings(ROOT / "params.yaml")
    splits = [
        judged(store, key.removeprefix("split."), n_resamples=settings.review.bootstrap)
        for start in ("x_education", "bank", "bpic2012", "demo", "simulated")
        for key in store.keys(f"split.{start}")
    ]
    curves, judged_on = {}, {}
    for name in (*CURVES, "simulated"):
        if store.has(f"curve_test.{name}"):
            about = store.about(f"curve_test.{name}")
            curves[name] = cells(losses(store, name))
            judged_on[name] = f"Judged on {about['leads']:,} leads, {about['rows']:,} rows"
    rolled = {
        key: (title, ways(store, key, settings))
        for key, title in TITLES.items()
        if store.keys(f"rolled.{key}.")
    }
    notes = [f"{method.name}: {method.note}." for method in methods(seconds)]
    return Results(splits, curves, judged_on, rolled, notes)
