"""Which rows belong to which lead: ids are text, and a row that names no one lead is refused."""

import pytest
from pydantic import ValidationError

from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Column
from tests.exports import DEALS, EVENTS, LEADS, column, plain_mapping, read, refused


def ids(export):
    return export.leads["lead_id"].tolist()


def test_ids_keep_leading_zeros_and_twenty_digits(tmp_path):
    leads = (
        "Id,Created,Channel\n"
        "00123,2024-01-01T08:00:00Z,ads\n"
        "123,2024-01-01T08:00:00Z,ads\n"
        "12345678901234567890,2024-01-01T08:00:00Z,ads\n"
        "1e5,2024-01-01T08:00:00Z,ads\n"
    )
    export = read(tmp_path, leads=leads, events=EVENTS.splitlines()[0] + "\n00123,2024-01-03T08:00:00Z,Mail opened\n",
                  deals=DEALS.splitlines()[0] + "\n00123,Won,2024-02-01T08:00:00Z\n")  # fmt: skip
    assert ids(export) == ["00123", "123", "12345678901234567890", "1e5"]
    assert export.events["lead_id"].tolist() == ["00123"]


def test_spaces_and_invisible_characters_around_an_id_are_no_part_of_it(tmp_path):
    leads = LEADS.replace("\na,", "\n\u00a0a\u200b ,")
    export = read(tmp_path, leads=leads)
    assert ids(export) == ["a", "b"]
    assert refused(export) == []


def test_two_unicode_forms_of_one_id_are_one_lead(tmp_path):
    leads = LEADS.replace("\na,", "\ncafe\u0301,")  # e and a combining accent
    events = EVENTS.replace("\na,", "\ncaf\u00e9,")  # one letter
    export = read(tmp_path, leads=leads, events=events, deals=DEALS.replace("\na,", "\ncaf\u00e9,"))
    assert ids(export) == ["b", "caf\u00e9"]
    assert len(export.events) == 2


def test_two_ids_of_one_file_that_differ_only_in_spaces_stop_the_run(tmp_path):
    with pytest.raises(InputError, match=r"leads\.csv:4:Id id-collision"):
        read(tmp_path, leads=LEADS + "a ,2024-01-03T08:00:00Z,ads\n")


@pytest.mark.parametrize("blank", ["", "  ", "NULL"])
def test_row_without_an_id_is_refused(tmp_path, blank):
    export = read(tmp_path, leads=LEADS + f"{blank},2024-01-03T08:00:00Z,ads\n")
    assert refused(export) == [("leads.csv", 4, "blank-id")]


def test_lead_told_twice_in_the_same_words_is_kept_once(tmp_path):
    export = read(tmp_path, leads=LEADS + "a,2024-01-01T08:00:00Z,ads\n")
    assert ids(export) == ["a", "b"]
    assert refused(export) == []
    assert export.warnings == ("leads.csv: 1 rows repeat an earlier one identically; one is kept",)
    assert [c.repeated for c in export.counts if c.table == "leads"] == [1]


def test_lead_told_twice_in_different_words_is_refused_altogether(tmp_path):
    export = read(tmp_path, leads=LEADS + "a,2024-01-01T08:00:00Z,fair\n")
    assert ids(export) == ["b"]
    assert refused(export) == [
        ("leads.csv", 2, "conflicting-id"),
        ("leads.csv", 4, "conflicting-id"),
        ("events.csv", 2, "lead-refused"),
        ("deals.csv", 2, "lead-refused"),
    ]


def test_event_of_an_unknown_lead_is_refused(tmp_path):
    export = read(tmp_path, events=EVENTS + "zz,2024-01-03T08:00:00Z,Mail opened\n")
    assert refused(export) == [("events.csv", 4, "orphan-event")]
    assert len(export.events) == 2


def test_events_of_one_second_are_all_kept_and_in_one_order(tmp_path):
    twice = EVENTS + "a,2024-01-03T08:00:00Z,Demo asked\na,2024-01-03T08:00:00Z,Mail opened\n"
    export = read(tmp_path, events=twice)
    assert export.events["lead_id"].tolist() == ["a", "a", "a", "b"]
    assert export.events["type"].tolist() == [
        "demo_request",
        "email_opened",
        "email_opened",
        "demo_request",
    ]


def test_order_of_rows_changes_nothing(tmp_path):
    first = read(tmp_path)
    header, *rows = LEADS.splitlines()
    shuffled = "\n".join([header, *reversed(rows)])
    header, *rows = EVENTS.splitlines()
    second = read(tmp_path, leads=shuffled, events="\n".join([header, *reversed(rows)]))
    assert column(first.leads, "order") == column(second.leads, "order")
    assert first.leads.drop(columns="row").equals(second.leads.drop(columns="row"))
    assert first.events.equals(second.events)
    assert first.outcomes.equals(second.outcomes)


def test_a_lead_keeps_its_place_in_the_file_and_no_property_may_take_its_name(tmp_path):
    """Refused rows are counted too: b is the third row."""
    export = read(tmp_path, leads="Id,Created\na,2024-01-01T08:00:00Z\n,2024-01-01T08:00:00Z\n"
                  "b,2024-01-02T08:00:00Z\n", files=without_channel())  # fmt: skip
    assert column(export.leads, "row") == {"a": 1, "b": 3}
    with pytest.raises(ValidationError, match="'row' is a column of the leads table"):
        Column.model_validate({"role": "property", "name": "row"})


def without_channel():
    files = plain_mapping()["files"]
    del files["leads"]["columns"]["Channel"]
    return files


def test_the_account_of_a_lead_is_kept_as_text_and_is_no_property(tmp_path):
    """Company 007 keeps its zeros; a lead without a company is nobody's contact."""
    plain = plain_mapping()["files"]
    plain["leads"]["columns"]["Company"] = {"role": "account_id"}
    leads = "Id,Created,Channel,Company\na,2024-01-01T08:00:00Z,ads, 007 \nb,2024-01-02T08:00:00Z,fair,\n"
    export = read(tmp_path, leads=leads, files=plain)
    assert column(export.leads, "account_id") == {"a": "007", "b": None}
    assert [p.name for p in export.properties] == ["channel"]
    assert "account_id" not in read(tmp_path).leads


def test_a_property_may_not_take_the_accounts_name():
    with pytest.raises(ValidationError, match="is a column of the leads table"):
        Column(role="property", name="account_id")
