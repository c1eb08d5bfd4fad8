"""What a lead was known to be, told change by change. Read each test as: this file gives this history.

Both leads are created on 1 January 2024; the leads' file says that a is Retail and 12.5, b Bank and 3.
"""

from pathlib import Path

import pytest

from leadscore.adapters.ingest.reading import read_export
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import SourceMapping
from tests.exports import plain_mapping, refused, text_of
from tests.fakes import agrees
from tests.histories import (
    CHANGES,
    LEADS,
    NO_EVENTS,
    OPEN,
    export,
    of_industry,
    of_size,
    only,
    told,
    unwarned,
)


def test_the_old_value_of_the_first_change_holds_from_creation_on(tmp_path):
    """Lead b never changed: what is exported was true from its creation on."""
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old  | New
        a    | 2024-02-01T09:00:00Z | Industry | Farm | Bank
        a    | 2024-03-01T09:00:00Z | Industry | Bank | Retail
        """,
    )
    agrees(
        found.changes,
        """
        lead_id | property | value  | known_from
        a       | industry | Farm   | 2024-01-01 08:00:00
        a       | industry | Bank   | 2024-02-01 09:00:00
        a       | industry | Retail | 2024-03-01 09:00:00
        b       | industry | Bank   | 2024-01-01 08:00:00
        """,
    )
    assert unwarned(found)
    assert [(p.name, p.known) for p in found.properties] == [("industry", "history")]
    assert found.leads["industry"].tolist() == ["Retail", "Bank"]


def test_an_empty_old_value_is_no_value_until_the_first_change(tmp_path):
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old | New
        a    | 2024-02-01T09:00:00Z | Industry |     | Retail
        """,
    )
    agrees(
        found.changes[found.changes["lead_id"] == "a"],
        """
        lead_id | property | value  | known_from
        a       | industry | Retail | 2024-02-01 09:00:00
        """,
    )


def test_a_value_that_was_deleted_is_missing_from_then_on(tmp_path):
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old  | New
        a    | 2024-02-01T09:00:00Z | Industry | Farm |
        """,
    )
    agrees(
        found.changes[found.changes["lead_id"] == "a"],
        """
        lead_id | property | value | known_from
        a       | industry | Farm  | 2024-01-01 08:00:00
        a       | industry | -     | 2024-02-01 09:00:00
        """,
    )
    assert told(found, "end with another value").startswith("history of industry: 1 leads")


def test_without_old_values_a_history_is_complete_from_its_first_row(tmp_path):
    """Before 1 February nothing is known of a. Lead b has no row: its exported value is taken, counted."""
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | New
        a    | 2024-02-01T09:00:00Z | Industry | Bank
        a    | 2024-03-01T09:00:00Z | Industry | Retail
        """,
    )
    agrees(
        found.changes,
        """
        lead_id | property | value  | known_from
        a       | industry | Bank   | 2024-02-01 09:00:00
        a       | industry | Retail | 2024-03-01 09:00:00
        b       | industry | Bank   | 2024-01-01 08:00:00
        """,
    )
    assert told(found, "no entry") == (
        "history of industry: 1 leads have no entry; their exported value counts from their creation on"
    )


def test_values_are_read_by_the_kind_of_the_property(tmp_path):
    """Decimal commas, as the file says; a number is written as text that reads back as the same."""
    found = of_size(
        tmp_path,
        """
        Lead | When                 | Field | Old    | New
        a    | 2024-02-01T09:00:00Z | Staff | 1 000  | 0,1
        a    | 2024-03-01T09:00:00Z | Staff | 0,10   | 12,50
        """,
    )
    assert found.changes["value"].tolist() == ["1000", "0.1", "12.5", "3"]
    assert unwarned(found)


def test_countries_are_codes_in_the_history_too(tmp_path):
    found = export(
        tmp_path,
        """
        Lead | When                 | Field | Old     | New
        a    | 2024-02-01T09:00:00Z | Land  | Germany | France
        """,
        CHANGES | {"Field": {"role": "field", "values": {"Land": "country"}}},
        leads="Id | Created | Land\na | 2024-01-01 | FR\nb | 2024-01-01 | NA\n",
        properties={
            "Land": {"role": "property", "name": "country", "kind": "country", "known": "history"}
        },
    )
    assert found.changes["value"].tolist() == ["DE", "FR", "NA"]
    assert unwarned(found)


