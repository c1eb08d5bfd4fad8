"""How figures are called and written, the same on the page and on the screen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

METRIC_WORDS = {
    "log_loss": ("Log loss", "lower is better", "{:.4f}"),
    "roc_auc": ("ROC AUC", "higher is better", "{:.3f}"),
    "lift_top_decile": ("Lift in the top decile", "higher is better", "{:.2f}"),
    "average_precision": ("Average precision", "higher is better", "{:.3f}"),
    "brier": ("Brier score", "lower is better", "{:.4f}"),
    "calibration_slope": ("Calibration slope", "1 is right", "{:.2f}"),
}
ESTIMATE_WORDS = {
    "roc_auc": ("ROC AUC", "{:.3f}"),
    "log_loss": ("Log loss", "{:.4f}"),
    "precision_top_decile": ("Share won of the best tenth", "{:.1%}"),
    "precision_at_capacity": ("Share won of the hot list", "{:.1%}"),
}
OPINION_WORDS = {"model": "Model", "grid": "Manual grid", "base_rate": "Base rate"}


def number(value: float | None, pattern: str) -> str:
    """Format a number; missing is a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    return pattern.format(value).replace("-", "\N{MINUS SIGN}")


def spread(figure: Mapping[str, Any], pattern: str, *, prefix: str = "") -> str:
    """Format the interval of a figure, or say why there is none."""
    low, high = figure[f"{prefix}low"], figure[f"{prefix}high"]
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return str(figure[f"{prefix}why_no_interval"] or "no interval")
    return f"{number(low, pattern)}\N{NO-BREAK SPACE}to {number(high, pattern)}"


def percent(value: float | None) -> str:
    """Format a share as a percentage with one decimal."""
    return number(None if value is None else 100 * value, "{:.1f}%")


def percent_spread(figure: Mapping[str, Any]) -> str:
    """Format the interval of a share in percent."""
    scaled = {**figure}
    for end in ("low", "high"):
        scaled[end] = None if figure[end] is None else 100 * figure[end]
    return spread(scaled, "{:.1f}")
