"""A project whose night scores as many open leads as asked for: a simulated CRM, repeated under other ids.

A CRM of some thousand leads is simulated, read in, and taught by the product itself; then the trees are grown
to the size asked for, and the tables are repeated with ids that keep their order. All leads are open.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leadscore.adapters.bundle import read_bundle, write_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.adapters.crm_export import write_export
from leadscore.adapters.files import whole_folder
from leadscore.domain.settings import Settings
from leadscore.scoring.blend.parts import Parts
from leadscore.scoring.model import Rows, fitted
from leadscore.scoring.scorer import Model
from leadscore.simulation.world import default_world
from leadscore.stages import ingest, snapshot, train

ROOT = Path(__file__).resolve().parents[2]
BASE_LEADS, SEED = 20_000, 11
TREES, LEAVES = 400, 31
_FORMAT = 3


@dataclass(frozen=True)
class Size:
    """A night's size: leads and events."""

    n_leads: int
    n_events: int


def settings_of(**changes: dict[str, Any]) -> Settings:
    """Return the settings of the demo, taught by monthly looks, so that the benchmark is soon ready."""
    plain = load_settings(ROOT / "params.yaml", []).model_dump(by_alias=True)
    quick = {
        "snapshots": {"every_days": 28},
        "model": {"max_rounds": 80},
        "review": {"bootstrap": 100},
    }
    for block, values in {**quick, **changes}.items():
        plain[block] = {**plain[block], **values}
    return Settings.model_validate(plain)


def taught(folder: Path) -> Workspace:
    """Return the project of the simulated CRM with a bundle of `TREES` trees, made unless it is there."""
    made = folder / f"base-{_FORMAT}"
    if not made.exists():
        with whole_folder(made.absolute()) as new:
            _teach(Workspace(new, ROOT))
    return Workspace(made, ROOT)


def _teach(workspace: Workspace) -> None:
    settings = settings_of()
    raw = workspace.root / settings.source.raw_dir
    write_export(default_world(), raw, workspace.folders["truth"], n_leads=BASE_LEADS, seed=SEED)
    ingest.run(workspace, settings)
    snapshot.run(workspace, settings)
    train.run(workspace, settings)
    _grow(workspace, settings)
    for name in ("raw", "truth", "issued"):
        shutil.rmtree(workspace.root / "data" / name, ignore_errors=True)


def _grow(workspace: Workspace, settings: Settings) -> None:
    """Replace the trees of the bundle by larger ones, taught by the same looks, and let them weigh."""
    bundle = read_bundle(workspace.folders["bundle"])
    model = bundle.scorer.model
    assert model is not None
    looks = workspace.table("snapshots", "snapshots")
    looks = looks.loc[looks["is_mature"]]
    x = model.encoder.matrix(looks)
    rows = Rows(x, looks["label"].to_numpy(dtype=np.float64), np.arange(len(x)))
    large = settings.model.model_copy(update={"num_leaves": LEAVES, "learning_rate": 0.03})
    trees = fitted(model.encoder, rows, large, rounds=TREES, seed=SEED, threads=settings.threads)
    parts = Parts(model.encoder, model.parts.curve, model.parts.linear, trees)
    weights = replace(model.weights, weights=(0.3, 0.3, 0.5))
    grown = Model(parts, weights, model.platt, model.levels)
    scorer = replace(bundle.scorer, model=grown, opinion="model")
    grid = load_yaml(workspace.folders["bundle"] / "grid.yaml")
    about = {
        k: v for k, v in bundle.manifest.items() if k not in ("format", "trees_sha256", "members")
    }
    golden = (
        x[:: max(1, len(x) // 20)],
        looks["grid_points"].to_numpy(dtype=np.float64)[:: max(1, len(x) // 20)],
    )
    shutil.rmtree(workspace.folders["bundle"])
    write_bundle(
        workspace.folders["bundle"], scorer, grid_source=grid, golden=golden,
        about={**about, "opinion": "model", "unfit": []}, typical=bundle.typical,
    )  # fmt: skip


def night(folder: Path, base: Workspace, n_leads: int) -> tuple[Workspace, Size]:
    """Return a project with `n_leads` open leads, made in `folder` unless it is there."""
    made = folder / f"night-{n_leads}-{_FORMAT}"
    if not (made / "size.json").exists():
        shutil.rmtree(made, ignore_errors=True)
        (made / "data/tables").mkdir(parents=True)
        (made / "models").mkdir()
        shutil.copytree(base.folders["bundle"], made / "models/bundle")
        n_events = _repeat(base.folders["tables"], made / "data/tables", n_leads)
        (made / "size.json").write_text(json.dumps([n_leads, n_events]), encoding="utf-8")
    return Workspace(made, base.config), Size(*json.loads((made / "size.json").read_text("utf-8")))


def _repeat(tables: Path, out: Path, n_leads: int) -> int:
    """Write leads, outcomes and events again and again, each time under other ids; return the events."""
    leads = pq.read_table(tables / "leads.parquet").sort_by("lead_id")
    outcomes = _all_open(pq.read_table(tables / "outcomes.parquet").sort_by("lead_id"))
    events = pq.read_table(tables / "events.parquet")
    shutil.copy(tables / "ingest.json", out)
    for name in ("changes", "feedback", "nps", "rejected"):
        if (tables / f"{name}.parquet").exists():
            shutil.copy(tables / f"{name}.parquet", out)
    n = 0
    with (
        _writer(out / "leads.parquet", leads) as a,
        _writer(out / "outcomes.parquet", outcomes) as b,
        _writer(out / "events.parquet", events) as c,
    ):
        for prefix, last in _turns(leads["lead_id"], n_leads):
            for writer, table in ((a, leads), (b, outcomes), (c, events)):
                kept = (
                    table if last is None else table.filter(pc.less_equal(table["lead_id"], last))
                )
                ids = pc.binary_join_element_wise(prefix, kept["lead_id"].cast(pa.string()), "-")
                place = kept.schema.get_field_index("lead_id")
                again = kept.set_column(
                    place,
                    kept.schema.field("lead_id"),
                    ids.cast(kept.schema.field("lead_id").type),
                )
                writer.write_table(again, row_group_size=131_072)
            n += again.num_rows
    return n


def _turns(ids: pa.ChunkedArray, n_leads: int) -> Iterator[tuple[str, str | None]]:
    """Yield the prefix of every repetition, and the last id that still belongs to it (None: all)."""
    for turn in range(-(-n_leads // len(ids))):
        left = n_leads - turn * len(ids)
        yield f"{turn:04d}", None if left >= len(ids) else ids[left - 1].as_py()


def _all_open(outcomes: pa.Table) -> pa.Table:
    n = outcomes.num_rows
    for name, value in (("status", "open"), ("closed_at", None)):
        field = outcomes.schema.field(name)
        column = pa.array([value] * n, field.type)
        outcomes = outcomes.set_column(outcomes.schema.get_field_index(name), field, column)
    return outcomes


def _writer(path: Path, like: pa.Table) -> pq.ParquetWriter:
    sorted_by = None
    if path.name == "events.parquet":
        sorted_by = pq.SortingColumn.from_ordering(
            like.schema, [("lead_id", "ascending"), ("occurred_at", "ascending")]
        )
    return pq.ParquetWriter(
        path, like.schema, compression="zstd", sorting_columns=sorted_by, write_page_checksum=True
    )
