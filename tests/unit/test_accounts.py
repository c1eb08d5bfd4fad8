"""Accounts: points of a company from those of its contacts, by arithmetic one can follow."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leadscore.scoring.grid.accounts import account_of, account_points
from tests.fakes import settings

SETTINGS = settings().accounts
ALL_ROLES = ["decision_maker", "influencer", "user"]


def contacts(*rows):
    """Each row: account, lead, points, engagement points, buying role."""
    columns = ["account", "lead_id", "points", "engagement", "buying_role"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"account": "str", "lead_id": "str", "buying_role": "str"})


def points(*rows, **changes):
    table = account_points(contacts(*rows), SETTINGS.model_copy(update=changes))
    return dict(zip(table["account"], table["points"].round(6), strict=True))


def test_two_half_interested_contacts_are_more_than_one():
    """1 - (1 - 0.4) x (1 - 0.5) = 0.7; nobody has a wanted role."""
    assert points(("f", "a", 40, 0, "other"), ("f", "b", 50, 0, "other")) == {"f": 70.0}


def test_by_max_the_hottest_contact_stands_for_all():
    rows = ("f", "a", 40, 0, "other"), ("f", "b", 50, 0, "other")
    assert points(*rows, combine="max") == {"f": 50.0}


def test_a_role_counts_once_and_only_with_somebody_engaged():
    rows = [
        ("f", "a", 20, 15, "decision_maker"),
        ("f", "b", 0, 5, "decision_maker"),
        ("f", "c", 0, 0, "user"),  # did nothing
    ]
    table = account_points(contacts(*rows), SETTINGS)
    assert table["points"].round(6).tolist() == [20 + 5]
    assert table[["contacts", "engaged"]].to_numpy().tolist() == [[3, 2]]
    assert table["roles"].tolist() == ["decision_maker"]
    assert table["missing_roles"].tolist() == ["influencer, user"]


def test_a_committee_is_clipped_to_100():
    rows = [("f", f"l{i}", 95, 10, role) for i, role in enumerate(ALL_ROLES)]
    assert points(*rows) == {"f": 100.0}


def test_a_contact_at_100_is_enough_and_no_number_breaks():
    assert points(("f", "a", 100, 0, "other"), ("f", "b", 0, 0, "other")) == {"f": 100.0}


def test_accounts_come_hottest_first_and_name_their_hottest_contact():
    table = account_points(
        contacts(
            ("x", "a", 10, 0, "other"), ("y", "c", 30, 0, "other"), ("y", "b", 30, 0, "other")
        ),
        SETTINGS,
    )
    assert table["account"].tolist() == ["y", "x"]
    assert table["hottest_lead"].tolist() == ["b", "a"]  # ties by id


def test_leads_without_an_account_are_left_out_and_nobody_is_an_empty_table():
    table = account_points(contacts((None, "a", 10, 0, "other")), SETTINGS)
    assert len(table) == 0
    assert "points" in table


def test_the_account_is_the_exports_own_else_the_business_domain():
    leads = pd.DataFrame(
        {
            "account_id": pd.Series(["A1", None, None, None], dtype="str"),
            "email_domain": pd.Series(
                ["firm.example", "x@Firm.Example", "gmail.com", None], dtype="str"
            ),
        }
    )
    told = account_of(leads)
    assert told.dropna().to_dict() == {0: "A1", 1: "firm.example"}
    assert account_of(leads[["email_domain"]]).dropna().tolist() == ["firm.example", "firm.example"]
    assert account_of(leads[[]]).isna().all()


def test_a_role_nobody_knows_is_refused():
    with pytest.raises(ValidationError, match="roles"):
        settings(accounts={"roles": ["boss"]})


@given(
    st.lists(
        st.tuples(st.sampled_from("fgh"), st.integers(0, 100), st.integers(-5, 40)), min_size=1
    )
)
def test_an_account_is_never_below_its_hottest_contact_nor_above_100(rows):
    table = account_points(
        contacts(*((a, f"l{i}", p, e, "user") for i, (a, p, e) in enumerate(rows))), SETTINGS
    )
    assert (table["points"] >= table["hottest_points"] - 1e-9).all()
    assert (table["points"] <= 100).all()
    assert table["contacts"].sum() == len(rows)