def test_a_category_is_spelled_as_in_the_leads_file(tmp_path):
    """`RETAIL` is `Retail`. Of `farm`, `FARM` and `FARM`, which the leads' file lacks, the usual one stays."""
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old    | New
        a    | 2024-02-01T09:00:00Z | Industry | retail | farm
        a    | 2024-03-01T09:00:00Z | Industry | FARM   | RETAIL
        b    | 2024-03-01T09:00:00Z | Industry | FARM   | bank
        """,
    )
    assert found.changes["value"].tolist() == ["Retail", "FARM", "Retail", "FARM", "Bank"]
    assert told(found, "case or spacing").startswith("history of industry: 4 spellings")


def test_a_row_that_can_not_be_read_is_refused_with_its_column(tmp_path):
    found = of_size(
        tmp_path,
        """
        Lead | When                 | Field | Old  | New
        a    | 2024-02-01T09:00:00Z | Staff | 1    | many
        a    | 2024-02-02T09:00:00Z | Staff | some | 12,5
        a    | soon                 | Staff | 1    | 2
        a    |                      | Staff | 1    | 2
        z    | 2024-02-01T09:00:00Z | Staff | 1    | 2
             | 2024-02-01T09:00:00Z | Staff | 1    | 2
        b    | 2024-02-01T09:00:00Z |       | 1    | 2
        b    | 2025-02-01T09:00:00Z | Staff | 1    | 2
        b    | 2024-02-03T09:00:00Z | Staff | 4    | 3
        """,
        observed_until="2024-12-31T00:00:00Z",
    )
    assert refused(found) == [
        ("history.csv", 2, "bad-number"),
        ("history.csv", 3, "bad-number"),
        ("history.csv", 4, "bad-time"),
        ("history.csv", 5, "missing-time"),
        ("history.csv", 6, "orphan-change"),
        ("history.csv", 7, "blank-id"),
        ("history.csv", 8, "missing-field"),
        ("history.csv", 9, "future-time"),
    ]
    assert found.rejected["column"].tolist()[:2] == ["New", "Old"]
    assert found.changes["value"].tolist() == ["12.5", "4", "3"]


def test_a_refused_lead_takes_its_changes_along(tmp_path):
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | New
        a    | 2024-02-01T09:00:00Z | Industry | Bank
        """,
        leads=LEADS + "    a  | 2024-01-02T08:00:00Z | Farm | 1\n",
    )
    assert ("history.csv", 2, "lead-refused") in refused(found)
    assert found.changes["lead_id"].tolist() == ["b"]


def test_fields_that_the_mapping_does_not_name_are_left_out_and_counted(tmp_path):
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | New
        a    | 2024-02-01T09:00:00Z | industry | Retail
        a    | 2024-02-02T09:00:00Z | Owner    | Ines
        z    | 2024-02-02T09:00:00Z | Phone    | 1
        """,
    )
    (count,) = [c for c in found.counts if c.table == "changes"]
    assert (count.kept, count.left_out, count.rejected) == (1, 2, 0)
    assert told(found, "does not name").endswith("left out: Owner, Phone")


def test_a_field_that_no_row_names_stops_the_export(tmp_path):
    """Else every lead would count as one that never changed."""
    with pytest.raises(InputError, match="no row tells a change of `industry`") as stop:
        of_industry(
            tmp_path,
            """
            Lead | When                 | Field     | New
            a    | 2024-02-01T09:00:00Z | Industry_ | Retail
            """,
        )
    assert stop.value.code == "no-such-field"
    assert "did you mean 'Industry_'?" in str(stop.value)


def test_of_two_values_at_one_moment_the_later_row_counts(tmp_path):
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old  | New
        a    | 2024-02-01T09:00:00Z | Industry | Farm | Bank
        a    | 2024-02-01T09:00:00Z | Industry | Bank | Retail
        """,
    )
    assert found.changes["value"].tolist() == ["Farm", "Retail", "Bank"]
    assert told(found, "two values or more").startswith("history of industry: 1 moments")


def test_an_entry_told_twice_counts_once(tmp_path):
    row = "a | 2024-02-01T09:00:00Z | Industry | Farm | Retail\n"
    found = of_industry(tmp_path, "Lead | When | Field | Old | New\n" + row + row)
    assert found.changes["value"].tolist() == ["Farm", "Retail", "Bank"]
    assert [w for w in found.warnings if "history of" in w] == [
        "history of industry: 1 entries are told twice; one is kept"
    ]


