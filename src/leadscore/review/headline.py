"""The few numbers that DVC and MLflow show of a training: nested, flat-named, finite."""

from __future__ import annotations

from typing import Any

import pandas as pd

from leadscore.review.rows import plain


def headline(figures: pd.DataFrame, differences: pd.DataFrame) -> dict[str, Any]:
    """Return opinion -> metric -> value, low, high, and the gap of model to grid, with n and n_won.

    Parameters
    ----------
    figures, differences
        Tables of `comparison.Comparison`.

    Returns
    -------
    Plain values for JSON; what is not defined is left out.
    """
    out: dict[str, Any] = {}
    for row in figures.to_dict(orient="records"):
        out.setdefault(row["opinion"], {})[row["metric"]] = _numbers(row)
    for row in differences.to_dict(orient="records"):
        gaps = out.setdefault(f"{row['a']}_minus_{row['b']}", {})
        gaps[row["metric"]] = {**_numbers(row), **_known({"p_better": row["p_a_better"]})}
    first = figures.iloc[0]
    return {**out, "leads": int(first["n"]), "won": int(first["n_won"])}


def _numbers(row: dict[Any, Any]) -> dict[str, float]:
    return _known({name: row[name] for name in ("value", "low", "high")})


def _known(numbers: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in plain(numbers).items() if value is not None}
