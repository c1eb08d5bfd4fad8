"""The hottest accounts in the terminal: points, contacts, who is hottest, which roles are missing."""

from __future__ import annotations

import pandas as pd
from rich.console import Group
from rich.markup import escape
from rich.text import Text

from leadscore.review.grid_tables import heading, points_told, table

_SHOWN = 15


def account_table(accounts: pd.DataFrame, *, title: str, n_without: int) -> Group:
    """Return the hottest accounts of `scoring.grid.accounts.account_points`, and what is not shown."""
    right = ("Points", "Contacts", "Engaged", "Its points")
    shown = table(
        "Account", "Points", "Contacts", "Engaged", "Hottest lead", "Its points", "Missing roles",
        right=right,
    )  # fmt: skip
    for row in accounts.head(_SHOWN).to_dict("records"):
        shown.add_row(
            escape(str(row["account"])), points_told(round(float(row["points"]), 1)), f"{row['contacts']:,}",
            f"{row['engaged']:,}", escape(str(row["hottest_lead"])),
            points_told(round(float(row["hottest_points"]), 1)),
            str(row["missing_roles"]).replace("_", " ") or "none",
        )  # fmt: skip
    left = len(accounts) - _SHOWN
    told = [f"and {left:,} more accounts"] if left > 0 else []
    told += [f"{n_without:,} open leads have no account"] if n_without else []
    return Group(heading(title), shown, *(Text(line, style="dim") for line in told))
