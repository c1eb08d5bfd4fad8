"""The tables of the house as pandera schemas: grain and key first, then columns with units.

Text is pandas ``str``; stored times are UTC with microseconds; a lead's id is always text.
"""

from __future__ import annotations

import sys

import pandas as pd

# Where PySpark is installed pandera imports its pandas, which does not know pandas 3: seconds for a warning.
# Named absent, it is left alone; goes when pandera imports it only where it is used.
sys.modules.setdefault("pyspark.pandas", None)  # type: ignore[arg-type]

import pandera.pandas as pa  # noqa: E402

from leadscore.domain.errors import InputError  # noqa: E402

TIME = "datetime64[us, UTC]"
STATUSES = ("won", "lost", "open")
TIERS = ("hot", "warm", "cold")
_UNIT = pa.Check.in_range(0, 1)
_POINTS = pa.Check.in_range(0, 100)


def _table(
    name: str, columns: dict[str, pa.Column], *, key: list[str] | None, strict: bool = True
) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, name=name, unique=key, strict=strict, coerce=False)


def _time(*, nullable: bool = False) -> pa.Column:
    return pa.Column(TIME, nullable=nullable)


def _text(*, nullable: bool = False, isin: tuple[str, ...] | None = None) -> pa.Column:
    return pa.Column("str", pa.Check.isin(isin) if isin else None, nullable=nullable)


def _number(check: pa.Check | None = None, *, nullable: bool = True) -> pa.Column:
    return pa.Column("float64", check, nullable=nullable)


# One lead; key lead_id. Further columns are the mapping's properties (str or float64).
# `order` stands for time: epoch seconds of created_at, or the rank the mapping declares. `row` is the
# lead's place in its file, from 1: the leakage gate asks what it knows; it is never a feature.
# `account_id` is the lead's company, where the mapping has the role; never a feature either.
# CRM quirk: created_at is the date of the record; imports in bulk share one second.
LEADS = _table(
    "leads",
    {
        "lead_id": _text(),
        "created_at": _time(nullable=True),
        "order": pa.Column("int64"),
        "row": pa.Column("int64", pa.Check.ge(1)),
        "account_id": pa.Column("str", nullable=True, required=False),
    },
    key=["lead_id"],
    strict=False,
)

# One value of one property of a lead, in force from `known_from` until the next one; null: none any more.
# Key (lead_id, property, known_from). Only properties whose history the export tells; numbers and flags
# are written as text. A lead that never changed has its exported value from its creation on.
# CRM quirk: a migration rewrites a field of all leads at one moment.
CHANGES = _table(
    "changes",
    {
        "lead_id": _text(),
        "property": _text(),
        "value": _text(nullable=True),
        "known_from": _time(),
    },
    key=["lead_id", "property", "known_from"],
)

# One action of a lead; sorted by (lead_id, occurred_at). Same-second repeats are kept: they happened.
EVENTS = _table(
    "events",
    {
        "lead_id": _text(),
        "occurred_at": _time(),
        "type": _text(),
        "subject": _text(nullable=True),
        "value": _number(),
    },
    key=None,
)

# One episode of a lead; key (lead_id, opened_at). It is open in [opened_at, closed_at); a lead that was
# closed and reopened, or has several deals, has several. opened_at is created_at where the export tells
# nothing else, null in wide exports; closed_at is null while open and in wide exports. amount in EUR.
# CRM quirk: reps close in batches at the end of a quarter, so closed_at may lag the decision.
OUTCOMES = _table(
    "outcomes",
    {
        "lead_id": _text(),
        "opened_at": _time(nullable=True),
        "status": _text(isin=STATUSES),
        "closed_at": _time(nullable=True),
        "amount": _number(),
        "reason": _text(nullable=True),
    },
    key=["lead_id", "opened_at"],
)

# One verdict of a rep on a score, and one answer of a won customer (0 to 10). Both optional.
FEEDBACK = _table(
    "feedback", {"lead_id": _text(), "occurred_at": _time(), "verdict": _text()}, key=None
)
NPS = _table(
    "nps",
    {
        "lead_id": _text(),
        "occurred_at": _time(),
        "nps": _number(pa.Check.in_range(0, 10), nullable=False),
    },
    key=None,
)

# One refused row: file, 1-based line in it, column, code, value (shortened), what was done.
REJECTED = _table(
    "rejected",
    {
        "file": _text(),
        "line": pa.Column("int64"),
        "column": _text(nullable=True),
        "code": _text(),
        "value": _text(nullable=True),
        "reason": _text(),
    },
    key=None,
)

# One look at one lead; key (lead_id, as_of), as_of null in wide exports. Further columns are features.
# label 1 won within the horizon, 0 not, null immature. age_days since creation (null in wide exports).
SNAPSHOTS = _table(
    "snapshots",
    {
        "lead_id": _text(),
        "as_of": _time(nullable=True),
        "order": pa.Column("int64"),
        "label": _number(pa.Check.isin([0.0, 1.0])),
        "is_mature": pa.Column("bool"),
        "closed_after_days": _number(pa.Check.ge(0)),
        "closed_won": pa.Column("bool"),
        "age_days": _number(pa.Check.ge(0)),
    },
    key=["lead_id", "as_of"],
    strict=False,
)

# One issued score; key (lead_id). as_of null only in wide exports. Reasons are text, strongest first.
# explore: cold, and drawn to be worked all the same; scores issued before 2026-11-28 do not tell. tier_before: of the
# last night, null for a lead without one; expires_at: from when on nobody should act on the score; from 2026-11-29 on.
ISSUED = _table(
    "issued",
    {
        "lead_id": _text(),
        "as_of": _time(nullable=True),
        "score": _number(_POINTS, nullable=False),
        "probability": _number(_UNIT, nullable=True),
        "tier": _text(isin=TIERS),
        "grid_points": _number(_POINTS, nullable=False),
        "fit_points": _number(nullable=False),
        "engagement_points": _number(nullable=False),
        "cell": _text(),
        "trend": _text(isin=("improving", "steady", "declining", "not enough info")),
        "reasons_for": _text(nullable=True),
        "reasons_against": _text(nullable=True),
        "opinion": _text(isin=("model", "grid", "base_rate")),
        "bundle_sha256": _text(),
        "decision_id": _text(),
        "explore": pa.Column("bool", required=False),
        "expires_at": pa.Column(TIME, nullable=True, required=False),
        "tier_before": pa.Column("str", pa.Check.isin(TIERS), nullable=True, required=False),
    },
    key=["lead_id"],
)


def check(schema: pa.DataFrameSchema, table: pd.DataFrame, *, file: object = None) -> pd.DataFrame:
    """Return `table` as it is if it fits `schema`.

    Raises
    ------
    InputError
        ``bad-table``: naming the column, the check and the first offending value.
    """
    try:
        validated: pd.DataFrame = schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        raise InputError(
            "bad-table",
            f"table {schema.name}: check {first['check']} failed for {first['failure_case']!r} "
            f"({len(error.failure_cases)} failures)",
            file=file,
            column=str(first["column"]),
            fix="run `leadscore ingest` again; if it persists, the table was changed by hand",
        ) from error
    return validated
