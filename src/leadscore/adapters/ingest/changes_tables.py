"""The table `changes`: since when each value of a property is known, from what an export tells of it.

What it means, property by property:

- The value in force at a moment is the newest that was known by then (that moment included).
- Where rows hold the value before a change, too: before its first change a lead had that change's old
  value, from its creation on. A lead that never changed has its exported value from its creation on.
- Where they do not, a history is complete from its first row: before it the value is missing. A lead
  without a row keeps its exported value from its creation on, and such leads are counted.
- A version ends at its `valid_to`, the first moment at which it no longer holds, unless the next
  version begins there or earlier; after an end the value is missing. An end after the export is a plan.
- Of several values at one moment the later row counts. A refused row leaves the value before it in force.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.cells import words
from leadscore.adapters.ingest.change_rows import History, as_text
from leadscore.domain.schemas import TIME

Mask = npt.NDArray[np.bool_]

_TYPES = {"lead_id": "str", "property": "str", "value": "str", "known_from": TIME}
_DAY = pd.Timedelta(days=1)


def changes_table(
    entries: pd.DataFrame,
    leads: pd.DataFrame,
    histories: Sequence[History],
    *,
    observed_until: pd.Timestamp | None,
) -> tuple[pd.DataFrame, list[str]]:
    """Return the table `changes`, and what is odd about the histories.

    Parameters
    ----------
    entries
        As `change_rows.ChangeRows.entries` gives them.
    leads
        The leads with the properties that their file holds.
    histories
        Properties with a history.
    observed_until
        The moment of the export: ends of versions after it are not known to come.

    Returns
    -------
    tuple
        The table, sorted by lead, property and time, one value a moment, no value twice in a row; and
        one line a kind of oddity.
    """
    is_plan = np.zeros(len(entries), dtype=np.bool_)
    if observed_until is not None:
        is_plan = (entries["until"] > observed_until).to_numpy()
    entries = entries.rename(columns={"occurred_at": "at"})
    entries = entries.assign(until=entries["until"].mask(is_plan))
    n_plans = entries.loc[is_plan, "row"].nunique()
    told = [f"histories: {n_plans:,} versions end after the export; that is a plan and left out"]
    warnings = told if n_plans else []
    parts = []
    for place, history in enumerate(histories):
        story = _Story(history, entries[entries["property"] == place], leads)
        parts.append(story.rows())
        warnings += [f"history of {history.name}: {n:,} {text}" for n, text in story.notes if n]
    rows = pd.concat(parts, ignore_index=True) if parts else _no_rows()
    rows = rows.sort_values(["lead", "property", "at"], kind="stable", ignore_index=True)
    table = pd.DataFrame(
        {
            "lead_id": leads["lead_id"].array.take(rows["lead"].to_numpy(dtype=np.intp)),
            "property": rows["property"],
            "value": rows["value"],
            "known_from": rows["at"],
        }
    )
    return table.astype(_TYPES), warnings


def last_values(changes: pd.DataFrame, leads: pd.DataFrame, history: History) -> pd.Series:
    """Return the last value known of each lead, for a property that the leads' file does not hold."""
    own = changes[changes["property"] == history.name]
    last = own.drop_duplicates("lead_id", keep="last").set_index("lead_id")["value"]
    values = last.reindex(leads["lead_id"]).reset_index(drop=True)
    if history.column.kind in ("number", "flag"):
        return pd.to_numeric(values).astype("float64")
    return values.astype("str")


