"""The events of the history benchmark: simulated once, streamed to disk, kept in a cache folder.

Every size is a prefix by lead of the largest one, sorted by lead and, in a second file, by time.
The simulator is the demo's, with a season of web activity some three times as strong, so that a
lead has about 50 events; no code of it differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa

from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.adapters.files import ROWS_PER_GROUP, parquet_writer, whole_folder
from leadscore.simulation.blocks import Block, simulate_blocks
from leadscore.simulation.log import SUBJECTS
from leadscore.simulation.vocabulary import ACTIVITIES
from leadscore.simulation.world import World

ROOT = Path(__file__).resolve().parents[1]
WEB_ACTIVITY = 3.4
"""Factor on the season of web activity: 22.8 events a lead become 50.5."""
SIZES = (5_000_000, 10_000_000, 20_000_000, 50_000_000)
N_LEADS, SEED, BLOCK_SIZE = 1_000_000, 3, 10_000
WEEKS_A_BUCKET = 5
"""Events go through buckets of so many weeks to be ordered by time: some 2 M rows at once."""

UTC_US = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("lead_id", pa.string()),
        ("occurred_at", UTC_US),
        ("type", pa.string()),
        ("subject", pa.string()),
        ("value", pa.float64()),
    ]
)
_COMPACT = np.dtype([("lead", "<i4"), ("time", "<i8"), ("type", "i1"), ("subject", "i1"),
                     ("value", "<f4")])  # fmt: skip


@dataclass(frozen=True)
class Prefix:
    """The first `n_leads` leads: how many events they have."""

    n_events: int
    n_leads: int


@dataclass(frozen=True)
class Histories:
    """The cache folder and its prefixes, smallest first."""

    folder: Path
    prefixes: tuple[Prefix, ...]

    def by_lead(self, i: int) -> Path:
        """Return the file of the i-th prefix, sorted by lead and time."""
        return self.folder / f"by_lead_{i}.parquet"

    def by_time(self, i: int) -> Path:
        """Return the file of the i-th prefix, ordered by time."""
        return self.folder / f"by_time_{i}.parquet"

    @property
    def leads(self) -> Path:
        """The file of leads: lead_id, created, closed (null: open), sorted by lead_id."""
        return self.folder / "leads.parquet"


def world() -> World:
    """Return the simulated market: the demo's, whose visitors come more often."""
    usual = World()
    return World(month_activity=tuple(WEB_ACTIVITY * share for share in usual.month_activity))


def event_types() -> dict[str, str]:
    """Return the product's type of every activity of the simulated CRM."""
    mapping = load_yaml(ROOT / "config/sources/demo.yaml")
    return {activity: mapping["events"][activity]["type"] for activity in ACTIVITIES}


def prepared(
    folder: Path, *, n_leads: int = N_LEADS, sizes: Sequence[int] = SIZES, seed: int = SEED
) -> Histories:
    """Return the histories in `folder`, made there first unless its manifest fits.

    Parameters
    ----------
    n_leads
        Leads of the largest size; `sizes` are events asked for, the last one takes all leads.
    """
    wanted = {
        "n_leads": n_leads, "sizes": list(sizes), "seed": seed, "block_size": BLOCK_SIZE,
        "world": hashlib.sha256(repr(world()).encode()).hexdigest()[:12],
        "rows_a_group": ROWS_PER_GROUP, "format": 1,
    }  # fmt: skip
    manifest = folder / "manifest.json"
    if manifest.is_file():
        found = json.loads(manifest.read_text(encoding="utf-8"))
        if found["made_of"] == wanted:
            return Histories(folder, tuple(Prefix(**prefix) for prefix in found["prefixes"]))
    with whole_folder(folder.absolute()) as new:
        prefixes = _make(new, n_leads, sizes, seed)
        told = {"made_of": wanted, "prefixes": [asdict(prefix) for prefix in prefixes]}
        (new / manifest.name).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return Histories(folder, prefixes)


