"""Tables, settings and grids in miniature, written the way a person reads them.

A text table has one header line and one row a line, cells between ``|``. An empty cell is missing.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from leadscore.adapters.config.params import load_settings
from leadscore.domain.mapping import Property
from leadscore.domain.settings import Settings
from leadscore.scoring.calibration import GridCurve
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.scale import Scale
from leadscore.scoring.scorer import Scorer
from tests.tables import times

ROOT = Path(__file__).parents[1]
EPOCH = pd.Timestamp("1970-01-01", tz="UTC")


def rows(text):
    """Return the rows of a text table as dicts of texts; an empty cell is None."""
    header, *body = [
        [cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()
    ]
    return [{n: c or None for n, c in zip(header, line, strict=True)} for line in body]


def leads(text):
    """Columns ``lead_id | created_at | any properties``; properties that look like numbers are."""
    table = rows(text)
    created = times(r["created_at"] for r in table)
    properties = {}
    for name in [n for n in table[0] if n not in ("lead_id", "created_at")]:
        cells = [r[name] for r in table]
        is_number = all(c is None or c.replace(".", "", 1).isdigit() for c in cells) and any(cells)
        properties[name] = pd.Series(cells, dtype="float64" if is_number else "str")
    return pd.DataFrame(
        {
            "lead_id": pd.Series([r["lead_id"] for r in table], dtype="str"),
            "created_at": created,
            "order": order_of(created),
            "row": np.arange(1, len(table) + 1),
            **properties,
        }
    )


def order_of(moments):
    """Return the second of each time; where one is missing, the place in the table."""
    if moments.isna().any():
        return np.arange(len(moments))
    return ((moments - EPOCH) // pd.Timedelta(seconds=1)).astype("int64")


def outcomes(text):
    """Columns ``lead_id | status | closed_at`` and, if needed, ``opened_at``; else long ago."""
    table = rows(text)
    return pd.DataFrame(
        {
            "lead_id": pd.Series([r["lead_id"] for r in table], dtype="str"),
            "opened_at": times(r.get("opened_at", "2020-01-01") for r in table),
            "status": pd.Series([r["status"] for r in table], dtype="str"),
            "closed_at": times(r["closed_at"] for r in table),
            "amount": np.full(len(table), np.nan),
            "reason": pd.Series([None] * len(table), dtype="str"),
        }
    )


def events(text):
    """Columns ``lead_id | occurred_at | type`` and, if needed, ``subject``."""
    table = rows(text)
    subject = [r.get("subject") for r in table]
    return pd.DataFrame(
        {
            "lead_id": pd.Series([r["lead_id"] for r in table], dtype="str"),
            "occurred_at": times(r["occurred_at"] for r in table),
            "type": pd.Series([r["type"] for r in table], dtype="str"),
            "subject": pd.Series(subject, dtype="str"),
            "value": np.full(len(table), np.nan),
        }
    )


def no_events():
    return events("lead_id | occurred_at | type\na | 2026-01-01 | x").iloc[:0]


def looks(text):
    """Columns ``lead_id | as_of`` and, if needed, ``age_days``; order is the second of as_of."""
    table = rows(text)
    as_of = times(r["as_of"] for r in table)
    age = [float(r.get("age_days") or "nan") for r in table]
    return pd.DataFrame(
        {
            "lead_id": pd.Series([r["lead_id"] for r in table], dtype="str"),
            "as_of": as_of,
            "order": order_of(as_of),
            "age_days": np.array(age),
        }
    )


def utc(text):
    return pd.Timestamp(text, tz="UTC")


def seconds(text):
    return utc(text).value // 10**9


def agrees(table, expected):
    """Compare columns and values with a text table; ``-`` and empty cells are missing."""
    wanted = rows(expected)
    found = [{name: _shown(row[name]) for name in wanted[0]} for row in table.to_dict("records")]
    assert found == [{n: _shown(cell) for n, cell in row.items()} for row in wanted]


def _shown(value):
    """Return times to the second, numbers with six digits and texts as they are."""
    if value is None or value == "-" or value is pd.NaT or value != value:
        return "-"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")
    try:
        return f"{float(value):.6g}"
    except ValueError:
        return value


def category(name, *, known="at_creation", excluded=None):
    return Property(name, "category", known, name.capitalize(), excluded)


def number(name, *, known="at_creation", excluded=None):
    return Property(name, "number", known, name.capitalize(), excluded)


def settings(**changes):
    """Return the project's own settings with some keys changed: ``settings(label={"horizon_days": 7})``."""
    plain = load_settings(ROOT / "params.yaml").model_dump(by_alias=True)
    for block, values in changes.items():
        plain[block] = {**plain[block], **values} if isinstance(values, dict) else values
    return Settings.model_validate(plain)


def small_settings(**changes):
    """Return settings for some hundred rows: small leaves, few rounds, low gates."""
    defaults = {
        "threads": 1,
        "label": {"horizon_days": 28},
        "features": {"min_level_rows": 5},
        "model": {"min_child_samples": 10, "max_rounds": 60, "patience": 10, "learning_rate": 0.2},
        "gates": {"min_won": 10},
        "review": {"bootstrap": 100},
    }
    for block, values in changes.items():
        given = defaults.get(block)
        defaults[block] = {**given, **values} if isinstance(given, dict) else values
    return settings(**defaults)


def plain_grid():
    """Return a grid as its YAML would read: a channel, a demo request, silence, a student."""
    said = {"owner": "test", "reason": "a test"}
    return {
        "grid": "tiny",
        "version": "2026-01-01",
        "owner": "test",
        "description": "Two criteria for tests.",
        "bands": {"hot": 60, "warm": 30},
        "cells": {"fit": {"A": 30, "B": 10}, "engagement": {"1": 40, "2": 10}},
        "disqualifiers": [
            {
                "id": "spam",
                "words": {"en": "Spam", "fr": "Spam"},
                "when": {"property": "channel", "equals": "spam"},
                **said,
            }
        ],
        "rules": [
            {
                "id": "referral",
                "words": {"en": "Came by referral", "fr": "Recommandation"},
                "group": "fit",
                "points": 30,
                "when": {"property": "channel", "equals": "referral"},
                **said,
            },
            {
                "id": "demo",
                "words": {"en": "Asked for a demo", "fr": "Demande de démonstration"},
                "group": "engagement",
                "points": 40,
                "when": {"event": "demo_request"},
                **said,
            },
        ],
    }


def grid():
    return parse_grid(plain_grid(), file="tiny.yaml")


def scorer_by_grid():
    """Return a scorer by the grid: log-odds (points - 40) / 20, so 0, 40, 80 points are e^-2, 1, e^2."""
    none = ((0.0, 0.0), (0.0, 0.0))
    curve = GridCurve(40.0, 20.0, 1.0, 0.0, none, n=10, n_won=5, effective_weight=10.0)
    return Scorer("grid", None, grid(), curve, 0.5, Scale(10.0, 0.5))
