"""Where everything lies: the folders of a project, read and written by name.

Stages know tables by these names only; no path is spelled anywhere else.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from leadscore.adapters.events.event_sort import open_events
from leadscore.adapters.files import (
    BY_LEAD_AND_TIME,
    read_json,
    read_table,
    rows_in,
    sha256_of,
    to_json,
    whole_folder,
    write_table,
    write_tables,
)
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Property
from leadscore.history.features import Feature
from leadscore.scoring.view import Sources

if TYPE_CHECKING:
    from leadscore.adapters.ingest.export import Export
    from leadscore.domain.mapping import SourceMapping

_FIX = {
    "tables": "run `leadscore ingest` first",
    "snapshots": "run `leadscore snapshot` first",
    "bundle": "run `leadscore train` first",
    "evidence": "run `leadscore train` first",
    "evaluation": "run `leadscore evaluate` first",
    "review": "run `leadscore review` first",
    "truth": "run `leadscore simulate` first; only simulated data has a known truth",
}
_TABLES = {
    "leads": schemas.LEADS,
    "events": schemas.EVENTS,
    "outcomes": schemas.OUTCOMES,
    "changes": schemas.CHANGES,
    "feedback": schemas.FEEDBACK,
    "nps": schemas.NPS,
    "rejected": schemas.REJECTED,
}

_SORTED_BY = dict.fromkeys(("events", "feedback", "nps"), BY_LEAD_AND_TIME)
_PARTED = {"snapshots": schemas.SNAPSHOTS}


@dataclass(frozen=True)
class Workspace:
    """A project's folders: outputs below `root`, settings, mappings and grids below `config`."""

    root: Path
    config: Path

    @property
    def folders(self) -> dict[str, Path]:
        """Every folder the pipeline writes, by name."""
        return {
            "tables": self.root / "data/tables",
            "snapshots": self.root / "data/snapshots",
            "truth": self.root / "data/truth",
            "marts": self.root / "data/marts",
            "issued": self.root / "data/issued",
            "shadow": self.root / "data/shadow",
            "changed": self.root / "data/changed",
            "crm": self.root / "data/crm",
            "bundle": self.root / "models/bundle",
            "evidence": self.root / "models/evidence",
            "registry": self.root / "models/registry",
            "evaluation": self.root / "reports/evaluation",
            "review": self.root / "reports/review",
            "quarters": self.root / "reports/quarters",
            "studies": self.root / "reports/search/study",
            "search": self.root / "reports/search/verdict",
        }

    def file(self, folder: str, name: str) -> Path:
        """Return the path of a file in a named folder."""
        return self.folders[folder] / name

    def table(
        self,
        folder: str,
        name: str,
        *,
        columns: list[str] | None = None,
        filters: list[tuple[str, str, object]] | None = None,
    ) -> pd.DataFrame:
        """Read a table by folder and name, all of it or some columns and rows (see `files.read_table`)."""
        path = self.file(folder, f"{name}.parquet")
        return read_table(path, columns=columns, filters=filters, fix=_FIX[folder])

    def n_rows(self, folder: str, name: str) -> int:
        """Return how many rows a table has, by its footer."""
        return rows_in(self.file(folder, f"{name}.parquet"), fix=_FIX[folder])

    def json(self, folder: str, name: str) -> Any:
        """Read a JSON file by folder and name."""
        return read_json(self.file(folder, f"{name}.json"), fix=_FIX[folder])

    @contextmanager
    def writing(self, folder: str, part: str = "") -> Iterator[Writer]:
        """Fill a named folder, or one part of it; it replaces the old one when the block ends well."""
        with whole_folder(self.folders[folder] / part) as path:
            yield Writer(path)

    def write_export(self, export: Export, mapping: SourceMapping) -> None:
        """Write the ingest stage's tables and what it saw."""
        with self.writing("tables") as out:
            for name, schema in _TABLES.items():
                held = export.held(name)
                if isinstance(held, pd.DataFrame):
                    file = f"data/tables/{name}.parquet"
                    out.table(name, schemas.check(schema, held, file=file))
                else:  # checked when it was written
                    out.copy(name, held.path)
            out.json("ingest", ingest_report(export, mapping))

    def sources(self) -> Sources:
        """Read the tables and what the mapping says of them."""
        return self.with_rows(self.sources_without_rows())

    def with_rows(
        self, known: Sources, filters: list[tuple[str, str, object]] | None = None
    ) -> Sources:
        """Return what is known of the tables with their rows, all or those that pass; events stay as they are."""
        return replace(
            known,
            leads=self.table("tables", "leads", filters=filters),
            outcomes=self.table("tables", "outcomes", filters=filters),
            changes=None
            if known.changes is None
            else self.table("tables", "changes", filters=filters),
        )

    def sources_without_rows(self) -> Sources:
        """Read what the mapping says of the tables; these are empty, but for the events, which are not read yet."""
        known = self.json("tables", "ingest")
        properties = [Property(**p) for p in known["properties"]]
        has_history = any(p.known == "history" for p in properties)
        is_logged = known["shape"] == "events"
        return Sources(
            leads=pd.DataFrame({"lead_id": pd.Series(dtype="str")}),
            outcomes=pd.DataFrame(),
            events=open_events(self.file("tables", "events.parquet")) if is_logged else None,
            properties=properties,
            event_labels=known["event_labels"],
            engagement_types=known["engagement_types"],
            changes=pd.DataFrame() if has_history else None,
        )

    def observed_until(self) -> pd.Timestamp:
        """Return the moment of the export (UTC)."""
        return pd.Timestamp(self.json("tables", "ingest")["observed_until"])

    def shape(self) -> str:
        """Return the shape of the source: ``events``, ``dated`` or ``wide``."""
        return str(self.json("tables", "ingest")["shape"])

    def features(self) -> list[Feature]:
        """Read what the snapshot stage built."""
        return [Feature.from_dict(f) for f in self.json("snapshots", "features")]

    def hash_of_file(self, folder: str, name: str) -> str:
        """Return the sha256 of a file in a named folder.

        Raises
        ------
        InputError
            ``missing-file``.
        """
        path = self.file(folder, name)
        if not path.is_file():
            fix = _FIX[folder]
            raise InputError("missing-file", "the file is not there", file=path, fix=fix)
        return sha256_of(path)

    def hash_of(self, folder: str) -> str:
        """Return one hash over the names and bytes of a folder's files."""
        files = sorted(p for p in self.folders[folder].rglob("*") if p.is_file())
        return sha256_of_text(
            "".join(f"{p.relative_to(self.root)} {sha256_of(p)}\n" for p in files)
        )