class _Writer:
    """Parquet as the product writes it, in full row groups whatever comes at once."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = parquet_writer(path, schema)
        self._held = schema.empty_table()
        self.n_rows = 0

    def write(self, rows: pa.Table) -> None:
        self.n_rows += rows.num_rows
        held = pa.concat_tables([self._held, rows])
        full = held.num_rows // ROWS_PER_GROUP * ROWS_PER_GROUP
        if full:
            self._file.write_table(held.slice(0, full), row_group_size=ROWS_PER_GROUP)
        self._held = held.slice(full).combine_chunks()

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._held.num_rows:
            self._file.write_table(self._held)
        self._file.close()


def _make(new: Path, n_leads: int, sizes: Sequence[int], seed: int) -> tuple[Prefix, ...]:
    market, types = world(), event_types()
    closed_leads = [_Leads(limit, 0, 0) for limit in [*sizes[:-1], None]]
    ids: list[str] = []
    with ExitStack() as stack:
        leads = stack.enter_context(_Writer(new / "leads.parquet", _LEADS))
        files = [
            stack.enter_context(_Writer(new / f"by_lead_{i}.parquet", SCHEMA))
            for i in range(len(sizes))
        ]
        buckets = [
            stack.enter_context((new / f"bucket_{i}").open("w+b"))
            for i in range(-(-market.n_weeks // WEEKS_A_BUCKET))
        ]
        for block in simulate_blocks(market, n_leads=n_leads, seed=seed, block_size=BLOCK_SIZE):
            first = len(ids)
            ids += block.leads["Lead ID"].tolist()
            leads.write(_leads_of(block))
            number = first + pd.Index(block.leads["Lead ID"]).get_indexer(block.events["Lead ID"])
            rows = _events_of(block, types)
            for cut, file in zip(closed_leads, files, strict=True):
                file.write(rows.slice(0, cut.take(number, n_leads=len(ids))))
            _spill(block, number, buckets, market)
        prefixes = tuple(Prefix(cut.n_events, cut.n_leads) for cut in closed_leads)
        _write_by_time(new, prefixes, buckets, ids, types)
    for i in range(len(buckets)):
        (new / f"bucket_{i}").unlink()
    return prefixes


@dataclass
class _Leads:
    """How far a prefix has grown: whole leads while it has fewer than `limit` events."""

    limit: int | None
    n_events: int
    n_leads: int
    is_full: bool = False

    def take(self, number: np.ndarray, *, n_leads: int) -> int:
        """Return how many of a block's events (leads' numbers, ascending) belong to the prefix."""
        if self.is_full:
            return 0
        n = len(number)
        if self.limit is not None and self.n_events + n >= self.limit:
            self.is_full = True
            n_leads = int(number[self.limit - self.n_events - 1]) + 1
            n = int(np.searchsorted(number, n_leads))
        self.n_events, self.n_leads = self.n_events + n, n_leads
        return n


_LEADS = pa.schema([("lead_id", pa.string()), ("created", UTC_US), ("closed", UTC_US)])


def _leads_of(block: Block) -> pa.Table:
    closed = block.deals.set_index("Lead ID")["Closed"].reindex(block.leads["Lead ID"])
    columns = [block.leads["Lead ID"].tolist(), _us(block.leads["Created"]), _us(closed)]
    return pa.table(columns, schema=_LEADS)


def _us(times: pd.Series) -> pa.Array:
    naive = times.dt.tz_convert(None).to_numpy(dtype="datetime64[us]")
    return pa.array(naive, from_pandas=True).cast(UTC_US)


def _events_of(block: Block, types: dict[str, str]) -> pa.Table:
    events = block.events
    return pa.table(
        [
            pa.array(events["Lead ID"], pa.string()),
            _us(events["Time"]),
            pa.array(events["Activity"].map(types), pa.string()),
            pa.array(events["Subject"], pa.string(), from_pandas=True),
            pa.array(events["Value"].astype("Float64"), pa.float64(), from_pandas=True),
        ],
        schema=SCHEMA,
    )


def _spill(block: Block, number: np.ndarray, buckets: Sequence[BinaryIO], market: World) -> None:
    """Append a block's events to the buckets of their weeks."""
    events = block.events
    rows = np.empty(len(events), _COMPACT)
    rows["lead"] = number
    rows["time"] = events["Time"].dt.tz_convert(None).to_numpy(dtype="datetime64[s]").astype("i8")
    rows["type"] = pd.Index(ACTIVITIES).get_indexer(events["Activity"])
    rows["subject"] = pd.Index(SUBJECTS).get_indexer(events["Subject"])
    rows["value"] = events["Value"].to_numpy(dtype="f4", na_value=np.nan)
    bucket = (rows["time"] - market.start_seconds) // (WEEKS_A_BUCKET * 7 * 86_400)
    order = np.argsort(bucket, kind="stable")
    edges = np.searchsorted(bucket[order], np.arange(len(buckets) + 1))
    for i, file in enumerate(buckets):
        file.write(rows[order[edges[i] : edges[i + 1]]].tobytes())


def _write_by_time(
    new: Path,
    prefixes: Sequence[Prefix],
    buckets: Sequence[BinaryIO],
    ids: Sequence[str],
    types: dict[str, str],
) -> None:
    lead_ids = pa.array(ids, pa.string())
    with ExitStack() as stack:
        files = [
            stack.enter_context(_Writer(new / f"by_time_{i}.parquet", SCHEMA))
            for i in range(len(prefixes))
        ]
        for rows in _in_time_order(buckets):
            for prefix, file in zip(prefixes, files, strict=True):
                kept = rows[rows["lead"] < prefix.n_leads]
                file.write(_worded(kept, lead_ids, list(types.values())))


def _in_time_order(buckets: Sequence[BinaryIO]) -> Iterator[np.ndarray]:
    for file in buckets:
        file.seek(0)
        rows = np.frombuffer(file.read(), _COMPACT)
        yield rows[np.argsort(rows["time"], kind="stable")]


def _worded(rows: np.ndarray, lead_ids: pa.Array, types: Sequence[str]) -> pa.Table:
    subject = pa.array(rows["subject"].astype("i4"), mask=rows["subject"] < 0)
    value = rows["value"].astype("f8")
    return pa.table(
        [
            lead_ids.take(pa.array(rows["lead"].copy())),
            pa.array(rows["time"] * 1_000_000).cast(UTC_US),
            pa.array(list(types), pa.string()).take(pa.array(rows["type"].astype("i4"))),
            pa.array(list(SUBJECTS), pa.string()).take(subject),
            pa.array(value, mask=np.isnan(value)),
        ],
        schema=SCHEMA,
    )
