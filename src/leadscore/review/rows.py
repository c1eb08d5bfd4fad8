"""Figures as rows of tables, and tables as plain JSON values."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from leadscore.domain.settings import ReviewSettings
from leadscore.metrics import Figure, rate, row_rate


def record(figure: Figure) -> dict[str, Any]:
    """Return a figure as columns of a table; no reason is the empty text."""
    return {**vars(figure), "why_no_interval": figure.why_no_interval or ""}


def group_rate(looks: pd.DataFrame, review: ReviewSettings) -> Figure:
    """Return the rate won of a group of looks, or "too few"."""
    if len(looks) == 0:
        return rate(0, 0, min_leads=review.min_leads)
    return row_rate(
        looks["label"], cluster=looks["lead_id"].astype(object), min_leads=review.min_leads
    )


def plain(value: Any) -> Any:
    """Return JSON values: six significant digits, NaN and infinity as None."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
