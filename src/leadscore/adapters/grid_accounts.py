"""Accounts of a workspace at a moment: the points of every company with an open lead."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.grids import read_grids
from leadscore.adapters.grids import history_of
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.history.demographics import Competitors
from leadscore.history.properties import properties_at
from leadscore.scoring.grid.accounts import account_of, account_points
from leadscore.scoring.grid_looks import open_looks
from leadscore.scoring.view import Sources, view


@dataclass(frozen=True)
class Accounts:
    """Companies with an open lead, hottest first; open leads in all, and those without a company."""

    table: pd.DataFrame
    as_of: pd.Timestamp
    n_leads: int
    n_without: int


def accounts_at(
    workspace: Workspace, settings: Settings, *, as_of: pd.Timestamp | None
) -> Accounts:
    """Sum up the leads open at a moment (default: the export's) by company.

    Raises
    ------
    InputError
        ``no-account``: the source tells of no lead which company it belongs to; ``no-open-leads``.
    """
    history = history_of(workspace)
    moment = history.until if as_of is None else as_of
    sources = history.sources
    looks = open_looks(sources, shape=history.shape, as_of=moment).reset_index(drop=True)
    grid = read_grids(workspace.config, settings.grid).grid
    points = view(looks, sources, grid, settings)[1]
    leads = sources.leads.set_index("lead_id").loc[looks["lead_id"]].reset_index()
    contacts = pd.DataFrame(
        {
            "account": account_of(leads),
            "lead_id": leads["lead_id"],
            "points": points.points,
            "engagement": points.engagement,
            "buying_role": _roles(looks, sources, settings),
        }
    )
    if contacts["account"].isna().all():
        raise InputError(
            "no-account",
            "no open lead has a company: neither an account id nor a business e-mail domain",
            fix="give the column of the company's id the role `account_id` in the source mapping",
        )
    table = account_points(contacts, settings.accounts)
    return Accounts(table, moment, len(looks), int(contacts["account"].isna().sum()))


def _roles(looks: pd.DataFrame, sources: Sources, settings: Settings) -> pd.Series:
    """Return the buying role of each lead as it was known; missing where the source has no titles."""
    known = properties_at(
        looks,
        sources.leads,
        [p for p in sources.properties if not p.excluded],
        competitors=Competitors.declared(settings.demographics),
        changes=sources.changes,
    )
    if "role" not in known:
        return pd.Series("missing", index=looks.index, dtype="str")
    return known["role"].set_axis(looks.index)
