"""Tiny tables for tests: events and looks written as they are read."""

import numpy as np
import pandas as pd

from leadscore.history.log import EventLog, Moments


def times(values):
    return pd.Series(pd.to_datetime(list(values), utc=True, format="ISO8601")).dt.as_unit("us")


def events(*rows):
    """Each row: ``(lead, "2026-01-05 14:00", type)`` or with a subject as fourth, a value as fifth."""
    subjects = [row[3] if len(row) > 3 else None for row in rows]
    return pd.DataFrame(
        {
            "lead_id": pd.Series([row[0] for row in rows], dtype="str"),
            "occurred_at": times(row[1] for row in rows),
            "type": pd.Series([row[2] for row in rows], dtype="str"),
            "subject": pd.Series(subjects, dtype="str"),
            "value": np.array([row[4] if len(row) > 4 else np.nan for row in rows], dtype=float),
        }
    )


def looks(*rows):
    """Each row: ``(lead, "2026-01-12")``."""
    return pd.DataFrame(
        {
            "lead_id": pd.Series([row[0] for row in rows], dtype="str"),
            "as_of": times(row[1] for row in rows),
        }
    )


def log_and_moments(event_rows, look_rows):
    snapshots = looks(*look_rows)
    log = EventLog.from_table(events(*event_rows), snapshots["lead_id"].unique())
    return log, Moments.from_table(snapshots, log)
