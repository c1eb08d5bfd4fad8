"""Figures on the real data sets: model against grid and base rate, each with n and interval.

Every set runs through the same stages as a user's export. X Education is also cut into five random
folds, since its order is only roughly a time. Data: LEADSCORE_REAL_DATA (default ../shared/data).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.domain.settings import Settings
from leadscore.metrics import Figure, interval, log_loss, roc_auc
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.model import Rows, fitted, stopped
from leadscore.stages import ingest, snapshot, train

ROOT = Path(__file__).resolve().parents[1]
SETS = ("x_education", "bpic2012", "bank_marketing", "maven_crm")
Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    opinion: str
    loss: Figure
    auc: Figure
    leads: str
    cpu: float


def data_folder() -> Path:
    """Return the folder of the real sets."""
    return Path(os.environ.get("LEADSCORE_REAL_DATA", ROOT.parent / "shared/data"))


def prepared(name: str, root: Path) -> tuple[Workspace, Settings]:
    """Ingest and snapshot one set below `root`."""
    settings = load_settings(ROOT / "params.yaml", [ROOT / f"config/profiles/{name}.yaml"])
    raw = str((data_folder() / name).resolve())
    settings = settings.model_copy(
        update={"source": settings.source.model_copy(update={"raw_dir": raw})}
    )
    workspace = Workspace(root, ROOT)
    ingest.run(workspace, settings)
    snapshot.run(workspace, settings)
    return workspace, settings


def ordered(name: str, workspace: Workspace, settings: Settings) -> list[Row]:
    """Measure the ordered split: the last window, by models that never saw it."""
    start = time.process_time()
    trained = train.run(workspace, settings)
    cpu = time.process_time() - start
    test = trained.evidence.loc[trained.evidence["window"] == "test"]
    rows = []
    slices = {"": test}
    if test["age_days"].notna().any() and settings.snapshots.kind == "ages":
        ages = test["age_days"].round(2)
        slices |= {f", age {age:g} d": test.loc[ages == age] for age in sorted(ages.unique())}
    for label, looks in slices.items():
        for opinion in ("p_model", "p_grid", "p_base"):
            if looks[opinion].isna().all():
                continue
            loss, auc = measured(looks["label"], looks[opinion], looks["lead_id"], settings)
            rows.append(
                Row(f"{name}, ordered{label}", opinion[2:], loss, auc, trained.verdict.opinion, cpu)
            )
    return rows


def measured(
    y: pd.Series, p: pd.Series | Float, lead: pd.Series, settings: Settings
) -> tuple[Figure, Figure]:
    """Return log loss and ROC AUC, with intervals over leads."""
    outcome, chance = y.to_numpy(dtype=float), np.asarray(p, dtype=float)
    seed, n = settings.seed, settings.review.bootstrap
    return (
        interval(
            log_loss, outcome, chance, cluster=lead.to_numpy(object), n_resamples=n, seed=seed
        ),
        interval(roc_auc, outcome, chance, cluster=lead.to_numpy(object), n_resamples=n, seed=seed),
    )


def folds(name: str, workspace: Workspace, settings: Settings, *, n_folds: int = 5) -> Row:
    """Measure a random cross-validation of the model: rounds stopped on a fifth of each training part."""
    looks = workspace.table("snapshots", "snapshots")
    features = workspace.features()
    start = time.process_time()
    y = looks["label"].to_numpy(dtype=float)
    fold = np.random.default_rng(settings.seed).permutation(len(looks)) % n_folds
    p = np.empty(len(looks))
    for k in range(n_folds):
        rest = np.flatnonzero(fold != k)
        table = looks.iloc[rest]
        f = settings.features
        encoder = Encoder.learn(table, features, min_rows=f.min_level_rows, max_levels=f.max_levels)

        def part(rows: npt.NDArray[np.intp], by: Encoder = encoder) -> Rows:
            return Rows(by.matrix(looks.iloc[rows]), y[rows], rows)

        inner = np.random.default_rng(settings.seed + k).permutation(len(rest)) % n_folds == 0
        m, seed, threads = settings.model, settings.seed, settings.threads
        held = stopped(
            encoder, part(rest[~inner]), part(rest[inner]), m, seed=seed, threads=threads
        )
        rounds = round(held.best * m.refit_factor)
        trees = fitted(encoder, part(rest), m, rounds=rounds, seed=seed, threads=threads)
        p[fold == k] = trees.predict(part(np.flatnonzero(fold == k)).x)
    cpu = time.process_time() - start
    loss, auc = measured(looks["label"], p, looks["lead_id"], settings)
    return Row(f"{name}, {n_folds} random folds", "model", loss, auc, "-", cpu)


def shown(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| set, split | opinion | log loss | ROC AUC | leads | won | who leads | train CPU s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        loss, auc = row.loss, row.auc
        lines.append(
            f"| {row.name} | {row.opinion} | {loss.value:.4f} [{loss.low:.4f}, {loss.high:.4f}] "
            f"| {auc.value:.4f} [{auc.low:.4f}, {auc.high:.4f}] | {loss.n:,} | {loss.n_won:,} "
            f"| {row.leads} | {row.cpu:.1f} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure every set that is there."""
    if not data_folder().is_dir():
        print(f"bench: no real data at {data_folder()}; set LEADSCORE_REAL_DATA", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in SETS:
        with tempfile.TemporaryDirectory() as root:
            workspace, settings = prepared(name, Path(root))
            rows += ordered(name, workspace, settings)
            if name == "x_education":
                rows.append(folds(name, workspace, settings))
                found = workspace.json("snapshots", "leakage")
                print(
                    "leakage gate on x_education names:",
                    ", ".join(dict.fromkeys(f["column"] for f in found)),
                )
        print(f"bench: {name} done", file=sys.stderr)
    print(shown(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
