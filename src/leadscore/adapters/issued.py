"""Issued scores: immutable partitions, one for each (as_of, inputs). A reader trusts only manifests.

Shadow scores lie in partitions of the same make, without the CRM's import.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from leadscore.adapters.appending import put
from leadscore.adapters.catalog import sha256_of_text
from leadscore.adapters.disk import refuse_without_room, told_by_the_disk
from leadscore.adapters.disk_shelf import sweep_shelves
from leadscore.adapters.durable import sweep
from leadscore.adapters.files import (
    read_table,
    refuse_a_file,
    sha256_of,
    to_json,
    whole_folder,
)
from leadscore.adapters.issued_rows import MEMBERS, OF_SHADOWS, write_rows
from leadscore.adapters.sealed import is_sealed, read_manifest, sealed
from leadscore.domain.errors import InputError

_FIX = "delete this partition and run `leadscore score` for its date again"
_UNSEALED = {"inputs", "counts", "order", "members", "degraded", "without"}
"""Keys of manifests as they were before they had a seal."""
_BYTES_PER_LEAD = 600
"""Of scores and import together, as measured on the demo (see docs/bad_inputs.md, 124)."""


def run_id(inputs: dict[str, Any]) -> str:
    """Return the id of a run: twelve hex digits of the hash of everything that decides its bytes."""
    return sha256_of_text(to_json(inputs))[:12]


def partition(root: Path, *, as_of: pd.Timestamp, inputs: dict[str, Any]) -> Path:
    """Return the folder of a run's partition."""
    day = "undated" if pd.isna(as_of) else f"{as_of:%Y-%m-%d}"
    return root / f"as_of={day}" / f"run={run_id(inputs)}"


def is_whole(folder: Path, *, shadow: bool = False) -> bool:
    """Tell whether a partition is complete; a damaged one is refused.

    Parameters
    ----------
    shadow
        Whether it holds shadow scores, which are never imported into a CRM.

    Raises
    ------
    InputError
        ``issued-damaged``: a file does not fit the manifest.
    """
    manifest = folder / "MANIFEST.json"
    if not manifest.exists():
        return False
    wanted = set(OF_SHADOWS if shadow else MEMBERS)
    read = _manifest(folder)
    members = read.get("members")
    if not isinstance(members, dict) or not wanted <= set(members):
        raise _damaged(manifest, "the manifest lists no members")
    if folder.name.startswith("run=") and folder.name != f"run={run_id(read.get('inputs', {}))}":
        raise _damaged(manifest, "the manifest is that of another run")
    for name, expected in members.items():
        path = folder / name
        is_plain = Path(name).name == name and path.is_file() and not path.is_symlink()
        if not is_plain or sha256_of(path) != expected:
            raise _damaged(path, "a file does not fit the manifest")
    return True


def _manifest(folder: Path) -> dict[str, Any]:
    """Read a partition's manifest; its seal must fit, and only manifests of before there was one have none."""
    path = folder / "MANIFEST.json"
    read = read_manifest(path, fix=_FIX)
    if not isinstance(read, dict):
        raise _damaged(path, "the manifest lists no members")
    if not set(read) <= _UNSEALED and not is_sealed(path, read):
        raise _damaged(path, "the manifest does not fit its own checksum")
    return read


def _damaged(path: Path, told: str) -> InputError:
    return InputError("issued-damaged", told, file=path, fix=_FIX)


def make_ready(folder: Path, *, source: str, n_leads: int, beside: int = 0) -> None:
    """Look before the work whether a partition can be written, and sweep what killed runs left.

    Parameters
    ----------
    folder
        The partition that is about to be written, by the only run there is (`locking.scoring_alone`).
    source
        Whose leads: scores of two sources in one place could not be told apart.
    n_leads
        Rows it may have.
    beside
        Bytes a lead that will lie beside it while it is made.

    Raises
    ------
    InputError
        ``folder-in-use``, ``other-source``, ``disk-full`` or ``disk-refused``.
    """
    refuse_a_file(folder)
    last = newest(folder.parent.parent)
    other = source if last is None else inputs_of(last).get("source", source)
    if other != source:
        raise InputError(
            "other-source",
            f"the scores that lie here are those of {other}, these would be of {source}",
            file=folder.parent.parent,
            fix="give each source a project folder of its own (--root, with --config for the settings)",
        )
    for day in folder.parent.parent.glob("as_of=*"):
        sweep(day, "run=*")
    sweep_shelves(folder.parent.parent, but_of=folder)
    refuse_without_room(folder, expected_bytes=n_leads * (_BYTES_PER_LEAD + beside))


def refuse_earlier(folder: Path, *, as_of: pd.Timestamp, is_forced: bool) -> None:
    """Refuse a moment before that of the last scores, unless somebody asked for it by its date.

    Parameters
    ----------
    folder
        The partition that is about to be written; the last scores lie beside it.

    Raises
    ------
    InputError
        ``clock-behind``: the export is older than the last one scored, or a clock was set back.
    """
    last = None if is_forced else newest(folder.parent.parent)
    if last is None:
        return
    before = _run(last).moment
    if as_of < before:
        raise InputError(
            "clock-behind",
            f"the export ends {as_of:%Y-%m-%d %H:%M:%S}Z, before the last scores of "
            f"{before:%Y-%m-%d %H:%M:%S}Z",
            file=last / "MANIFEST.json",
            fix=f"ingest the newest export, or force it with --as-of {as_of:%Y-%m-%dT%H:%M:%SZ}",
        )


