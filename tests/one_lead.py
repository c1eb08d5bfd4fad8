"""One lead by hand: its changed tables written out, and scored by the night's own steps."""

from dataclasses import replace

import numpy as np
import pandas as pd

from leadscore.history.log import EventTable
from leadscore.scoring.grid_looks import facts_of, only
from leadscore.scoring.issuing import score_of
from leadscore.scoring.nightly import open_looks
from leadscore.scoring.view import view


def alone(sources, lead_id):
    """Return the sources of one lead, its events cut too."""
    one = only(sources, np.array([lead_id], dtype=object))
    if one.events is None:
        return one
    events = one.events.events
    return replace(one, events=EventTable(events.loc[events["lead_id"] == lead_id]))


def known(one, look, settings):
    """Return the properties seen at the look."""
    return facts_of(look, next(one.parts(settings.bots)), settings).properties.iloc[0]


def scored_after(scorer, one, steps, settings, *, as_of):
    """Return the issued score of a lead whose tables were changed row by row, apart from the code that is tested."""
    leads, events, changes = one.leads.copy(), one.events, one.changes
    for step in steps:
        if step.kind == "event":
            late = settings.bots.settle_seconds if step.name in settings.bots.clicked else 0
            row = {
                "lead_id": leads["lead_id"].iloc[0],
                "occurred_at": as_of.floor("s") - pd.Timedelta(seconds=late),
                "type": step.name, "subject": step.value, "value": np.nan,
            }  # fmt: skip
            old = events.events
            new = pd.DataFrame([row]).astype(old.dtypes)
            events = EventTable(pd.concat([old, new], ignore_index=True))
        else:
            leads[step.name] = pd.Series([step.value], dtype=leads[step.name].dtype)
    changed = replace(one, leads=leads, events=events, changes=changes)
    look = open_looks(changed, shape="events", as_of=as_of)
    seen = view(look, changed, scorer.grid, settings)
    return float(np.round(score_of(scorer, seen), 1)[0])
