"""Levels of segments: what each value of a property adds to the log-odds, pulled to 0 (partial pooling).

They are learned on predictions out of time, beside the recalibration line, and hold only where the past
shows that they would have helped. Few leads leave a level where all leads are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Settings
from leadscore.scoring.blend.out_of_time import Followed, Predicted, spread, tracker, tries
from leadscore.scoring.blend.pooling import Groups, Pooled, pooled
from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.line import log_loss_rows, log_odds

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_SURE = 1.959963984540054  # standard errors of a 95 % interval


@dataclass(frozen=True)
class Level:
    """The segment level of one value of a property.

    Attributes
    ----------
    offset, sd
        Log-odds that its leads have beyond what the recalibrated blend says, and the standard deviation of
        what is not known of it; both 0 where the property tells nothing.
    n_leads, n_won
        Leads it was learned from, and those won.
    """

    feature: str
    level: str
    offset: float
    sd: float
    n_leads: int
    n_won: int

    @property
    def ends(self) -> tuple[float, float]:
        """The 95 % interval of the offset."""
        return self.offset - _SURE * self.sd, self.offset + _SURE * self.sd


@dataclass(frozen=True)
class Trial:
    """What levels would have saved: log loss a look, its standard error over leads, and on how much."""

    gain: float
    gain_error: float
    n_looks: int
    n_leads: int

    @property
    def passed(self) -> bool:
        """Whether more was saved than one standard error."""
        return self.gain > self.gain_error


@dataclass(frozen=True)
class Levels:
    """The levels of all declared properties; a value that is not among them adds 0.

    Attributes
    ----------
    spreads
        Standard deviation of the offsets of a feature's levels (log-odds); 0: they do not differ.
    means
        Mean offset of the looks they were learned from, by feature.
    in_force
        Whether they count. Else they are told and nothing else.
    """

    levels: tuple[Level, ...]
    spreads: Mapping[str, float]
    means: Mapping[str, float]
    trial: Trial
    in_force: bool

    def terms(self, encoder: Encoder, x: Matrix) -> Float:
        """Return what each feature of encoded rows adds to the log-odds: float64[n_rows, n_features]."""
        out = np.zeros(x.shape)
        for i, term in self._of_features(encoder, x):
            out[:, i] = term
        return out

    def offset(self, encoder: Encoder, x: Matrix) -> Float:
        """Return what encoded rows have in all, float64[n_rows]."""
        out = np.zeros(len(x))
        for _, term in self._of_features(encoder, x):
            out += term
        return out

    def offset_of(self, encoder: Encoder, table: pd.DataFrame) -> Float:
        """Return the same of rows that are not encoded yet."""
        told = self.means if self.in_force else {}
        kept = tuple(f for f in encoder.features if f.name in told)
        own = Encoder(kept, {f.name: encoder.levels[f.name] for f in kept})
        return self.offset(own, own.matrix(table))

    def mean_terms(self, encoder: Encoder) -> Float:
        """Return the mean of each feature's terms over the looks they were learned from: float64[n_features]."""
        told = self.means if self.in_force else {}
        return np.array([told.get(f.name, 0.0) for f in encoder.features])

    def _of_features(self, encoder: Encoder, x: Matrix) -> Iterator[tuple[int, Float]]:
        for i, feature in enumerate(encoder.features):
            if self.in_force and feature.name in self.means:
                own = {
                    each.level: each.offset for each in self.levels if each.feature == feature.name
                }
                known = encoder.levels[feature.name]
                # Other values have the last code but one, missing ones the last.
                of_code = np.array([*(own.get(level, 0.0) for level in known), 0.0, 0.0])
                place = np.where(np.isnan(x[:, i]), len(known) + 1, x[:, i])
                yield i, of_code[place.astype(np.intp)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Levels:
        """Read what `to_dict` wrote."""
        levels = tuple(Level(**level) for level in plain["levels"])
        return cls(**{**plain, "levels": levels, "trial": Trial(**plain["trial"])})


NO_LEVELS = Levels((), {}, {}, Trial(0.0, 0.0, 0, 0), in_force=False)
"""Everybody is where the blend says."""


def fit_levels(
    seen: Predicted,
    looks: pd.DataFrame,
    encoder: Encoder,
    line: Followed,
    settings: Settings,
) -> Levels:
    """Learn the levels of the declared properties, and try them on the past.

    Parameters
    ----------
    seen
        Blend's probabilities out of time, before recalibration.
    looks
        The same rows, with the features' columns.
    encoder
        Which values have a level: those that it keeps. Its features' `origin` is the property's name.
    line
        The recalibration; levels forget by `blend.half_life_blocks`.
    """
    blend, calibration = settings.blend, settings.calibration
    own = segments_of(encoder, blend.segments)
    if not own.features or line.track is None or len(np.unique(seen.y)) < 2:
        return NO_LEVELS
    x = own.matrix(looks)
    groups = _groups(own, x, seen.block)
    half_life, drift = blend.half_life_blocks * seen.span, line.track.drift

    def learned(rows: Mask) -> tuple[Pooled, Float]:
        """Return what some rows teach, and the log-odds of all by the line of the same rows."""
        platt = tracker(seen, rows, calibration).under(drift).platt
        z = platt.intercept + platt.slope * log_odds(seen.p)
        order = seen.order[rows]
        told = Groups(groups.x[rows], groups.grouping)
        weight = np.exp2((order - int(order.max())) / half_life)
        return pooled(told, z[rows], seen.y[rows], weight, seen.lead[rows]), z

    saved, worth = np.zeros(len(seen.p)), np.zeros(len(seen.p))
    for now, before, weight in tries(seen, blend.half_life_blocks):
        told, z = learned(before)
        moved = z + groups.of_segments(told.offset)
        saved[now] = (log_loss_rows(z, seen.y) - log_loss_rows(moved, seen.y))[now]
        worth[now] = weight
    found, _ = learned(np.ones(len(seen.p), dtype=np.bool_))
    trial = _trial(saved, worth, seen.lead)
    return _told(own, x, groups, found, seen, trial)


def segments_of(encoder: Encoder, properties: Collection[str]) -> Encoder:
    """Return the encoder of the categories that are of some properties, alone."""
    kept = tuple(f for f in encoder.features if f.kind == "category" and f.origin in properties)
    return Encoder(kept, {f.name: encoder.levels[f.name] for f in kept})


def _groups(own: Encoder, x: Matrix, block: Int) -> Groups:
    part = np.unique(block, return_inverse=True)[1]
    sizes = [int(part.max()) + 1, *(len(own.levels[name]) for name in own.names)]
    return Groups.of([part.astype(np.float64), *x.T], sizes)


def _trial(saved: Float, worth: Float, lead: npt.NDArray[np.object_]) -> Trial:
    tried = worth > 0
    if not tried.any():
        return NO_LEVELS.trial
    gain, error = spread(saved[tried], worth[tried] / worth.sum(), lead[tried])
    return Trial(gain, error, int(tried.sum()), len(set(lead[tried])))


def _told(
    own: Encoder, x: Matrix, groups: Groups, found: Pooled, seen: Predicted, trial: Trial
) -> Levels:
    """Return what was found, in words and with what it was learned from."""
    lead = np.unique(seen.lead, return_inverse=True)[1]
    levels, means = [], {}
    at = int((groups.grouping == 0).sum())
    for i, name in enumerate(own.names):
        means[name] = 0.0
        for code, level in enumerate(own.levels[name]):
            inside = x[:, i] == code
            offset = float(found.offset[at])
            counted = (len(np.unique(lead[rows])) for rows in (inside, inside & (seen.y == 1)))
            levels.append(Level(name, level, offset, float(found.sd[at]), *counted))
            means[name] += offset * float(inside.mean())
            at += 1
    spreads = dict(zip(own.names, found.spreads, strict=True))
    return Levels(tuple(levels), spreads, means, trial, trial.passed and any(found.spreads))
