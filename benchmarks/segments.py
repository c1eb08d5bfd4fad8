"""Levels of segments: what they save on later looks, and from what size on a model of a segment's own pays.

`python -m benchmarks.segments [SET ...]`. One fit a set: the same blend without levels, with them as the past
decided, and with them whatever the past said. Data: LEADSCORE_REAL_DATA (default ../shared/data).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.quality import real
from benchmarks.quality.problems import Problem, Split
from leadscore.scoring.blend.alone import Alone, fit_alone
from leadscore.scoring.blend.levels import NO_LEVELS
from leadscore.scoring.line import levelled, sigmoid
from leadscore.simulation.world import Shock, World

Float = npt.NDArray[np.float64]
ASKED = {
    "demo": ["channel", "product"],
    "shifted": ["channel", "product"],
    "bank_marketing": ["occupation", "phone_kind", "education"],
    "x_education": ["lead_origin", "lead_source", "specialization"],
    "bpic2012": ["channel", "product"],
    "maven_crm": ["product", "sector"],
}
SHIFTED = (
    Shock(channel="Paid social", quarter=5, pull=-0.90),
    Shock(channel="Referral", quarter=5, pull=-1.20),
    Shock(channel="Webinar", quarter=5, pull=0.90),
)


def splits(name: str) -> Iterator[Split]:
    """Yield the splits in time of a set."""
    if name == "shifted":
        with tempfile.TemporaryDirectory() as root:
            place, settings = real.demo_workspace(Path(root), world=World(shocks=SHIFTED))
            found = real.opened("demo", place, settings)
        yield Split(
            "shifted", "demo, three channels moved in quarter 5", found, real.later_window(found)
        )
    elif name == "maven_crm":
        found = real.problem(name)
        yield Split(name, name, found, real.later_window(found))
    else:
        yield from (s for s in real.SPLITS[name]() if s.problem.order is not None)


def fit(train: Problem, segments: list[str]) -> Alone:
    """Fit the blend with levels of some properties."""
    blend = train.settings.blend.model_copy(update={"segments": segments})
    settings = train.settings.model_copy(update={"blend": blend})
    return fit_alone(
        train.table, train.features, train.y, train.points, train.lead,
        order=train.order, known_after=train.known_after, settings=settings,
    )  # fmt: skip


def loss(p: Float, y: Float) -> Float:
    """Return the log loss of each row."""
    return np.asarray(-np.log(np.where(y == 1, p, 1 - p)))


def levelled_loss(p: Float, y: Float) -> Float:
    """Return the same after the shift of all rows that suits them best."""
    return loss(sigmoid(levelled(p, y)), y)


def gap(other: Float, base: Float, lead: npt.NDArray[np.object_]) -> tuple[float, float]:
    """Return the mean of `other` less `base`, and its standard error over leads."""
    own = other - base
    code = np.unique(lead.astype(str), return_inverse=True)[1]
    by_lead = np.bincount(code, own - own.mean())
    return float(own.mean()), float(np.sqrt(by_lead @ by_lead)) / len(own)


def told(split: Split, segments: list[str]) -> Alone:
    """Print what levels do on a split, as decided and whatever was decided, and how segments hold."""
    (at, later), *_ = split.folds
    train, test = split.problem.rows(at), split.problem.rows(later)
    model = fit(train, segments)
    levels = model.levels
    ways = {
        "without": replace(model, levels=NO_LEVELS),
        "as decided": model,
        "always": replace(model, levels=replace(levels, in_force=True)),
    }
    p = {name: way.probability(test.table, test.points) for name, way in ways.items()}
    lost = {name: loss(each, test.y) for name, each in p.items()}
    n = len(set(test.lead))
    print(f"\n## {split.title}: {n:,} leads, {len(set(test.lead[test.y == 1])):,} won", flush=True)
    t = levels.trial
    print(
        f"in force: {levels.in_force}; past: {t.gain:+.5f} +- {t.gain_error:.5f} on {t.n_looks:,} looks at "
        f"{t.n_leads:,} leads; spreads {dict(levels.spreads)}"
    )
    for name in ("as decided", "always"):
        d, e = gap(lost[name], lost["without"], test.lead)
        print(
            f"{name}: {lost[name].mean():.5f} against {lost['without'].mean():.5f}: {d:+.5f} +- {e:.5f}"
        )
        d, e = gap(levelled_loss(p[name], test.y), levelled_loss(p["without"], test.y), test.lead)
        print(f"  both at the level of the later looks: {d:+.5f} +- {e:.5f}")
        if test.truth is not None:
            off = [np.abs(p[w] - test.truth).mean() for w in ("without", name)]
            print(f"  mean |p - truth| {off[0]:.5f} without, {off[1]:.5f} with")
    for each in levels.levels:
        inside = (test.table[each.feature] == each.level).to_numpy(dtype=bool)
        if inside.any() and each.n_leads >= 100:
            known = [test.y[inside].mean(), *(p[w][inside].mean() for w in ("without", "always"))]
            if test.truth is not None:
                known.append(np.nanmean(test.truth[inside]))
            print(
                f"  {each.feature} {each.level}: {each.offset:+.2f} ({each.ends[0]:+.2f} to {each.ends[1]:+.2f}), "
                f"learned on {each.n_leads:,}/{each.n_won:,}; later {len(set(test.lead[inside])):,} leads: won, "
                f"without, always, truth " + ", ".join(f"{100 * v:.2f} %" for v in known)
            )
    return model


def own_models(split: Split, model: Alone, feature: str) -> None:
    """Print a model of a segment's own against the one of all, on the segment's later leads."""
    (at, later), *_ = split.folds
    train, test = split.problem.rows(at), split.problem.rows(later)
    for level in sorted(train.table[feature].dropna().unique()):
        mine, then = (
            part.rows(np.flatnonzero((part.table[feature] == level).to_numpy(dtype=bool)))
            for part in (train, test)
        )
        won = len(set(mine.lead[mine.y == 1]))
        if won < 20 or not 0 < then.y.sum() < len(then.y):
            continue
        p = [m.probability(then.table, then.points) for m in (fit(mine, []), model)]
        d, e = gap(loss(p[0], then.y), loss(p[1], then.y), then.lead)
        print(
            f"  own model of {level}: {won:,} won of {len(set(mine.lead)):,} leads: {d:+.5f} +- {e:.5f}",
            flush=True,
        )


def main(names: list[str]) -> None:
    """Measure the named sets, all without names."""
    for name in names or list(ASKED):
        for split in splits(name):
            model = told(split, ASKED[name])
            for feature in [f.name for f in split.problem.features if f.origin in ASKED[name]]:
                if name != "maven_crm" and split.problem.table[feature].nunique() <= 8:
                    own_models(split, model, feature)


if __name__ == "__main__":
    main(sys.argv[1:])
