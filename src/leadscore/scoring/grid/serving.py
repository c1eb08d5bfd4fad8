"""Which leads a grid serves: a product, a channel, a country; it reads properties and gives no points."""

from __future__ import annotations

import numpy as np

from leadscore.domain.errors import InputError, nearest
from leadscore.domain.rules import Grid
from leadscore.history.log import Mask
from leadscore.scoring.grid.conditions import Evidence, judge, lacking


def serves(grid: Grid, evidence: Evidence) -> Mask:
    """Mark the moments whose lead the grid is for; a grid without `serves` is for everybody.

    Raises
    ------
    InputError
        ``unknown-name``: the source has no such property, so nobody can tell whom the grid is for.
    """
    if grid.serves is None:
        return np.ones(len(evidence.properties), dtype=np.bool_)
    if absent := lacking(grid.serves, evidence):
        raise InputError(
            "unknown-name",
            f"the source has no property '{absent[0]}', by which grid '{grid.name}' serves",
            column="serves",
            fix=nearest(absent[0], map(str, evidence.properties.columns)),
        )
    return judge(grid.serves, evidence).holds
