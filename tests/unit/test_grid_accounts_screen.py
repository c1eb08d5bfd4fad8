"""The accounts of a workspace: roles as they were known, leads without a company counted."""

from io import StringIO

import pandas as pd
from rich.console import Console

from leadscore.review.account_table import account_table
from leadscore.scoring.grid.accounts import account_points
from tests.fakes import settings
from tests.unit.test_accounts import contacts


def told(accounts, **more):
    console = Console(file=StringIO(), width=110)
    console.print(account_table(accounts, title="2 accounts", **more))
    return console.file.getvalue()


def test_a_table_names_points_contacts_and_the_roles_that_are_missing():
    rows = (
        ("f", "a", 40, 5, "decision_maker"),
        ("f", "b", 50, 0, "user"),
        ("g", "c", 10, 0, "other"),
    )
    page = told(account_points(contacts(*rows), settings().accounts), n_without=3)
    assert "75" in page  # 1 - 0.6 x 0.5 = 70, and 5 for the decision maker
    assert "influencer, user" in page
    assert "3 open leads have no account" in page


def test_long_lists_say_how_many_are_left():
    many = contacts(*((f"f{i:02d}", f"l{i}", i, 0, "other") for i in range(18)))
    page = told(account_points(many, settings().accounts), n_without=0)
    assert "and 3 more accounts" in page
    assert "no account" not in page


def test_a_name_that_looks_like_markup_is_shown_as_it_is():
    odd = account_points(contacts(("[red]", "a", 1, 0, "other")), settings().accounts)
    assert "[red]" in told(odd, n_without=0)
    assert isinstance(odd, pd.DataFrame)
