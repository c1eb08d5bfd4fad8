"""Leads that were merged in the CRM: which id each of them has now."""

from __future__ import annotations

import pandas as pd

from leadscore.adapters.ingest.id_rules import at_their_end
from leadscore.adapters.ingest.intake import Intake


def read_merges(intake: Intake) -> dict[str, str]:
    """Return the surviving lead of each merged one, at the end of any chain of merges.

    Refused are rows without either id, leads merged into two others, and circles. A lead merged
    into itself says nothing and is left out.
    """
    old_header, now_header = intake.header_of("lead_id"), intake.header_of("merged_into")
    if old_header is None or now_header is None:
        raise ValueError("a file of merges has both ids by its schema")
    old, now = intake.ids(old_header), intake.ids(now_header)
    sieve = intake.sieve
    intake.note(
        sieve.leave_out((old == now).to_numpy()), "rows merge a lead into itself and are left out"
    )
    pairs = pd.DataFrame({"old": old, "now": now})
    again = pairs.where(pd.Series(sieve.keep)).duplicated().to_numpy() & sieve.keep
    intake.note(sieve.drop_repeats(again), "rows repeat an earlier one identically; one is kept")
    twice = old.where(sieve.keep).duplicated(keep=False).to_numpy()
    told = "merged into two different leads"
    sieve.refuse(twice, "conflicting-merge", told, column=old_header, values=old)
    kept = dict(zip(old[sieve.keep], now[sieve.keep], strict=True))
    ends, circular = at_their_end(kept)
    told = "merged in a circle: no lead is left"
    sieve.refuse(
        old.isin(list(circular)).to_numpy(), "circular-merge", told, column=old_header, values=old
    )
    return ends
