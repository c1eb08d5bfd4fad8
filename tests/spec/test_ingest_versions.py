"""What a lead was known to be, told state by state. Read each test as: this file gives this history.

Both leads are created on 1 January 2024; the leads' file says that a is Retail and b Bank.
"""

import pandas as pd

from tests.exports import refused
from tests.fakes import agrees
from tests.histories import VERSIONS, export, of_versions, told


def test_a_version_holds_until_the_next_one_begins(tmp_path):
    """Farm gives way to Bank where it ends; Bank ends with nothing after it: no value from then on."""
    found = of_versions(
        tmp_path,
        """
        Lead | From       | To         | Industry
        a    | 2024-01-01 | 2024-02-01 | Farm
        a    | 2024-02-01 | 2024-03-01 | Bank
        b    | 2024-01-05 |            | Bank
        """,
    )
    agrees(
        found.changes,
        """
        lead_id | property | value | known_from
        a       | industry | Farm  | 2024-01-01
        a       | industry | Bank  | 2024-02-01
        a       | industry | -     | 2024-03-01
        b       | industry | Bank  | 2024-01-05
        """,
    )
    assert [w for w in found.warnings if "history of" in w] == [
        "history of industry: 1 leads end with another value than the exported one; "
        "the export is older or newer"
    ]


def test_between_two_versions_with_a_gap_there_is_no_value(tmp_path):
    """Ends that lie a day or less before the next beginning may be last days: that is told."""
    found = of_versions(
        tmp_path,
        """
        Lead | From       | To         | Industry
        a    | 2024-01-02 | 2024-01-31 | Farm
        a    | 2024-02-01 | 9999-12-31 | Retail
        """,
    )
    agrees(
        found.changes[found.changes["lead_id"] == "a"],
        """
        lead_id | property | value  | known_from
        a       | industry | Farm   | 2024-01-02
        a       | industry | -      | 2024-01-31
        a       | industry | Retail | 2024-02-01
        """,
    )
    assert told(found, "a day or less").startswith("history of industry: 1 versions")


def test_versions_that_reach_into_each_other_count_from_their_beginnings(tmp_path):
    found = of_versions(
        tmp_path,
        """
        Lead | From       | To         | Industry
        a    | 2024-01-02 | 2024-03-01 | Farm
        a    | 2024-02-01 |            | Retail
        """,
    )
    assert found.changes["value"].tolist() == ["Farm", "Retail", "Bank"]
    assert told(found, "reach into").startswith("history of industry: 1 versions")


def test_an_end_after_the_export_is_a_plan(tmp_path):
    found = of_versions(
        tmp_path,
        """
        Lead | From       | To         | Industry
        a    | 2024-01-02 | 2030-01-01 | Retail
        """,
    )
    assert found.changes["value"].tolist() == ["Retail", "Bank"]
    assert found.observed_until == pd.Timestamp("2024-06-01", tz="UTC")
    assert told(found, "a plan and left out") == (
        "histories: 1 versions end after the export; that is a plan and left out"
    )


def test_a_version_that_ends_before_it_begins_is_refused(tmp_path):
    found = of_versions(
        tmp_path,
        """
        Lead | From       | To         | Industry
        a    | 2024-02-02 | 2024-02-01 | Farm
        a    | 2024-02-02 |            | Retail
        """,
    )
    assert refused(found) == [("history.csv", 2, "ends-before-start")]


def test_a_property_that_only_versions_hold_becomes_one_of_the_leads(tmp_path):
    """The leads' table shows the last value known; a lead without a version has none."""
    region = {"role": "property", "name": "region", "kind": "number"}
    found = export(
        tmp_path,
        """
        Lead | From       | Region
        a    | 2024-01-02 | 1
        a    | 2024-02-02 | 2
        """,
        VERSIONS | {"Region": region},
        leads="Id | Created\na | 2024-01-01\nb | 2024-01-01\n",
        properties={},
    )
    agrees(found.leads[["lead_id", "region"]], "lead_id | region\na | 2\nb | -")
    assert [(p.name, p.kind, p.known) for p in found.properties] == [
        ("region", "number", "history")
    ]
    assert found.changes["value"].tolist() == ["1", "2"]
