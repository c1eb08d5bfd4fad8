"""Bad inputs 27 to 41: ids and joins. An id is text, and names one lead or none."""

import csv
import io

import pytest
from pydantic import ValidationError

from leadscore.delivery.spreadsheet import crm_rows, to_csv
from leadscore.domain.mapping import SourceMapping
from tests.bad_inputs import deals_of, events_of, kept_apart, leads_of, read, stops, warned
from tests.exports import LEADS, column, plain_mapping, text_of

DAY, LATER = "2024-01-01T08:00:00Z", "2024-01-03T08:00:00Z"
INVISIBLE, NBSP = "\N{ZERO WIDTH SPACE}", "\N{NO-BREAK SPACE}"


def about(folder, *ids, events=(), **changes):
    """Read leads with these ids, and an event for each of `events`."""
    leads = leads_of(*(f"{lead},{DAY},ads" for lead in ids))
    done = events_of(*(f"{lead},{LATER},Mail opened" for lead in events or ids))
    return read(folder, leads=leads, events=done, deals=deals_of(f"{ids[0]},Open,"), **changes)


def ids_of(export, table="leads"):
    return getattr(export, table)["lead_id"].tolist()


def test_027_an_id_told_twice_in_the_same_words_is_one_lead_and_warned_of(tmp_path):
    export = about(tmp_path, "a", "a", "b", events=["a"])
    assert ids_of(export) == ["a", "b"]
    assert kept_apart(export) == []
    assert warned(export, "repeat an earlier one").startswith("leads.csv: 1 rows")


def test_028_an_id_told_twice_in_different_words_is_refused_altogether(tmp_path):
    export = read(tmp_path, leads=LEADS + f"a,{DAY},fair\n")
    assert ids_of(export) == ["b"]
    assert kept_apart(export) == [
        ("leads.csv", 2, "conflicting-id"),
        ("leads.csv", 4, "conflicting-id"),
        ("events.csv", 2, "lead-refused"),
        ("deals.csv", 2, "lead-refused"),
    ]


@pytest.mark.parametrize("blank", ["", "  ", "NULL", INVISIBLE, NBSP])
def test_029_a_blank_id_refuses_its_row(tmp_path, blank):
    export = read(tmp_path, leads=LEADS + f"{blank},{DAY},ads\n")
    assert kept_apart(export) == [("leads.csv", 4, "blank-id")]


def test_030_leading_zeros_stay(tmp_path):
    export = about(tmp_path, "00123", "0123", "123")
    assert ids_of(export) == ids_of(export, "events") == ["00123", "0123", "123"]


def test_031_ids_that_look_like_numbers_are_text_also_beside_a_missing_one(tmp_path):
    ids = ["1e5", "12345678901234567890", "9007199254740993"]
    export = about(tmp_path, *ids, "", events=ids)
    assert ids_of(export) == ids_of(export, "events") == sorted(ids)
    assert kept_apart(export) == [("leads.csv", 5, "blank-id")]


def test_032_short_salesforce_ids_become_long_ones(tmp_path):
    """The leads have 18 characters, the events 15."""
    export = about(tmp_path, "00QA0000006Vm9rMAC", events=["00QA0000006Vm9r"])
    assert ids_of(export) == ids_of(export, "events") == ["00QA0000006Vm9rMAC"]
    assert "1 Lead are ids of 15 characters" in warned(export, "their form of 18 is taken")


@pytest.mark.parametrize("written", ["a ", f"a{INVISIBLE}", f"{NBSP}a", "\ta"])
def test_033_spaces_and_invisible_characters_are_no_part_of_an_id_and_warned_of(tmp_path, written):
    export = about(tmp_path, "a", events=[written])
    assert ids_of(export, "events") == ["a"]
    assert kept_apart(export) == []
    assert warned(export, "spaces or invisible characters").startswith("events.csv: 1 Lead")


def test_033_two_ids_that_collide_without_them_stop(tmp_path):
    leads = LEADS + f"a{INVISIBLE},{DAY},ads\n"
    stops("id-collision", read, tmp_path, leads=leads, place=("leads.csv", 4, "Id"))


def test_033_case_tells_ids_apart_and_is_warned_of(tmp_path):
    """Salesforce has ids that differ in case only: bringing them to one case would mix two leads."""
    export = about(tmp_path, "Ab1", "aB1")
    assert ids_of(export) == ["Ab1", "aB1"]
    assert warned(export, "differ in case only").startswith("leads.csv: 2 Id")


def test_034_two_unicode_forms_of_an_id_are_one(tmp_path):
    export = about(tmp_path, "cafe\u0301", events=["caf\u00e9"])
    assert ids_of(export) == ids_of(export, "events") == ["caf\u00e9"]


