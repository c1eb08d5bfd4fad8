"""What a signed proposal promised, as the decision keeps it: of each measure value and interval."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from leadscore.domain.marts import MEASURES
from leadscore.domain.settings import Thresholds
from leadscore.scoring.signed import Expected

_BY_HOT, _BY_WARM, _BY_BOTH = ("hot",), ("warm",), ("hot", "warm")
_DECIDES = {
    "hot_leads": _BY_HOT, "warm_leads": _BY_BOTH, "won_hot": _BY_HOT, "won_warm": _BY_WARM,
    "profit_hot": _BY_HOT, "profit_warm": _BY_WARM,
}  # fmt: skip


class ToldFigure(BaseModel):
    """A figure as a proposal's file has it."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class ToldEffect(BaseModel):
    """One consequence as a proposal's file has it."""

    unit: str
    in_force: ToldFigure
    considered: ToldFigure


def expected_of(
    effect: Sequence[ToldEffect], *, considered: Thresholds | None, before: Thresholds,
    signed: Thresholds,
) -> Expected | None:  # fmt: skip
    """Return what the replay said of the thresholds that are signed, None where it said nothing.

    Of one threshold signed alone, a measure counts where all that decides it was replayed as signed.
    """
    if considered is None or len(effect) != len(MEASURES):
        return None
    told = {
        name: _range(each, name, considered, before, signed)
        for name, each in zip(MEASURES, effect, strict=True)
    }
    if all(each is None for each in told.values()):
        return None
    return Expected(
        per="week" if effect[0].unit.endswith("a week") else "1,000 leads",
        n_leads=effect[0].considered.n,
        **told,
    )


def _range(
    effect: ToldEffect, name: str, considered: Thresholds, before: Thresholds, signed: Thresholds
) -> list[float] | None:
    for replayed, figure in ((considered, effect.considered), (before, effect.in_force)):
        if all(getattr(replayed, tier) == getattr(signed, tier) for tier in _DECIDES[name]):
            if figure.value is None or figure.low is None or figure.high is None:
                return None
            return [float(f"{end:.4g}") for end in (figure.value, figure.low, figure.high)]
    return None
