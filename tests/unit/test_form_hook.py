"""A lead of a form gets what the night would issue, and what is malformed is told by row and column."""

import dataclasses
import json

import pandas as pd
import pytest

from leadscore.adapters.bundle import read_bundle, write_bundle
from leadscore.adapters.form_hook import ANSWERED, Form, answered
from leadscore.domain.errors import InputError
from leadscore.scoring.described import golden_rows
from leadscore.scoring.issuing import Issue
from leadscore.scoring.whole_night import score_open_leads
from tests.fakes import plain_grid, utc

MONDAY = utc("2026-03-02")


@pytest.fixture(scope="module")
def bundle(world_trained, taken, tmp_path_factory):
    """Return the world's bundle, read, the model leading."""
    folder = tmp_path_factory.mktemp("form") / "bundle"
    write_bundle(
        folder, dataclasses.replace(world_trained.scorer, opinion="model"), grid_source=plain_grid(),
        golden=golden_rows(world_trained, taken.snapshots), about={}, typical=world_trained.typical,
    )  # fmt: skip
    return read_bundle(folder)


@pytest.fixture(scope="module")
def form(world, world_settings):
    return Form(
        "events", world_settings, world_settings.thresholds.initial, "0001", world.properties,
        world.event_labels, world.engagement_types,
    )  # fmt: skip


def asked_as_json(world, ids):
    """Return leads as a form hook would send them, having been through JSON."""
    names = ["lead_id", "created_at", *(each.name for each in world.properties)]
    leads = world.leads.set_index("lead_id", drop=False).loc[ids, names]
    events = world.events.events
    rows = json.loads(leads.to_json(orient="records", date_format="iso", date_unit="us"))
    for row in rows:
        own = events.loc[events["lead_id"] == row["lead_id"]].drop(columns="lead_id")
        row["events"] = json.loads(own.to_json(orient="records", date_format="iso", date_unit="us"))
        row["as_of"] = MONDAY.isoformat()
    return pd.DataFrame(rows)


def test_a_form_gets_the_very_answer_of_the_night(bundle, form, world, world_settings):
    """Forty open leads with all their events, in an order of their own: every figure and word is the night's."""
    about = Issue(
        form.thresholds, "0001", bundle.sha256, world_settings.score.reasons_per_sign,
        world_settings.score.trend_points, world_settings.score.language, bundle.typical,
    )  # fmt: skip
    night, _ = score_open_leads(
        bundle.scorer,
        world,
        world_settings,
        shape="events",
        as_of=MONDAY,
        until=MONDAY,
        about=about,
    )
    ids = night["lead_id"].sample(40, random_state=1).tolist()
    told = answered(bundle, form, asked_as_json(world, ids))
    expected = night.set_index("lead_id").loc[ids].reset_index()[list(ANSWERED)]
    pd.testing.assert_frame_equal(told, expected, check_exact=True)
    assert told["probability"].nunique() > 20


def test_who_is_asked_beside_a_lead_changes_no_bit_of_its_answer(bundle, form, world):
    """Twenty leads together, and each alone: NumPy adds up a row that is alone in another order."""
    ids = world.outcomes.loc[world.outcomes["status"] == "open", "lead_id"].tolist()
    created = world.leads.set_index("lead_id")["created_at"]
    rows = asked_as_json(world, [lead for lead in ids if created[lead] <= MONDAY][:20])
    assert len(rows) == 20
    alone = [answered(bundle, form, rows.iloc[[i]].reset_index(drop=True)) for i in range(20)]
    together = answered(bundle, form, rows)
    pd.testing.assert_frame_equal(pd.concat(alone, ignore_index=True), together, check_exact=True)


def test_a_form_travels_as_plain_values(form):
    again = Form.from_dict(json.loads(json.dumps(form.to_dict())))
    assert again.to_dict() == form.to_dict()
    assert again.settings == form.settings
    assert list(again.properties) == list(form.properties)


def test_a_new_lead_without_events_is_scored(bundle, form):
    """What a form says that nobody has seen before: three cells."""
    row = {"lead_id": "new", "created_at": "2026-03-02T09:00:00", "as_of": "2026-03-02T09:00:01Z"}
    told = answered(bundle, form, pd.DataFrame([row]))
    assert told["lead_id"].tolist() == ["new"]
    assert 0 <= told["score"][0] <= 100
    assert told["tier"][0] in ("hot", "warm", "cold")


WHOLE = {"lead_id": "a", "created_at": "2026-03-01", "as_of": "2026-03-02", "employees": 12}
EVENT = {"occurred_at": "2026-03-01T10:00:00Z", "type": "demo_request"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"lead_id": None}, r"request:lead_id form-lead: every row needs a lead_id of its own"),
        ({"lead_id": 7}, r"request:1:lead_id form-cell: expected text or null"),
        ({"created_at": "soon"}, r"request:1:created_at form-time: expected an ISO 8601 time, got 'soon'"),
        ({"created_at": None}, r"request:1:created_at form-time"),
        ({"created_at": "2026-03-03"}, r"request:1:created_at form-moment: created 2026-03-03.*after"),
        ({"employees": "many"}, r"request:1:employees form-cell: expected a number or null"),
        ({"employees": float("inf")}, r"request:1:employees form-cell"),
        ({"channel": 3}, r"request:1:channel form-cell: expected text or null"),
        ({"wealth": 3}, r"request:wealth form-column: no property of this source"),
        ({"events": "none"}, r"request:1:events form-event: expected a list of events"),
        ({"events": [{"type": "demo_request"}]}, r"request:1:events form-event: an event has occurred_at"),
        ({"events": [EVENT | {"type": "dance"}]}, r"form-event: an event's type is none of this source"),
        ({"events": [EVENT | {"type": ["x"]}]}, r"form-event: an event's type is none of this source"),
        ({"events": [EVENT | {"value": "x"}]}, r"request:1:events form-cell: expected a number"),
        ({"events": [EVENT | {"occurred_at": 5}]}, r"request:1:events form-cell: expected text"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_one_line_with_its_place(bundle, form, changed, told):
    with pytest.raises(InputError, match=told) as stopped:
        answered(bundle, form, pd.DataFrame([WHOLE | changed]))
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (pd.DataFrame(), "form-rows: expected one row a lead at least"),
        (pd.DataFrame([WHOLE]).drop(columns="as_of"), "request:as_of form-column: the column is missing"),
        (pd.DataFrame([WHOLE, WHOLE]), "form-lead"),
        (pd.DataFrame([WHOLE, WHOLE | {"lead_id": "b", "as_of": "2026-03-04"}]), "form-moment: all rows"),
    ],
)  # fmt: skip
def test_rows_that_do_not_go_together_are_refused(bundle, form, rows, told):
    with pytest.raises(InputError, match=told):
        answered(bundle, form, rows)
    with pytest.raises(InputError, match="form-undated"):
        answered(bundle, dataclasses.replace(form, shape="wide"), rows)
