"""The tables of the house as pandera schemas: grain and key first, then columns with units.

Text is pandas ``str``; stored times are UTC with microseconds; a lead's id is always text.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from leadscore.domain.errors import InputError

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
# `order` stands for time: epoch seconds of created_at, or the rank the mapping declares.
# CRM quirk: created_at is the date of the record; imports in bulk share one second.
LEADS = _table(
    "leads",
    {
        "lead_id": _text(),
        "created_at": _time(nullable=True),
        "order": pa.Column("int64"),
    },
    key=["lead_id"],
    strict=False,
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

# One lead; key lead_id. closed_at is null while open and in wide exports without dates. amount in EUR.
# CRM quirk: reps close in batches at the end of a quarter, so closed_at may lag the decision.
OUTCOMES = _table(
    "outcomes",
    {
        "lead_id": _text(),
        "status": _text(isin=STATUSES),
        "closed_at": _time(nullable=True),
        "amount": _number(),
        "reason": _text(nullable=True),
    },
    key=["lead_id"],
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
        "age_days": _number(pa.Check.ge(0)),
    },
    key=["lead_id", "as_of"],
    strict=False,
)

# One issued score; key (lead_id). as_of null only in wide exports. Reasons are text, strongest first.
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
