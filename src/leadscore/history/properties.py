"""Properties of leads as they stood at a look, and what derives from them.

Where the export tells when a property took which value (table `changes`), a look sees the value in
force; before the first one it sees none. All other properties are shown as exported.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.history.demographics import NO_COMPETITORS, Competitors, derive


def properties_at(
    looks: pd.DataFrame,
    leads: pd.DataFrame,
    properties: Sequence[Property],
    *,
    competitors: Competitors = NO_COMPETITORS,
    changes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return each lead's properties, with those derived from them, once per look.

    Parameters
    ----------
    looks
        Columns lead_id, as_of (null in wide exports).
    leads
        One row per lead with the properties as exported.
    competitors
        Whose staff get the role `competitor`.
    changes
        Values with the moment they became known (`domain.schemas.CHANGES`), or None.

    Returns
    -------
    DataFrame with ``len(looks)`` rows: the properties' columns and `demographics.derive`'s.

    Raises
    ------
    ValueError
        A look's lead is not in `leads`.
    """
    at = pd.Index(leads["lead_id"]).get_indexer(pd.Index(looks["lead_id"]))
    if bool((at < 0).any()):
        raise ValueError("properties_at: a look's lead is not in the leads table")
    exported = leads[[p.name for p in properties]]
    dated = [p for p in properties if p.known == "history"]
    if changes is None or not dated or bool(looks["as_of"].isna().all()):
        # One derivation a lead, not one a look: as exported, all looks at a lead are alike.
        return derive(exported, competitors=competitors).take(at).reset_index(drop=True)
    seen = exported.take(at).reset_index(drop=True)
    seen = seen.assign(**{p.name: in_force(looks, changes, p) for p in dated})
    return derive(seen, competitors=competitors)


def in_force(looks: pd.DataFrame, changes: pd.DataFrame, prop: Property) -> pd.Series:
    """Return one property's value at each look: the newest that was known by then, or null.

    Of several values at one moment the last of the table counts.
    """
    own = changes.loc[changes["property"] == prop.name, ["lead_id", "known_from", "value"]]
    asked = looks[["lead_id", "as_of"]].reset_index(drop=True)
    asked = asked.assign(place=np.arange(len(asked))).sort_values("as_of", kind="stable")
    found = pd.merge_asof(
        asked,
        own.sort_values("known_from", kind="stable"),
        left_on="as_of",
        right_on="known_from",
        by="lead_id",
    )
    values = found.set_index("place")["value"].sort_index().reset_index(drop=True)
    return pd.to_numeric(values).astype("float64") if prop.is_number else values.astype("str")
