"""Settings of what watches the world move. Units and reasons stand in `params.yaml`, ranges here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadscore.domain.strict import Share, Strict


class DriftSettings(Strict):
    """When a feature tells the date, and when a segment's percentages are unfit."""

    date_auc: Annotated[float, Field(gt=0.5, le=1)]
    new_share: Share
    date_features: Literal["keep", "drop"]
    unfit_ratio: Annotated[float, Field(gt=1, le=10)]
    min_psi: Share
    false_alarm: Annotated[float, Field(gt=0, lt=0.5)]