def warnings_of(folder: Path) -> list[str]:
    """Return what was odd about a partition's leads, and what its night had to do without."""
    manifest = _manifest(folder)
    counts = manifest["counts"]
    degraded = [f"degraded: without {manifest['without']}"] if manifest.get("degraded") else []
    gates = [g for g in manifest.get("gates", ()) if g["verdict"] in ("warned", "accepted")]
    told = [f"{gate['gate']}: {gate['told']}" for gate in gates]
    return [*degraded, *told, *manifest.get("warnings", ())] + [
        f"{n:,} of {counts['open']:,} open leads have a {name.removeprefix('unknown ')} that the "
        "model was not trained on"
        for name, n in counts.items()
        if name.startswith("unknown ")
    ]


def write_partition(
    folder: Path,
    issued: pd.DataFrame | Iterable[pd.DataFrame],
    *,
    inputs: dict[str, Any],
    counts: dict[str, int],
    shadow: bool = False,
    warnings: Sequence[str] = (),
    gates: Sequence[dict[str, Any]] = (),
) -> None:
    """Write an issued table, its CRM import (none of a shadow) and its manifest, as one whole.

    The manifest's `order` numbers the runs of a day as they are issued, from 1 on: a copy of the folder keeps
    it, which times of files would not.

    Parameters
    ----------
    issued
        One table, or its rows in tables of `ROWS_PER_GROUP`, the last one smaller: the same bytes.

    Raises
    ------
    InputError
        ``disk-refused``, ``folder-in-use``, or as `schemas.check`; then no partition is there.
    """
    tables = [issued] if isinstance(issued, pd.DataFrame) else issued
    with told_by_the_disk(folder), whole_folder(folder) as filling:
        write_rows(filling, tables, has_import=not shadow)
        members = OF_SHADOWS if shadow else MEMBERS
        manifest = {
            "format": 2,
            "inputs": inputs,
            "counts": counts,
            "order": 1 + max((run.order for run in _of_day(folder.parent)), default=0),
            "members": {name: sha256_of(filling / name) for name in members},
            "warnings": list(warnings),
            "gates": list(gates),
        }
        (filling / "MANIFEST.json").write_text(sealed(manifest), encoding="utf-8", newline="")


def counts_of(folder: Path) -> dict[str, int]:
    """Return what a partition's manifest counts."""
    return dict(_manifest(folder)["counts"])


def inputs_of(folder: Path) -> dict[str, Any]:
    """Return what decided the bytes of a partition."""
    return dict(_manifest(folder)["inputs"])


def mark_degraded(folder: Path, why: str) -> None:
    """Note in a partition's manifest that its night had to do without something, and without what."""
    marked = {**_manifest(folder), "degraded": True, "without": why}
    put(folder / "MANIFEST.json", sealed(marked).encode())


def newest(root: Path) -> Path | None:
    """Return the partition with the newest as_of (of several runs the last issued), or None."""
    days = sorted({path.parent.parent for path in root.glob("as_of=*/run=*/MANIFEST.json")})
    return _of_day(days[-1])[-1].folder if days else None


def dated(root: Path) -> list[tuple[pd.Timestamp, Path]]:
    """Return moment and folder of every dated partition, by moment and then in the order of issue."""
    days = sorted(root.glob("as_of=[0-9]*"))
    return [(run.moment, run.folder) for day in days for run in _of_day(day)]


@dataclass(frozen=True)
class _Run:
    """A partition as its manifest tells it; manifests written before there was an `order` have 0."""

    folder: Path
    moment: pd.Timestamp
    order: int
    decision_id: str

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """By moment, then by issue; without an order the later decision is the later run."""
        moment = 0 if pd.isna(self.moment) else self.moment.value
        return (moment, self.order, self.decision_id, self.folder.name)


def _of_day(day: Path) -> list[_Run]:
    """Return the runs below a day's folder, the last issued last."""
    found = [_run(manifest.parent) for manifest in day.glob("run=*/MANIFEST.json")]
    return sorted(found, key=lambda run: run.rank)


def _run(folder: Path) -> _Run:
    path, manifest = folder / "MANIFEST.json", _manifest(folder)
    try:
        inputs, order = manifest["inputs"], manifest.get("order", 0)
        moment = pd.Timestamp(inputs["as_of"])
        moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
        return _Run(folder, moment, int(order), str(inputs.get("decision_id", "")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            "issued-damaged", f"the manifest tells no moment or order of its run: {error!r}",
            file=path, fix=_FIX,
        ) from error  # fmt: skip


def read_partition(
    folder: Path, *, shadow: bool = False, columns: list[str] | None = None
) -> pd.DataFrame:
    """Read a whole partition's scores, or some of their columns."""
    if not is_whole(folder, shadow=shadow):
        raise InputError("missing-file", "no manifest in this partition", file=folder, fix=_FIX)
    return read_table(folder / "scores.parquet", columns=columns, fix=_FIX)
