"""The peers: each learns from some rows and gives probabilities for others.

Every one gets the same columns and rows. None is tuned: each comes with its library's defaults, but
for what its note says. Rows come in the order of time where there is one.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.quality.odoo import Frequencies, Lead, Stage
from benchmarks.quality.problems import Float, Places, Problem, random_folds
from leadscore.scoring.calibration import fit_grid_curve

MISSING = "(missing)"
FRESH = Stage("new", 1)  # nobody says how far the leads came, so all are fresh
BANDS = 10  # of a number's values, for who takes words only
PATIENCE = 50  # rounds without gain before CatBoost stops
LATER_SHARE = 0.2  # of the rows that stop it

Told = dict[str, Float]


@dataclass(frozen=True)
class Method:
    """A learner.

    Attributes
    ----------
    name, note
        As the page calls it, and how it was run.
    run
        ``run(train, test)`` gives probabilities float64[n_test] by opinion; the first is its own.
    module
        What must be installed for it, None: nothing beyond the project.
    """

    name: str
    note: str
    run: Callable[[Problem, Problem], Told]
    module: str | None = None

    @property
    def is_there(self) -> bool:
        """Whether it can be run here."""
        return self.module is None or importlib.util.find_spec(self.module) is not None


def ask(method: Method, train: Problem, test: Problem) -> Told:
    """Run a method on the columns that are not the same in all rows learned from: others tell nothing."""
    dull = [f.name for f in train.features if train.table[f.name].nunique(dropna=False) < 2]
    return method.run(train.without(dull), test.without(dull))


def grid(train: Problem, test: Problem) -> Told:
    """Points of the set's hand-written grid, made probabilities by one logistic line."""
    curve = fit_grid_curve(
        train.points, train.y,
        slope_sd=train.settings.calibration.grid_slope_sd, cluster=train.lead,
    )  # fmt: skip
    return {GRID.name: curve.apply(test.points)}


def logistic(train: Problem, test: Problem) -> Told:
    """Return scikit-learn's logistic regression on one-hot words and standardised numbers."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    words, numbers = columns(train)
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    coded = ColumnTransformer(
        [
            ("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), words),
            ("numbers", make_pipeline(filled, StandardScaler()), numbers),
        ]
    )
    model = make_pipeline(coded, LogisticRegression(solver="newton-cholesky", max_iter=200))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(as_text(train), train.y)
        return {LOGISTIC.name: model.predict_proba(as_text(test))[:, 1]}


def lightgbm_default(train: Problem, test: Problem) -> Told:
    """LightGBM as its scikit-learn door has it: 100 rounds of 31 leaves."""
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(n_jobs=train.settings.threads, verbosity=-1, force_row_wise=True)
    x, later = as_categories(train, test)
    return {LIGHTGBM.name: model.fit(x, train.y).predict_proba(later)[:, 1]}


def hist_gradient_boosting(train: Problem, test: Problem) -> Told:
    """Return scikit-learn's histogram boosting with its defaults."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype", random_state=train.settings.seed
    )
    x, later = as_categories(train, test)
    return {HIST.name: model.fit(x, train.y).predict_proba(later)[:, 1]}


def catboost(train: Problem, test: Problem) -> Told:
    """CatBoost with native categories, stopped on a later (else random) fifth of the rows."""
    from catboost import CatBoostClassifier

    words, _ = columns(train)
    x, later = as_text(train), as_text(test)
    fit, stop = inner_parts(train)
    model = CatBoostClassifier(
        thread_count=train.settings.threads, random_seed=train.settings.seed,
        verbose=False, allow_writing_files=False,
    )  # fmt: skip
    model.fit(
        x.iloc[fit], train.y[fit], cat_features=words,
        eval_set=(x.iloc[stop], train.y[stop]), early_stopping_rounds=PATIENCE,
    )  # fmt: skip
    return {CATBOOST.name: model.predict_proba(later)[:, 1]}


def odoo(train: Problem, test: Problem) -> Told:
    """Odoo's counts on fresh leads; numbers as bands of equal size."""
    edges = {}
    words, numbers = columns(train)
    for name in numbers:
        known = train.table[name].dropna()
        edges[name] = (
            np.unique(np.quantile(known, np.arange(1, BANDS) / BANDS)) if len(known) else []
        )
    frequencies = Frequencies.rebuilt(_leads(train, edges, train.y), [FRESH], (*words, *numbers))
    scores = frequencies.scores(_leads(test, edges, None))
    return {ODOO.name: np.array([np.nan if s is None else s for s in scores]) / 100}


def _leads(problem: Problem, edges: dict[str, Float], y: Float | None) -> list[Lead]:
    values = {f.name: problem.table[f.name].astype(object) for f in problem.features}
    for name, borders in edges.items():
        number = problem.table[name]
        band = pd.Series(np.searchsorted(borders, number, side="right"), index=number.index)
        values[name] = band.astype(object).where(number.notna(), None)
    table = pd.DataFrame(values)
    table = table.where(table.notna(), None)
    told = [None] * len(table) if y is None else np.where(y == 1, "won", "lost").tolist()
    return [
        Lead(row, FRESH.name, outcome=outcome)
        for row, outcome in zip(table.to_dict("records"), told, strict=True)
    ]


def columns(problem: Problem) -> tuple[list[str], list[str]]:
    """Return the names of the columns of words and of numbers."""
    words = [f.name for f in problem.features if f.kind == "category"]
    return words, [f.name for f in problem.features if f.kind == "number"]


def as_text(problem: Problem) -> pd.DataFrame:
    """Return the columns with words as text, missing ones named."""
    words, _ = columns(problem)
    text = {name: problem.table[name].astype(object) for name in words}
    filled = {name: column.where(column.notna(), MISSING) for name, column in text.items()}
    return problem.table.assign(**filled)


def as_categories(train: Problem, test: Problem) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both with words as pandas categories of the rows learned from; others are missing."""
    words, _ = columns(train)
    levels = {name: sorted(train.table[name].dropna().astype(str).unique()) for name in words}

    def coded(problem: Problem) -> pd.DataFrame:
        kinds = {
            name: pd.Categorical(problem.table[name].astype(object), categories=known)
            for name, known in levels.items()
        }
        return problem.table.assign(**kinds)

    return coded(train), coded(test)


def inner_parts(train: Problem) -> tuple[Places, Places]:
    """Return rows to fit on and rows to stop on: the later ones, or random leads without time."""
    if train.order is None:
        return random_folds(train, n_folds=round(1 / LATER_SHARE), seed=train.settings.seed)[0]
    ranked = np.argsort(train.order, kind="stable")
    cut = round(len(ranked) * (1 - LATER_SHARE))
    return ranked[:cut], ranked[cut:]


GRID = Method("Manual grid", "the set's grid, points made probabilities by one line", grid)
LOGISTIC = Method("Logistic regression", "scikit-learn, one-hot, standardised, L2", logistic)
LIGHTGBM = Method("LightGBM default", "100 rounds of 31 leaves", lightgbm_default)
HIST = Method("HistGradientBoosting", "scikit-learn's defaults", hist_gradient_boosting)
CATBOOST = Method("CatBoost", "native categories, stopped on a fifth", catboost, "catboost")
ODOO = Method("Odoo", "its naive Bayes; every lead fresh, numbers in ten bands", odoo)
PEERS = (GRID, LOGISTIC, LIGHTGBM, HIST, CATBOOST, ODOO)
