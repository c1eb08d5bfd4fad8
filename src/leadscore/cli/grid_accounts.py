"""The verb that sums up contacts by company."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadscore.cli import ground
from leadscore.cli.ground import grid_app, opened, say
from leadscore.cli.pipeline import moment


@grid_app.command()
def accounts(
    as_of: Annotated[
        str | None, typer.Option(help="Moment, ISO 8601 (UTC); default: the export's.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for every account.")] = None,
) -> None:
    """Sum up open leads by company: points of all contacts, the hottest one, roles that are missing."""
    from leadscore.adapters.files import write_csv
    from leadscore.adapters.grid_accounts import accounts_at
    from leadscore.review.account_table import account_table

    workspace, settings = opened()
    found = accounts_at(workspace, settings, as_of=moment(as_of))
    day = "" if found.as_of is None else f" on {found.as_of:%Y-%m-%d}"
    title = (
        f"{len(found.table):,} accounts with {found.n_leads - found.n_without:,} open leads{day}"
    )
    ground.show(account_table(found.table, title=title, n_without=found.n_without))
    if out is not None:
        write_csv(out, found.table.round(1))
        say(f"{len(found.table):,} accounts -> {out}")