@dataclass(frozen=True)
class Writer:
    """A folder being filled."""

    path: Path

    def table(self, name: str, table: pd.DataFrame) -> None:
        """Write a table as Parquet."""
        write_table(self.path / f"{name}.parquet", table, sorted_by=_SORTED_BY.get(name, ()))

    def tables(self, name: str, tables: Iterable[pd.DataFrame]) -> None:
        """Write a table that comes in parts as one Parquet file, each part checked by its schema."""
        path = self.path / f"{name}.parquet"
        schema = _PARTED[name]
        write_tables(path, (schemas.check(schema, part, file=path) for part in tables))

    def copy(self, name: str, path: Path) -> None:
        """Take over a Parquet file the project wrote: without copying where both lie on one disk."""
        target = self.path / f"{name}.parquet"
        try:
            target.hardlink_to(path)
        except OSError:
            shutil.copyfile(path, target)

    def json(self, name: str, plain: Any) -> None:
        """Write plain values as JSON."""
        (self.path / f"{name}.json").write_text(to_json(plain), encoding="utf-8")

    def pictures(self, pictures: Mapping[str, bytes]) -> None:
        """Write PNG pictures by name."""
        for name, content in pictures.items():
            (self.path / f"{name}.png").write_bytes(content)

    def text(self, name: str, text: str) -> None:
        """Write a text file; `name` has its ending."""
        (self.path / name).write_text(text, encoding="utf-8")


def ingest_report(export: Export, mapping: SourceMapping) -> dict[str, Any]:
    """Return what the ingest stage saw, as plain values."""
    until = export.observed_until
    return {
        "description": mapping.description,
        "shape": mapping.shape,
        "order": mapping.order,
        "observed_until": None if until is None else until.isoformat(),
        "inputs": [asdict(i) for i in export.inputs],
        "counts": [asdict(c) for c in export.counts],
        "warnings": list(export.warnings),
        "properties": [asdict(p) for p in export.properties],
        "event_labels": dict(export.event_labels),
        "engagement_types": sorted(export.engagement_types),
    }


def sha256_of_text(text: str) -> str:
    """Return the hex sha256 of a text's UTF-8 bytes."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
