"""How the quarter's tables and figures are called, and how their numbers are written."""

from __future__ import annotations

TABLES = {
    "shares": "Where leads stood at their last score",
    "conversion": "Conversion by tier and band, by the first score",
    "correlation": "Does conversion follow the score",
    "segments": "Conversion by segment",
    "inactivity": "Conversion by days since the lead's last own action",
    "time_to_close": "Days to the win",
    "value": "Value of won deals",
    "waiting": "Not yet decided: conversion to be expected",
    "stuck": "Stuck between the thresholds",
    "feedback": "Sales' verdicts against the score",
    "nps": "NPS of customers by the score they had",
    "working": "Worked and not worked, by tier",
    "exploration": "Exploration: cold leads drawn by chance",
}
# Words, unit and pattern; the unit "share" is written as a percentage.
FIGURES = {
    "share": ("Share of leads", "share", "{:.1f}"),
    "conversion": ("Won", "share", "{:.1f}"),
    "half_gone": ("Half of the points gone", "days, by the grid", "{:g}"),
    "rank_correlation": ("Rank correlation", "from -1 to 1", "{:.2f}"),
    "days_from_score_first_quartile": ("A quarter won after", "days from the score", "{:.0f}"),
    "days_from_score_median": ("Half won after", "days from the score", "{:.0f}"),
    "days_from_score_third_quartile": ("Three quarters won after", "days from the score", "{:.0f}"),
    "days_from_opening_first_quartile": ("A quarter won after", "days from opening", "{:.0f}"),
    "days_from_opening_median": ("Half won after", "days from opening", "{:.0f}"),
    "days_from_opening_third_quartile": ("Three quarters won after", "days from opening", "{:.0f}"),
    "amount_median": ("Median", "EUR", "{:,.0f}"),
    "amount_total": ("Total", "EUR", "{:,.0f}"),
    "expected_conversion": ("Expected to be won", "share", "{:.1f}"),
    "share_warm": ("Warm", "share", "{:.1f}"),
    "share_stuck": ("Stuck", "share", "{:.1f}"),
    "share_overrated": ("Overrated", "share", "{:.1f}"),
    "share_underrated": ("Underrated", "share", "{:.1f}"),
    "nps": ("NPS", "points from -100 to 100", "{:+.0f}"),
    "share_worked": ("Worked", "share", "{:.1f}"),
    "conversion_worked": ("Won, worked", "share", "{:.1f}"),
    "conversion_not_worked": ("Won, not worked", "share", "{:.1f}"),
    "conversion_marked": ("Won, marked", "share", "{:.1f}"),
    "conversion_not_marked": ("Won, not marked", "share", "{:.1f}"),
    "difference": ("Difference", "share", "{:+.1f}"),
}
BASES = {
    "issued": "scores really issued",
    "out of time": "NOT issued: out-of-time scores of the training",
}
