"""The table `leads`, and the ids of every file with one row a lead (or an episode of one)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.ingest.intake import Intake
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import SourceMapping

Mask = npt.NDArray[np.bool_]
Int = npt.NDArray[np.int64]


def lead_ids(intake: Intake) -> pd.Series:
    """Return the lead of each row; refuse rows without one, and leads that contradict themselves.

    In a file with a role `opened_at` several rows of a lead are its episodes, no contradiction.

    Raises
    ------
    InputError
        ``id-collision``: two ids of the file differ only in spaces, form or invisible characters.
    """
    header = intake.header_of("lead_id")
    if header is None:
        return pd.Series([f"row-{n:07d}" for n in intake.table.number], dtype="str")
    ids = intake.ids(header)
    _refuse_collisions(intake, header, ids)
    several = ids.duplicated(keep=False).to_numpy() & intake.sieve.keep
    if several.any():
        rows = pd.DataFrame(
            {h: intake.text(h)[several] for h in intake.table.columns if h != header}
            | {"": ids[several]}
        )
        again = np.zeros(len(ids), dtype=np.bool_)
        again[np.flatnonzero(several)[rows.duplicated().to_numpy()]] = True
        intake.note(
            intake.sieve.drop_repeats(again), "rows repeat an earlier one identically; one is kept"
        )
        if intake.header_of("opened_at") is None:
            twice = ids.where(intake.sieve.keep).duplicated(keep=False).to_numpy()
            intake.sieve.refuse(
                twice,
                "conflicting-id",
                "several rows of this lead say different things",
                column=header,
                values=ids,
            )
    return ids


def read_leads(
    intake: Intake, mapping: SourceMapping, *, ids: pd.Series, observed_until: pd.Timestamp | None
) -> pd.DataFrame:
    """Return `lead_id`, `created_at`, `order`, `row` (place in the file, from 1) and `account_id` if mapped.

    Every row of the file is in it, refused ones too.
    """
    created = pd.Series(pd.NaT, index=ids.index, dtype="datetime64[us, UTC]")
    if (header := intake.header_of("created_at")) is not None:
        created, _ = intake.times(
            header,
            observed_until=observed_until,
            required=mapping.shape != "wide" or mapping.order == "time",
        )
    order = _order(intake, mapping, created)
    leads = pd.DataFrame(
        {"lead_id": ids, "created_at": created, "order": order, "row": intake.table.number}
    )
    if (header := intake.header_of("account_id")) is not None:
        leads["account_id"] = intake.text(header)
    return leads


def _refuse_collisions(intake: Intake, header: str, ids: pd.Series) -> None:
    raw = intake.table.columns[header]
    if raw.nunique() == ids.nunique():
        return
    spelled = pd.DataFrame({"raw": raw, "id": ids})[intake.sieve.keep].drop_duplicates()
    several = spelled[spelled["id"].duplicated(keep=False)]
    if len(several) == 0:
        return
    at = int(several.index[several["id"] == several["id"].iloc[0]][1])
    raise InputError(
        "id-collision",
        f"id {raw[at]!r} is the same as another row's but for spaces or invisible characters",
        file=intake.name,
        row=int(intake.table.line[at]),
        column=header,
        fix="correct the ids in the CRM or the export",
    )


def _order(intake: Intake, mapping: SourceMapping, created: pd.Series) -> Int:
    if mapping.order == "time":
        micros = created.fillna(pd.Timestamp(0, tz="UTC")).astype("int64").to_numpy()
        return np.floor_divide(micros, 1_000_000)
    if mapping.order == "row":
        return intake.table.number
    header = intake.header_of("order")
    if mapping.order == "none" or header is None:
        return np.zeros(len(created), dtype=np.int64)
    number = intake.numbers(header, required=True, span=(-(2.0**53), 2.0**53))
    whole = np.nan_to_num(number)
    intake.sieve.refuse(
        whole != np.floor(whole),
        "bad-number",
        "the order must be a whole number",
        column=header,
        values=intake.text(header),
    )
    return whole.astype(np.int64)
