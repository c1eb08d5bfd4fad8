"""What the figures must reach, each a line that begins with PASS or FAIL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.quality import automl, learning
from benchmarks.quality.figures import Judged, Opinion
from benchmarks.quality.learning import Cell
from benchmarks.quality.ours import BLEND, PARTS
from benchmarks.quality.rolling import FOLLOWED, ONE, Way, named

STATIONARY = {"x_education_folds": 0.378, "x_education_ordered": 0.402, "bank_folds": 0.268}
DRIFTING = {"bank_ordered": 0.622}
ROLLING = {"bank": 0.65, "bank_no_macro": 0.65}
SHARE_OF_AUTOML = 0.1


def line(holds: bool, words: str) -> str:
    """Return a bar as the page prints it."""
    return f"{'PASS' if holds else 'FAIL'}  {words}"


def splits(found: Sequence[Judged]) -> list[str]:
    """Return the bars of the splits that were run."""
    told = []
    for split in found:
        ours = split.of(BLEND)
        if ours is None:
            told.append(line(False, f"{split.title}: the blend is missing"))
            continue
        if split.key in STATIONARY:
            told += _stationary(split, ours, STATIONARY[split.key])
            told += _cheap(split, ours)
        if split.key in DRIFTING:
            loss, bar = ours.figures["log_loss"].value, DRIFTING[split.key]
            words = f"{split.title}: log loss of the blend {loss:.4f}; bar {bar}"
            if rivals := _peers(split):
                best = rivals[0]
                words += f" (best peer: {best.name}, {best.figures['log_loss'].value:.4f})"
            told.append(line(loss <= bar, words))
    return told


def _stationary(split: Judged, ours: Opinion, bar: float) -> list[str]:
    loss = ours.figures["log_loss"].value
    told = [line(loss <= bar, f"{split.title}: log loss of the blend {loss:.4f}; bar {bar}")]
    if rivals := _peers(split):
        best = rivals[0]
        gap = best.gaps["log_loss"]
        ahead = -gap.figure.value
        words = f"{split.title}: blend minus the best peer, {best.name}, {ahead:+.4f} ± {gap.se:.4f}; bar 1 SE"
        told.append(line(ahead <= gap.se, words))
    return told


def _peers(split: Judged) -> list[Opinion]:
    return [o for o in split.opinions if o.name not in (BLEND, *PARTS.values())]


def _cheap(split: Judged, ours: Opinion) -> list[str]:
    """Hold CPU of ours against the other's wall: that is its budget, on a busy machine as on a quiet one."""
    other = split.of(automl.NAME)
    if other is None or not (other.cpu and ours.cpu and other.wall and ours.wall):
        return []
    share = ours.cpu / other.wall
    words = (
        f"{split.title}: a fit of the blend takes {ours.cpu:.1f} s of CPU, {share:.3f} of the {other.wall:.0f} s "
        f"that {automl.NAME} takes on the wall; bar {SHARE_OF_AUTOML} (its CPU here: {other.cpu:.0f} s)"
    )
    return [line(share <= SHARE_OF_AUTOML, words)]


def curves(found: Mapping[str, Sequence[Cell]]) -> list[str]:
    """Return the bars of the learning curves."""
    return [line(*told) for name, cells in found.items() for told in learning.lines(cells, name)]


def rolling(found: Mapping[str, tuple[str, Sequence[Way]]]) -> list[str]:
    """Return the bars of the rolling campaign: title and ways by key."""
    told = []
    for key, bar in ROLLING.items():
        title, every = found.get(key, ("", ()))
        for way in (FOLLOWED, ONE):
            if (ours := named(every, BLEND, way)) is not None:
                words = f"{title}: block mean of the blend, recalibrated ({way}) {ours.mean:.4f}; bar {bar}"
                told.append(line(ours.mean <= bar, words))
    return told
