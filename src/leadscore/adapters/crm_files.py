"""Import files for a CRM, made of an issued partition: written whole, never changed, made once.

`ROOT/<crm>/as_of=DAY/run=ID`; the id is a hash of everything that decides the bytes: the partition, the
one compared with, and what is declared of the CRM. A reader trusts the manifest, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from leadscore.adapters import issued as partitions
from leadscore.adapters.catalog import sha256_of_text
from leadscore.adapters.files import read_json, sha256_of, to_json, whole_folder
from leadscore.delivery.crm_files import Changed, changed, pieces
from leadscore.domain.crm_fields import FIELDS, Crm
from leadscore.domain.errors import InputError

_FIX = "delete this folder and run `leadscore crm-files` again"


@dataclass(frozen=True)
class Delivery:
    """What is to be told to CRMs: rows of one partition, and how it was chosen.

    Parameters
    ----------
    partition, since
        The partition's folder, and the one before where only changed leads are told (None: all are).
    moment
        The moment of the scores (UTC; null for a source without dates).
    newer
        Days of later scores, which files of this partition would overwrite in a CRM.
    """

    partition: Path
    since: Path | None
    moment: pd.Timestamp
    told: Changed
    newer: tuple[str, ...] = ()

    def inputs(self, crm: Crm) -> dict[str, Any]:
        """Return what decides the bytes of a CRM's files."""
        return {
            "as_of": str(self.moment),
            "crm": crm.name,
            "declared": sha256_of_text(repr((FIELDS, sorted(vars(crm).items(), key=str)))),
            "partition": _told_of(self.partition),
            "since": None if self.since is None else _told_of(self.since),
        }


@dataclass(frozen=True)
class Written:
    """A folder of import files, and its manifest as plain values; `is_new`: it was written just now."""

    folder: Path
    manifest: dict[str, Any]
    is_new: bool


def delivery(root: Path, *, day: pd.Timestamp | None, changed_only: bool) -> Delivery:
    """Choose a partition of issued scores and read it; of several runs of a day the last issued.

    Parameters
    ----------
    root
        `data/issued`.
    day
        Day of the scores (UTC); None: the newest.
    changed_only
        Whether only leads are told whose news differs from the partition issued before. Without one
        before, all are.

    Raises
    ------
    InputError
        ``no-issued-scores``: nothing was issued, or nothing on that day, with the days there are.
        ``issued-damaged``: as `issued.read_partition`.
    """
    dated = partitions.dated(root)
    folder = partitions.newest(root) if day is None else _of_day(dated, day)
    if folder is None:
        raise _nothing_issued(root, dated, day)
    known = [path for _, path in dated]
    at = known.index(folder) if folder in known else 0
    rows = partitions.read_partition(folder)
    since = known[at - 1] if changed_only and at else None
    told = Changed(rows, 0, 0)
    if since is not None:
        told = changed(rows, partitions.read_partition(since))
    newer = sorted({path.parent.name for path in known[at + 1 :]} - {folder.parent.name})
    moment = dated[at][0] if folder in known else pd.Timestamp("NaT")
    return Delivery(folder, since, moment, told, tuple(n.removeprefix("as_of=") for n in newer))


def write_crm_files(told: Delivery, crm: Crm, root: Path) -> Written:
    """Write the files of a CRM below `root`; files that are there already stay as they are.

    Raises
    ------
    InputError
        ``crm-files-damaged``: files of these very scores are there and do not fit their manifest.
        As `delivery.crm_files.pieces` and `files.whole_folder`.
    """
    inputs = told.inputs(crm)
    folder = partitions.partition(root / crm.name, as_of=told.moment, inputs=inputs)
    manifest = _whole(folder)
    if manifest is not None:
        return Written(folder, manifest, is_new=False)
    try:
        with whole_folder(folder) as filling:
            manifest = {"inputs": inputs, **_filled(filling, told.told, crm)}
            (filling / "MANIFEST.json").write_text(to_json(manifest), encoding="utf-8")
    except OSError as error:
        error.filename = error.filename or str(folder)  # a full disk does not say where
        raise
    return Written(folder, manifest, is_new=True)


@dataclass
class _File:
    """One import file while it is written."""

    rows: int = 0
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


def _filled(folder: Path, told: Changed, crm: Crm) -> dict[str, Any]:
    files: dict[str, _File] = {}
    shortened: Counter[str] = Counter()
    escaped: Counter[str] = Counter()
    for piece in pieces(told.rows, crm):
        name = f"{crm.name}-{piece.file:03d}.csv"
        file = files.setdefault(name, _File())
        with (folder / name).open("ab") as stream:
            stream.write(piece.content)
        file.digest.update(piece.content)
        file.rows, file.size = file.rows + piece.rows, file.size + len(piece.content)
        shortened += piece.counts.shortened
        escaped += piece.counts.escaped
    rows = sum(file.rows for file in files.values())
    if rows != len(told.rows):
        raise AssertionError(f"lost leads: {len(told.rows)} to tell, {rows} written")
    return {
        "finds": {"column": crm.key, "by": crm.finds, "also_needs": list(crm.also_needs)},
        "rows": rows,
        "unchanged": told.unchanged,
        "gone": told.gone,
        "shortened": _by_column(shortened, crm),
        "escaped": _by_column(escaped, crm),
        "members": {
            name: {"rows": file.rows, "bytes": file.size, "sha256": file.digest.hexdigest()}
            for name, file in files.items()
        },
    }


def _by_column(counts: Counter[str], crm: Crm) -> dict[str, int]:
    return {crm.column(f): counts[f.name] for f in FIELDS if counts[f.name]}


def _whole(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder whose files all fit it; None where nothing is there."""
    path = folder / "MANIFEST.json"
    if not folder.exists():
        return None
    if not path.is_file():
        raise _damaged(path, "the manifest is not there")
    manifest = read_json(path, fix=_FIX)
    members = manifest.get("members") if isinstance(manifest, dict) else None
    if not isinstance(members, dict) or not all(isinstance(m, dict) for m in members.values()):
        raise _damaged(path, "the manifest lists no files")
    for name, told in members.items():
        member = folder / name
        if not member.is_file() or sha256_of(member) != told.get("sha256"):
            raise _damaged(member, "a file does not fit the manifest")
    return dict(manifest)


def _damaged(file: Path, told: str) -> InputError:
    return InputError("crm-files-damaged", told, file=file, fix=_FIX)


def _told_of(partition: Path) -> dict[str, str]:
    members = read_json(partition / "MANIFEST.json", fix=_FIX)["members"]
    return {
        "folder": f"{partition.parent.name}/{partition.name}",
        "sha256": str(members["scores.parquet"]),
    }


def _of_day(dated: list[tuple[pd.Timestamp, Path]], day: pd.Timestamp) -> Path | None:
    found = [path for _, path in dated if path.parent.name == f"as_of={day:%Y-%m-%d}"]
    return found[-1] if found else None


def _nothing_issued(
    root: Path, dated: list[tuple[pd.Timestamp, Path]], day: pd.Timestamp | None
) -> InputError:
    days = sorted({f"{moment:%Y-%m-%d}" for moment, _ in dated})
    if day is None or not days:
        return InputError(
            "no-issued-scores", "no scores were issued, so there is nothing to tell a CRM",
            file=root, fix="run `leadscore score` first",
        )  # fmt: skip
    told = ", ".join(days[-5:])
    return InputError(
        "no-issued-scores",
        f"no scores were issued on {day:%Y-%m-%d}; the last days of {len(days):,}: {told}",
        file=root, column="--as-of", fix="ask for one of these days, or leave --as-of out",
    )  # fmt: skip