class _Story:
    """The history of one property; `notes` holds how often what is odd."""

    def __init__(self, history: History, own: pd.DataFrame, leads: pd.DataFrame) -> None:
        self.notes: list[tuple[int, str]] = []
        self._history, self._created = history, leads["created_at"]
        self._exported = (
            as_text(leads[history.name])
            if history.is_exported
            else pd.Series(None, index=leads.index, dtype="str")
        )
        self._own = self._spelled(own).sort_values(["lead", "at", "row"], ignore_index=True)

    def rows(self) -> pd.DataFrame:
        """Return columns lead, property, at and value; one row a lead and moment."""
        before = self._before_first()  # of the first row as told, also where it is told again later
        self._drop_repeats()
        self._check_chain()
        self._one_a_moment()
        ends = self._ends()
        told = self._own[["lead", "at", "value"]].assign(turn=1)
        rows = pd.concat([before.assign(turn=0), told, ends.assign(turn=2)], ignore_index=True)
        rows = rows.sort_values(["lead", "at", "turn"], ignore_index=True)
        rows = rows[~rows.duplicated(["lead", "at"], keep="last")].reset_index(drop=True)
        self._compare_with_export(rows)
        is_same = _same(rows["value"], rows["value"].shift()) & _same_lead(rows)
        return rows[~is_same].assign(property=self._history.name)[
            ["lead", "property", "at", "value"]
        ]

    def _spelled(self, own: pd.DataFrame) -> pd.DataFrame:
        """Give categories one spelling: that of the leads' file, else the most frequent."""
        if self._history.column.kind != "category" or len(own) == 0:
            return own
        cells = pd.concat([own["value"], own["old"]], ignore_index=True)
        spelled, _ = words.one_spelling(cells)
        known = {_folded(str(word)): str(word) for word in self._exported.dropna().unique()}
        spelled = words.on_distinct(spelled, lambda word: known.get(_folded(word), word))
        n_merged = cells[~_same(spelled, cells)].nunique()
        self.notes.append((n_merged, "spellings differ from others only in case or spacing"))
        return own.assign(value=spelled.array[: len(own)], old=spelled.array[len(own) :])

    def _drop_repeats(self) -> None:
        again = self._own.duplicated(["lead", "at", "until", "value", "old"], keep="last")
        self.notes.append((int(again.sum()), "entries are told twice; one is kept"))
        self._own = self._own[~again].reset_index(drop=True)

    def _before_first(self) -> pd.DataFrame:
        """Return what leads had from their creation on, as far as that is known."""
        has_old = self._history.form == "changes with old values"
        first = self._own[~_same_lead(self._own)]
        n = len(self._exported)
        without = np.ones(n, dtype=np.bool_)
        without[first["lead"]] = False
        value = self._exported.where(without)
        if has_old:
            later = first[first["at"].array > self._created.array.take(first["lead"])]
            value.iloc[later["lead"]] = later["old"].array
        else:
            told = "leads have no entry; their exported value counts from their creation on"
            self.notes.append((int(value.notna().sum()), told))
        is_known = value.notna().to_numpy()
        return pd.DataFrame(
            {
                "lead": np.flatnonzero(is_known),
                "at": self._created[is_known].array,
                "value": value[is_known].array,
            }
        )

    def _check_chain(self) -> None:
        if self._history.form != "changes with old values":
            return
        breaks = _same_lead(self._own) & ~_same(self._own["old"], self._own["value"].shift())
        told = "changes have another old value than the change before left; rows may be missing"
        self.notes.append((int(breaks.sum()), told))

    def _one_a_moment(self) -> None:
        moment = ["lead", "at"]
        is_last = ~self._own.duplicated(moment, keep="last")
        number = is_last.shift(fill_value=False).cumsum()  # of the moment each row belongs to
        kept = self._own.loc[is_last, "value"].reset_index(drop=True)
        differs = ~_same(self._own["value"], pd.Series(kept.array.take(number.to_numpy())))
        told = "moments have two values or more; the later row counts"
        self.notes.append((number[differs].nunique(), told))
        self._own = self._own[is_last].reset_index(drop=True)

    def _ends(self) -> pd.DataFrame:
        """Return where a version ends and none begins: the value is missing from then on."""
        own = self._own
        follows = pd.Series(_same_lead(own)).shift(-1, fill_value=False).astype(bool)
        gap = own["at"].shift(-1).where(follows) - own["until"]
        ends = own["until"].notna() & ~(gap <= pd.Timedelta(0))
        told = "versions reach into the next one, which counts from its beginning"
        self.notes.append((int((gap < pd.Timedelta(0)).sum()), told))
        told = (
            "versions end a day or less before the next one begins; in between the value is missing "
            "(`valid_to` is the first moment at which a version no longer holds)"
        )
        self.notes.append((int((ends & (gap <= _DAY)).sum()), told))
        at = own.loc[ends, "until"].array
        return pd.DataFrame(
            {
                "lead": own.loc[ends, "lead"].array,
                "at": at,
                "value": pd.array([None] * len(at), "str"),
            }
        )

    def _compare_with_export(self, rows: pd.DataFrame) -> None:
        if not self._history.is_exported:
            return
        last = rows[~rows.duplicated("lead", keep="last")]
        exported = self._exported.iloc[last["lead"]].reset_index(drop=True)
        n = int((~_same(last["value"].reset_index(drop=True), exported)).sum())
        told = "leads end with another value than the exported one; the export is older or newer"
        self.notes.append((n, told))


def _same(left: pd.Series, right: pd.Series) -> Mask:
    """Mark equal cells; two nulls are equal."""
    alike = (left == right).fillna(value=False).to_numpy(dtype=np.bool_)
    return alike | (left.isna() & right.isna()).to_numpy()


def _same_lead(rows: pd.DataFrame) -> Mask:
    """Mark rows whose lead is that of the row before."""
    lead = rows["lead"].to_numpy()
    return np.concatenate([np.zeros(min(len(lead), 1), np.bool_), lead[1:] == lead[:-1]])


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())


def _no_rows() -> pd.DataFrame:
    columns = {"lead": "int64", "property": "str", "at": TIME, "value": "str"}
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})
