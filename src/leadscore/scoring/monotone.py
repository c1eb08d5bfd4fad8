"""Where sales insists: features that may only raise, or only lower, what trees and logistic say.

The grid is not held to it: its rules say themselves which way they point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadscore.domain.errors import InputError, nearest
from leadscore.domain.model_settings import Direction
from leadscore.history.features import Feature

_SIGN = {"rising": 1, "falling": -1}


def signs(features: Sequence[Feature], declared: Mapping[str, Direction]) -> tuple[int, ...]:
    """Return 1 (rising), -1 (falling) or 0 (free) for each feature."""
    return tuple(_SIGN[declared[f.name]] if f.name in declared else 0 for f in features)


def check(features: Sequence[Feature], declared: Mapping[str, Direction]) -> None:
    """Refuse names that are no features, and words, which have no more or less.

    Raises
    ------
    InputError
        ``unknown-feature`` or ``not-a-number``.
    """
    kinds = {f.name: f.kind for f in features}
    for name in declared:
        if name not in kinds:
            raise InputError(
                "unknown-feature", f"no feature is called {name!r}",
                file="params.yaml", column="model.monotone", fix=nearest(name, kinds),
            )  # fmt: skip
        if kinds[name] != "number":
            raise InputError(
                "not-a-number", f"{name!r} holds words: they have no more and no less",
                file="params.yaml", column="model.monotone",
                fix="declare numbers only; a rule of the grid can give points to a word",
            )  # fmt: skip
