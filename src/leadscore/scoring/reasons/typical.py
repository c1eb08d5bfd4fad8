"""What is typical of the looks a model was trained on: what a reason compares a lead with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.showing import is_personal
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons.facts import facts_of


@dataclass(frozen=True)
class Typical:
    """The typical value of one feature.

    Attributes
    ----------
    name
        Its column in the snapshots table.
    value
        Median of a number, a value that occurs (the lower of two middle ones); the most frequent word of
        a category; None where most looks have no value.
    """

    name: str
    value: float | str | None

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Typical:
        """Read what `to_dict` wrote."""
        return cls(**plain)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the bundle."""
        return asdict(self)


def typical_values(looks: pd.DataFrame, encoder: Encoder) -> tuple[Typical, ...]:
    """Return what is typical of the encoder's features, in their order.

    Left out are features of which no value may be shown, and categories whose words are all pooled.

    Parameters
    ----------
    looks
        Looks that taught the model, with the features' columns.
    """
    if looks.empty:
        return ()
    found = []
    for feature, fact in zip(encoder.features, facts_of(encoder), strict=True):
        if fact.shows != "value":
            continue
        levels = encoder.levels.get(feature.name)
        kept = {} if levels is None else {feature.name: levels}
        column = Encoder((feature,), kept).matrix(looks)[:, 0]
        if levels is None:
            found.append(Typical(feature.name, _middle(column)))
        elif levels:
            word = _most_frequent(column, levels)
            if word is None or fact.is_ == "derived" or not is_personal(word):
                found.append(Typical(feature.name, word))
    return tuple(found)


def places_of(encoder: Encoder, typical: Sequence[Typical]) -> dict[int, float]:
    """Return typical values as the matrix has them, by the place of their feature."""
    place = {name: at for at, name in enumerate(encoder.names)}
    found = {}
    for one in typical:
        at, value = place.get(one.name), one.value
        if at is None:
            continue
        levels = encoder.levels.get(one.name)
        if value is None:
            found[at] = float("nan")
        elif isinstance(value, str):
            if levels is not None and value in levels:
                found[at] = float(levels.index(value))
        elif levels is None:
            found[at] = float(value)
    return found


def _middle(values: npt.NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    if 2 * len(known) < len(values):
        return None
    return float(np.quantile(known, 0.5, method="inverted_cdf"))


def _most_frequent(codes: npt.NDArray[np.float64], levels: Sequence[str]) -> str | None:
    """Return the most frequent kept word, the first of several; None where more have none."""
    missing = np.isnan(codes)
    count = np.bincount(codes[~missing].astype(np.intp), minlength=len(levels))[: len(levels)]
    return None if missing.sum() > count.max() else levels[int(count.argmax())]
