"""Floor 1, figures: how good probabilities are, and how sure that is. May import `domain` only."""

from leadscore.metrics.figures import (
    Difference,
    Figure,
    interval,
    paired_difference,
    rate,
    row_rate,
    too_few,
    without_interval,
)
from leadscore.metrics.quality import (
    Metric,
    average_precision,
    brier,
    calibration_line,
    calibration_ratio,
    calibration_slope,
    ece,
    lift_at,
    log_loss,
    precision_at,
    roc_auc,
)

__all__ = [
    "Difference",
    "Figure",
    "Metric",
    "average_precision",
    "brier",
    "calibration_line",
    "calibration_ratio",
    "calibration_slope",
    "ece",
    "interval",
    "lift_at",
    "log_loss",
    "paired_difference",
    "precision_at",
    "rate",
    "roc_auc",
    "row_rate",
    "too_few",
    "without_interval",
]
