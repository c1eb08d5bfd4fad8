"""Properties as they stood at a look. Read each test as: these changes, seen at these looks."""

import numpy as np
import pandas as pd
import pytest

from leadscore.history.properties import in_force, properties_at
from tests.fakes import agrees, category, leads, looks, number, rows
from tests.tables import times

LEADS = leads(
    """
    lead_id | created_at | channel | industry | size
    a       | 2026-01-01 | ads     | Retail   | 9
    b       | 2026-01-01 | fair    | Bank     | 7
    """
)
CHANNEL = category("channel")
INDUSTRY, SIZE = category("industry", known="history"), number("size", known="history")


def changes(text):
    """Columns ``lead_id | property | value | known_from``."""
    table = rows(text)
    cells = {name: pd.Series([r[name] for r in table], dtype="str") for name in table[0]}
    return pd.DataFrame(cells | {"known_from": times(r["known_from"] for r in table)})


TWO = changes(
    """
    lead_id | property | value  | known_from
    a       | industry | Farm   | 2026-01-01
    a       | industry | Retail | 2026-02-01
    """
)


def seen(look_rows, of, *, properties=(INDUSTRY,)):
    asked = looks(look_rows)
    table = properties_at(asked, LEADS, properties, changes=of)
    return pd.concat([asked[["lead_id", "as_of"]], table[[p.name for p in properties]]], axis=1)


def test_the_value_in_force_is_the_newest_known_by_the_look_that_second_included():
    agrees(
        seen(
            """
            lead_id | as_of
            a       | 2026-01-01
            a       | 2026-01-31 23:59:59
            a       | 2026-02-01
            a       | 2026-03-01
            """,
            TWO,
        ),
        """
        lead_id | as_of               | industry
        a       | 2026-01-01          | Farm
        a       | 2026-01-31 23:59:59 | Farm
        a       | 2026-02-01          | Retail
        a       | 2026-03-01          | Retail
        """,
    )


def test_before_its_first_value_and_without_any_a_property_is_missing():
    agrees(
        seen("lead_id | as_of\na | 2025-12-31\nb | 2026-06-01", TWO),
        "lead_id | as_of | industry\na | 2025-12-31 | -\nb | 2026-06-01 | -",
    )


def test_a_value_that_was_deleted_is_missing_again():
    gone = changes(
        """
        lead_id | property | value | known_from
        a       | industry | Farm  | 2026-01-01
        a       | industry |       | 2026-02-01
        """
    )
    found = seen("lead_id | as_of\na | 2026-01-15\na | 2026-02-15", gone)
    agrees(found[["industry"]], "industry\nFarm\n-")


def test_looks_come_back_in_their_own_order():
    found = seen("lead_id | as_of\na | 2026-03-01\nb | 2026-01-05\na | 2026-01-05", TWO)
    assert found["industry"].fillna("-").tolist() == ["Retail", "-", "Farm"]


def test_properties_do_not_see_each_other_and_the_others_are_as_exported():
    of = changes(
        """
        lead_id | property | value | known_from
        a       | size     | 2.5   | 2026-01-01
        b       | industry | Farm  | 2026-01-01
        a       | channel  | spam  | 2026-01-01
        """
    )
    found = seen(
        "lead_id | as_of\na | 2026-02-01\nb | 2026-02-01",
        of,
        properties=(CHANNEL, INDUSTRY, SIZE),
    )
    agrees(
        found[["lead_id", "channel", "industry", "size"]],
        """
        lead_id | channel | industry | size
        a       | ads     | -        | 2.5
        b       | fair    | Farm     | -
        """,
    )


def test_changes_of_other_leads_are_nobodys():
    foreign = TWO.assign(lead_id=pd.Series(["z", "z"], dtype="str"))
    assert seen("lead_id | as_of\na | 2026-03-01", foreign)["industry"].isna().all()


@pytest.mark.parametrize("values", [["1", "2"], ["1", None], [None, None], []])
def test_numbers_are_float_whatever_values_a_part_of_the_leads_has(values):
    of = TWO.iloc[: len(values)].assign(
        property=pd.Series(["size"] * len(values), dtype="str"),
        value=pd.Series(values, dtype="str"),
    )
    found = in_force(looks("lead_id | as_of\na | 2026-03-01"), of, SIZE)
    assert found.dtype == np.float64


def test_texts_are_text_even_where_nothing_is_known():
    assert in_force(looks("lead_id | as_of\na | 2026-03-01"), TWO.iloc[:0], INDUSTRY).dtype == "str"


def test_without_moments_all_properties_are_as_exported():
    found = seen("lead_id | as_of\na |\nb |", TWO)
    assert found["industry"].tolist() == ["Retail", "Bank"]


def test_a_look_at_a_lead_that_is_not_there_is_a_bug():
    with pytest.raises(ValueError, match="not in the leads table"):
        seen("lead_id | as_of\nz | 2026-03-01", TWO)