def test_035_numbers_and_texts_of_two_files_are_the_same_ids(tmp_path):
    """Quoted in one file and bare in the other; nothing turns 7 into 7.0."""
    export = about(tmp_path, '"7"', "8", events=["7", '"8"'])
    assert ids_of(export) == ids_of(export, "events") == ["7", "8"]


def test_036_missing_keys_join_nothing(tmp_path):
    """A lead without channel does not meet the row of the side table that has no name."""
    files = plain_mapping()["files"]
    kind = {"role": "property", "name": "kind"}
    look = {"path": "k.csv", "by": "Channel", "columns": {"Name": {"role": "key"}, "Kind": kind}}
    files["leads"]["lookups"] = [look]
    text_of(tmp_path / "k.csv", "Name,Kind\n,paid\nfair,event\n")
    export = read(tmp_path, leads=LEADS.replace(",ads", ","), files=files)
    assert column(export.leads, "kind") == {"a": None, "b": "event"}
    assert kept_apart(export) == [("k.csv", 2, "blank-id")]


def test_037_events_of_unknown_leads_are_refused_and_counted(tmp_path):
    export = about(tmp_path, "a", events=["a"] * 19 + ["zz"], max_orphan_share=0.05)
    assert kept_apart(export) == [("events.csv", 21, "orphan-event")]
    assert ids_of(export, "events") == ["a"] * 19


def test_037_more_than_a_twentieth_of_them_stop(tmp_path):
    """2 of 21 is more than 5 %: the two files are of different exports."""
    events = ["a"] * 19 + ["zz", "zz"]
    error = stops(
        "orphan-rows", about, tmp_path, "a", events=events, max_orphan_share=0.05,
        exit_code=4, place=("events.csv", 21, "Lead"),
    )  # fmt: skip
    assert "2 of 21 rows are of leads that are not in the export (first: 'zz')" in str(error)
    assert "max_orphan_share (0.05)" in error.fix


def merging(folder, *pairs):
    files = plain_mapping()["files"]
    roles = {"Old": {"role": "lead_id"}, "New": {"role": "merged_into"}}
    files["merges"] = {"path": "merges.csv", "columns": roles}
    text_of(folder / "merges.csv", "Old,New\n" + "".join(f"{old},{new}\n" for old, new in pairs))
    return {"files": files}


def test_038_a_merged_lead_counts_as_the_one_it_became(tmp_path):
    """y was merged into z, and z into a: their events are a's."""
    merged = merging(tmp_path, ("y", "z"), ("z", "a"))
    export = about(tmp_path, "a", "b", "y", events=["y", "z", "a"], **merged)
    assert ids_of(export) == ["a", "b"]
    assert ids_of(export, "events") == ["a", "a", "a"]
    assert "events.csv: 2 rows" in warned(export, "count for the lead they were merged into")
    assert "leads.csv: 1 rows" in warned(export, "the lead they were merged into has its own")


def test_039_one_export_is_one_crm(tmp_path):
    """The same id in two CRMs is two leads: each CRM has its own mapping and its own tables."""
    files = plain_mapping()["files"]
    files["other crm"] = files["leads"] | {"path": "other.csv"}
    with pytest.raises(ValidationError, match="exactly one file must hold the leads, got 2"):
        SourceMapping.model_validate(plain_mapping(files=files))


def test_040_mail_addresses_as_ids_are_warned_of_and_not_brought_together(tmp_path):
    """Case and a tag after + make one mailbox of two ids: perhaps one person, perhaps a shared box."""
    export = about(tmp_path, "jo@firm.example", "Jo+fair@firm.example", "x@firm.example")
    assert len(export.leads) == 3
    assert "leads.csv: 3 Id are mail addresses" in warned(export, "people share and change them")
    assert "leads.csv: 2 Id are one address" in warned(export, "but for case or a tag")


FORMULA = "=cmd|' /C calc'!A0"


def test_041_an_id_that_is_a_formula_is_text_and_escaped_where_it_leaves(tmp_path):
    export = about(tmp_path, FORMULA)
    assert ids_of(export) == [FORMULA]
    issued = export.leads.assign(reasons_for="@SUM(A1)", score=-3.0, probability=0.5)
    issued = issued.rename(columns={"created_at": "as_of"})
    (row,) = csv.DictReader(io.StringIO(to_csv(crm_rows(issued)), newline=""))
    assert (row["lead_id"], row["reasons_for"], row["score"]) == (
        f"'{FORMULA}",
        "'@SUM(A1)",
        "-3.0",
    )
