"""Accounts: what the contacts of one company amount to, for purchases that a committee decides.

One contact's points say how far that person is. A firm of which three people look about, and one of
them signs, is further than each of them: points add up with saturation, and roles covered count.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import AccountSettings
from leadscore.history.demographics import domain_class

Float = npt.NDArray[np.float64]


def account_of(leads: pd.DataFrame) -> pd.Series:
    """Return the account of each lead: `account_id`, else the business e-mail domain, else null.

    Parameters
    ----------
    leads
        Table of `domain.schemas`; `account_id` and `email_domain` where the source has them. A mailbox
        at a consumer or throw-away provider says nothing of a company.
    """
    account = pd.Series(None, index=leads.index, dtype="str")
    if "email_domain" in leads:
        domain = leads["email_domain"].str.strip().str.casefold().str.rpartition("@")[2]
        account = domain.where(domain_class(leads["email_domain"]) == "professional")
    if "account_id" in leads:
        account = leads["account_id"].where(leads["account_id"].notna(), account)
    return account.astype("str")


def account_points(contacts: pd.DataFrame, settings: AccountSettings) -> pd.DataFrame:
    """Sum up contacts by account, hottest account first (ties by id).

    Parameters
    ----------
    contacts
        Grain (lead_id): `account` (null: left out), `lead_id`, `points` 0..100, `engagement` points and
        `buying_role` of open leads at one moment.
    settings
        ``saturating``: 100 x (1 - product of (1 - points / 100)), the chance that any of them would be
        enough if points were chances and contacts independent; ``max``: the hottest contact alone.
        Each wanted role with an engaged contact adds `role_points`; the sum is clipped to 100.

    Returns
    -------
    Grain (account): `account`, `points`, `contacts`, `engaged`, `hottest_lead`, `hottest_points`,
    `roles` covered and `missing_roles`, in the order of the settings.
    """
    known = contacts.loc[contacts["account"].notna()]
    known = known.sort_values(["account", "points", "lead_id"], ascending=[True, False, True])
    is_engaged = known["engagement"] > 0
    by = known["account"]
    covered = {
        role: (is_engaged & (known["buying_role"] == role)).groupby(by).any()
        for role in settings.roles
    }
    table = pd.DataFrame(
        {
            "contacts": known.groupby(by).size(),
            "engaged": is_engaged.groupby(by).sum(),
            "hottest_lead": known.groupby(by)["lead_id"].first(),
            "hottest_points": known.groupby(by)["points"].first(),
        }
    )
    combined = table["hottest_points"].to_numpy(dtype=np.float64)
    if settings.combine == "saturating":
        combined = _any_of(known["points"], by)
    has_role = np.column_stack([covered[role].to_numpy(dtype=bool) for role in settings.roles])
    combined = np.minimum(combined + settings.role_points * has_role.sum(axis=1), 100.0)
    table = table.assign(
        points=combined,
        roles=_named(has_role, settings.roles),
        missing_roles=_named(~has_role, settings.roles),
    )
    table = table.rename_axis("account").reset_index()
    table = table.astype(
        dict.fromkeys(("account", "hottest_lead", "roles", "missing_roles"), "str")
    )
    columns = ["account", "points", "contacts", "engaged", "hottest_lead", "hottest_points"]
    table = table.sort_values(["points", "account"], ascending=[False, True], ignore_index=True)
    return table[[*columns, "roles", "missing_roles"]]


def _any_of(points: pd.Series, by: pd.Series) -> Float:
    # Sums of logarithms: a product per group in one pass; points of 100 give -inf, and so 100.
    with np.errstate(divide="ignore"):
        left = np.log1p(-points.to_numpy(dtype=np.float64) / 100)
    summed = pd.Series(left, index=points.index).groupby(by).sum()
    return np.asarray(-100 * np.expm1(summed.to_numpy()))


def _named(has: npt.NDArray[np.bool_], roles: Sequence[str]) -> list[str]:
    names = np.array(roles, dtype=object)
    return [", ".join(names[row]) for row in has]
