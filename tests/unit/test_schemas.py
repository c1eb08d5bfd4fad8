"""A table that is not as declared is refused with its column and its first offending value."""

import pandas as pd
import pytest

from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from tests.fakes import events, leads, looks, outcomes

LEADS = "lead_id | created_at | channel\na | 2026-01-01 | ads\nb | 2026-01-02 | fair"
OUTCOMES = "lead_id | status | closed_at\na | won | 2026-02-01\nb | open |"
EVENTS = "lead_id | occurred_at | type\na | 2026-01-01 | x\na | 2026-01-01 | x"


def test_tables_as_declared_pass_unchanged():
    for schema, table in (
        (schemas.LEADS, leads(LEADS)),
        (schemas.OUTCOMES, outcomes(OUTCOMES)),
        (schemas.EVENTS, events(EVENTS)),  # two actions in one second both happened
    ):
        pd.testing.assert_frame_equal(schemas.check(schema, table), table)


@pytest.mark.parametrize(
    ("schema", "table", "said"),
    [
        (schemas.LEADS, leads(LEADS).assign(lead_id=[1, 2]), "lead_id"),
        (schemas.LEADS, leads(LEADS).assign(lead_id=pd.Series(["a", "a"], dtype="str")), "lead_id"),
        (schemas.LEADS, leads(LEADS).assign(created_at=pd.Timestamp("2026-01-01")), "created_at"),
        (schemas.LEADS, leads(LEADS).assign(order=[0.5, 1.5]), "order"),
        (schemas.LEADS, leads(LEADS).drop(columns="order"), "order"),
        (
            schemas.OUTCOMES,
            outcomes(OUTCOMES).assign(status=pd.Series(["won", "?"], dtype="str")),
            "'?'",
        ),
        (schemas.OUTCOMES, outcomes(OUTCOMES).assign(extra=1), "extra"),
        (schemas.EVENTS, events(EVENTS).assign(type=pd.Series(["x", None], dtype="str")), "type"),
    ],
)
def test_other_tables_are_refused_by_name(schema, table, said):
    with pytest.raises(InputError) as refused:
        schemas.check(schema, table, file="data/tables/x.parquet")
    assert refused.value.code == "bad-table"
    assert said in str(refused.value)
    assert str(refused.value).startswith("data/tables/x.parquet:")
    assert "\n" not in str(refused.value)


def test_labels_are_0_1_or_missing():
    table = looks("lead_id | as_of | age_days\na | 2026-01-05 | 1").assign(
        label=0.5, is_mature=True, closed_after_days=3.0, closed_won=True
    )
    with pytest.raises(InputError, match="0.5"):
        schemas.check(schemas.SNAPSHOTS, table)
    schemas.check(schemas.SNAPSHOTS, table.assign(label=float("nan")))
    schemas.check(schemas.SNAPSHOTS, table.assign(label=1.0, lead_channel="a feature"))
    schemas.check(schemas.SNAPSHOTS, table.assign(label=1.0, closed_after_days=float("nan")))
    with pytest.raises(InputError, match="closed_after_days"):
        schemas.check(schemas.SNAPSHOTS, table.assign(label=1.0, closed_after_days=-1.0))
