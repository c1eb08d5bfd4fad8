"""A mapping is accepted only if it says everything, and nothing twice or against itself."""

import json
from pathlib import Path

import pytest

from leadscore.adapters.config.sources import load_mapping
from leadscore.domain.errors import InputError
from tests.exports import plain_mapping, wide_mapping

ROOT = Path(__file__).parents[2]


def loaded(folder, plain):
    path = folder / "source.yaml"
    path.write_text(json.dumps(plain, indent=1))  # JSON is YAML
    return load_mapping(path)


def with_column(file, header, **column):
    plain = plain_mapping()
    plain["files"][file]["columns"][header] = column
    return plain


def without(file, header):
    plain = plain_mapping()
    del plain["files"][file]["columns"][header]
    return plain


@pytest.mark.parametrize(
    "source", sorted((ROOT / "config/sources").glob("*.yaml")), ids=lambda p: p.stem
)
def test_shipped_mappings_are_sound(source):
    mapping = load_mapping(source)
    assert mapping.description
    assert mapping.property_columns()


def test_files_know_the_tables_they_feed(tmp_path):
    mapping = loaded(tmp_path, plain_mapping())
    assert {name: file.tables for name, file in mapping.files.items()} == {
        "leads": ("leads",), "events": ("events",), "deals": ("outcomes",),
    }  # fmt: skip
    wide = loaded(tmp_path, wide_mapping({"X": {"role": "property", "name": "x"}}))
    assert wide.files["leads"].tables == ("leads", "outcomes")


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        (plain_mapping() | {"shapes": "events"}, "shapes: unknown key; did you mean 'shape'?"),
        (
            plain_mapping(shape="long"),
            "shape: must be one of 'events', 'dated' or 'wide', got 'long'",
        ),
        (plain_mapping(zone="Europe/Pariss"), "no such IANA zone: 'Europe/Pariss'"),
        (
            plain_mapping(format="day first"),
            "format: must be one of iso, epoch_s, epoch_ms, epoch_us, excel, excel_1904 or a strptime format",
        ),
        (
            plain_mapping(observed_until="2024-01-01"),
            "observed_until: expected ISO 8601 with offset",
        ),
        (plain_mapping(statuses={}), "`statuses` must say which words mean won and lost"),
        (
            plain_mapping(statuses={"Won": "one"}),
            "statuses.Won: must be one of 'won', 'lost' or 'open', got 'one'",
        ),
        (plain_mapping(events={}), "`events` must list the words of the event file"),
        (plain_mapping(order="row", lead_id="row"), "`lead_id: row` needs shape `wide`"),
        (plain_mapping(shape="wide"), "shape `wide` has no events"),
        (plain_mapping(order="column"), "`order: column` needs a column of role `order`"),
        (without("leads", "Id"), "files.leads: no column has the role `lead_id`"),
        (without("leads", "Created"), "needs a column of role `created_at`"),
        (without("deals", "Closed"), "needs a column of role `closed_at`"),
        (without("events", "What"), "files.events: the roles make no table"),
        (with_column("leads", "X", role="property"), "`name` is needed for role `property`"),
        (
            with_column("leads", "X", role="property", name="order"),
            "'order' is a column of the leads table",
        ),
        (
            with_column("leads", "X", role="property", name="channel"),
            "two columns have the name `channel`",
        ),
        (with_column("leads", "X", role="created_at"), "two columns have the role `created_at`"),
        (with_column("leads", "X", role="key"), "role `key` goes into `lookups`"),
        (with_column("leads", "X", role="amount"), "go with a column of role `status`"),
        (with_column("deals", "X", role="subject"), "go with a column of role `type`"),
        (
            with_column("deals", "X", role="property", name="x"),
            "exactly one file must hold the leads, got 2",
        ),
        (with_column("events", "X", role="property", name="x"), "can't also hold leads"),
        (with_column("events", "X", role="statuss"), "columns.X.role: must be one of"),
        (
            with_column("leads", "X", role="ignore", kind="number"),
            "`kind` and `excluded` go with role `property`",
        ),
        (
            with_column("leads", "X", role="property", name="x", range=[5, 1]),
            "`range` must be [lowest, highest]",
        ),
    ],
)
def test_contradictions_are_refused_with_their_key(tmp_path, plain, says):
    with pytest.raises(InputError) as stop:
        loaded(tmp_path, plain)
    assert says in str(stop.value)
    assert stop.value.row is not None


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"path": "../leads.csv"}, "must lie below the export's folder"),
        ({"path": "/etc/passwd"}, "must lie below the export's folder"),
        ({"encoding": "utf-99"}, "no such encoding: 'utf-99'"),
        ({"separator": "||"}, "files.leads.separator: "),
        ({"decimal": ",", "thousands": ","}, "`thousands` and `decimal` must differ"),
        (
            {"lookups": [{"path": "x.csv", "by": "Channel", "columns": {}}]},
            "a lookup needs one column of role `key`",
        ),
    ],
)
def test_impossible_files_are_refused(tmp_path, keys, says):
    plain = plain_mapping()
    plain["files"]["leads"] |= keys
    with pytest.raises(InputError) as stop:
        loaded(tmp_path, plain)
    assert says in str(stop.value)


def test_one_type_is_engagement_or_it_is_not(tmp_path):
    events = plain_mapping()["events"] | {
        "Mail read": {"type": "email_opened", "is_engagement": False}
    }
    with pytest.raises(
        InputError, match="type `email_opened` is engagement by one word and not by another"
    ):
        loaded(tmp_path, plain_mapping(events=events))


def test_outcomes_come_from_one_place_and_from_known_types(tmp_path):
    ends = {"won": ["demo_requst"], "lost": ["email_sent"]}
    with pytest.raises(InputError) as stop:
        loaded(tmp_path, plain_mapping(outcomes_from_events=ends))
    assert "got 2 of them" in str(stop.value)
    assert "'demo_requst' is no type of `events`; did you mean 'demo_request'?" in str(stop.value)


def test_unquoted_status_words_must_be_quoted(tmp_path):
    path = tmp_path / "source.yaml"
    path.write_text("statuses:\n  1: won\n")
    with pytest.raises(
        InputError, match=r"source\.yaml:2:3 yaml-trap: key `1` is not text — quote it"
    ):
        load_mapping(path)