def test_a_chain_with_a_hole_is_told(tmp_path):
    """The second change starts from Bank, but the first one left Farm."""
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old  | New
        a    | 2024-02-01T09:00:00Z | Industry | Bank | Farm
        a    | 2024-03-01T09:00:00Z | Industry | Bank | Retail
        """,
    )
    assert told(found, "another old value").startswith("history of industry: 1 changes")


def test_a_history_that_ends_elsewhere_than_the_export_is_told(tmp_path):
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old  | New
        a    | 2024-02-01T09:00:00Z | Industry | Bank | Farm
        """,
    )
    assert told(found, "end with another value").startswith("history of industry: 1 leads")


def test_a_change_before_creation_is_in_force_at_creation(tmp_path):
    """Its old value never was the lead's."""
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old  | New
        a    | 2023-12-01T09:00:00Z | Industry | Farm | Retail
        """,
    )
    agrees(
        found.changes[found.changes["lead_id"] == "a"],
        """
        lead_id | property | value  | known_from
        a       | industry | Retail | 2023-12-01 09:00:00
        """,
    )
    assert told(found, "before their lead was created").startswith("history.csv: 1 rows")


def test_the_same_value_set_again_is_no_change(tmp_path):
    found = of_industry(
        tmp_path,
        """
        Lead | When                 | Field    | Old    | New
        a    | 2024-02-01T09:00:00Z | Industry | Retail | Retail
        """,
    )
    agrees(
        found.changes[found.changes["lead_id"] == "a"],
        """
        lead_id | property | value  | known_from
        a       | industry | Retail | 2024-01-01 08:00:00
        """,
    )


def test_several_properties_and_leads_at_once(tmp_path):
    found = export(
        tmp_path,
        """
        Lead | When                 | Field    | Old  | New
        b    | 2024-02-01T09:00:00Z | Staff    | 2    | 3
        a    | 2024-02-01T09:00:00Z | Industry | Farm | Retail
        a    | 2024-02-01T09:00:00Z | Staff    |      | 12,5
        """,
        CHANGES,
    )
    agrees(
        found.changes,
        """
        lead_id | property | value  | known_from
        a       | industry | Farm   | 2024-01-01 08:00:00
        a       | industry | Retail | 2024-02-01 09:00:00
        a       | size     | 12.5   | 2024-02-01 09:00:00
        b       | industry | Bank   | 2024-01-01 08:00:00
        b       | size     | 2      | 2024-01-01 08:00:00
        b       | size     | 3      | 2024-02-01 09:00:00
        """,
    )


def test_what_a_merged_lead_was_is_not_what_its_survivor_was(tmp_path):
    text_of(tmp_path / "merges.csv", "Old;Now\nz;a\n")
    merges = {
        "path": "merges.csv",
        "separator": ";",
        "columns": {"Old": {"role": "lead_id"}, "Now": {"role": "merged_into"}},
    }
    plain = plain_mapping()["files"] | {"merges": merges}
    own, columns = only("industry")
    history = "Lead,When,Field,New\na,2024-02-01T09:00:00Z,Industry,Retail\nz,2024-03-01T09:00:00Z,Industry,Farm\n"
    plain["leads"] = {
        "path": "leads.csv",
        "columns": {"Id": {"role": "lead_id"}, "Created": {"role": "created_at"}, **own},
    }
    plain["history"] = {
        "path": "history.csv",
        "columns": {h: columns[h] for h in ("Lead", "When", "Field", "New")},
    }
    for name, content in (
        ("leads", "Id,Created,Industry\na,2024-01-01T08:00:00Z,Retail\n"),
        ("history", history),
        ("events", NO_EVENTS),
        ("deals", "Lead,Status,Closed\na,Open,\n"),
    ):
        text_of(tmp_path / f"{name}.csv", content)
    mapping = SourceMapping.model_validate(plain_mapping(files=plain))
    found = read_export(mapping, tmp_path, mapping_file=Path("small.yaml"))
    assert found.changes["value"].tolist() == ["Retail"]
    assert told(found, "merged leads are left out").startswith("history.csv: 1 rows")


def test_an_export_without_histories_has_an_empty_table(tmp_path):
    text_of(tmp_path / "leads.csv", "Id,Created,Channel\na,2024-01-01T08:00:00Z,ads\n")
    text_of(tmp_path / "events.csv", NO_EVENTS)
    text_of(tmp_path / "deals.csv", OPEN)
    mapping = SourceMapping.model_validate(plain_mapping())
    found = read_export(mapping, tmp_path, mapping_file=Path("small.yaml"))
    assert (len(found.changes), found.n_rows("changes")) == (0, 0)
