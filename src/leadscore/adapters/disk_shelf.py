"""Shards of a night on disk, in a hidden folder beside the partition they will become.

A shard counts from the moment its sealed note is there, which is written last; a killed night leaves the
shards it had finished, and the next run of the same night takes them up where their bytes fit their notes and
the same code would make them.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

import leadscore
from leadscore.adapters.appending import put
from leadscore.adapters.disk import told_by_the_disk
from leadscore.adapters.durable import force
from leadscore.adapters.files import read_json, sha256_of
from leadscore.adapters.sealed import is_sealed, sealed
from leadscore.domain.errors import GateError, InputError
from leadscore.scoring.shelves import MemoryShelf, Shard, Shelf

_ENDING = ".shards"
BYTES_PER_LEAD = 300
"""Of shards of some hundred leads of the demo; of large ones it is a third."""
_ROWS = 4_096
"""Rows of a batch: what is read at least, so that many shards can be read side by side."""
_MADE_BY = ("lightgbm", "numba", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")


@dataclass(frozen=True)
class DiskShelf:
    """A shelf in a folder.

    Attributes
    ----------
    folder
        Holds of every shard two Arrow files and a note.
    about
        What else decides a shard's bytes beside the folder's name: how leads are cut, and the code.
    """

    folder: Path
    about: Mapping[str, Any]
    notes: dict[int, dict[str, int]] = field(default_factory=dict)
    readers: dict[tuple[int, str], pa.ipc.RecordBatchFileReader] = field(default_factory=dict)
    files: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def opened(cls, folder: Path, about: Mapping[str, Any]) -> DiskShelf:
        """Open a folder; what lies there and is not as its note says, is taken away."""
        shelf = cls(folder, about)
        with told_by_the_disk(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for note in folder.glob("*.json"):
                shelf._take_up(note)
            kept = {path for number in shelf.notes for path in shelf._files(number)}
            for path in set(folder.iterdir()) - kept:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        return shelf

    def __contains__(self, number: int) -> bool:
        return number in self.notes

    def numbers(self) -> Sequence[int]:
        """Return the numbers of the shards, ascending."""
        return sorted(self.notes)

    def put(self, number: int, shard: Shard) -> None:
        """Write a shard, its note last; all of it is forced to disk."""
        tables = {"issued": shard.issued, "kept": shard.kept}
        with told_by_the_disk(self.folder):
            for part, table in tables.items():
                _write(self._file(number, part), table)
            put(self._note(number), sealed({
                "about": dict(self.about),
                "tally": shard.tally,
                "files": {part: sha256_of(self._file(number, part)) for part in tables},
            }).encode())  # fmt: skip
        self.notes[number] = shard.tally

    def tally(self, number: int) -> dict[str, int]:
        """Return what is counted of a shard."""
        return self.notes[number]

    def names(self) -> Sequence[str]:
        """Return the columns of what is kept of every shard."""
        return list(self._reader(min(self.notes), "kept").schema.names) if self.notes else []

    def column(self, number: int, name: str) -> pd.Series:
        """Return a column of a shard."""
        part = "kept" if name in self.names() else "issued"
        reader = self._reader(number, part)
        batches = (reader.get_batch(i).select([name]) for i in range(reader.num_record_batches))
        column: pd.Series = pa.Table.from_batches(batches).to_pandas()[name]
        return column

    def rows(self, number: int, begin: int, end: int) -> pd.DataFrame:
        """Return some rows of a shard's issued scores, numbered anew."""
        reader, first = self._reader(number, "issued"), begin // _ROWS
        batches = [reader.get_batch(i) for i in range(first, -(-end // _ROWS))]
        found = pa.Table.from_batches(batches).slice(begin - first * _ROWS, end - begin)
        rows: pd.DataFrame = found.to_pandas()
        return rows

    def close(self) -> None:
        """Close the files that were read."""
        self.readers.clear()
        self.files.close()

    def _reader(self, number: int, part: str) -> pa.ipc.RecordBatchFileReader:
        if (number, part) not in self.readers:
            file = self.files.enter_context(pa.OSFile(str(self._file(number, part))))
            self.readers[number, part] = pa.ipc.open_file(file)
        return self.readers[number, part]

    def _take_up(self, path: Path) -> None:
        """Take up the shard of a note, if its bytes are as the note says and the same code would make them."""
        try:
            note, number = read_json(path, fix=""), int(path.stem)
        except (InputError, ValueError):
            return
        if not isinstance(note, dict) or not is_sealed(path, note):
            return
        files = {self._file(number, part): sha256 for part, sha256 in note["files"].items()}
        if note["about"] == dict(self.about) and all(
            file.is_file() and sha256_of(file) == sha256 for file, sha256 in files.items()
        ):
            self.notes[number] = note["tally"]

    def _files(self, number: int) -> list[Path]:
        return [self._file(number, "issued"), self._file(number, "kept"), self._note(number)]

    def _file(self, number: int, part: str) -> Path:
        return self.folder / f"{number:05d}.{part}.arrow"

    def _note(self, number: int) -> Path:
        return self.folder / f"{number:05d}.json"


def _write(path: Path, table: pd.DataFrame) -> None:
    rows = pa.Table.from_pandas(table, preserve_index=False)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with (
        pa.OSFile(str(path), "wb") as file,
        pa.ipc.new_file(file, rows.schema, options=options) as out,
    ):
        out.write_table(rows, max_chunksize=_ROWS)
    force(path)


@contextmanager
def shelf_beside(partition: Path, *, n_shards: int, about: Mapping[str, Any]) -> Iterator[Shelf]:
    """Give a shelf for the shards of a partition: in memory for one, on disk beside its place for more.

    What lies on disk goes when the block ends well, and when an error ends it. It stays, for the next run of the
    same night, where a gate stopped it or the process was asked to end.
    """
    if n_shards <= 1:
        yield MemoryShelf()
        return
    folder = _place_of(partition)
    shelf = DiskShelf.opened(folder, {**about, "made_by": made_by()})
    try:
        yield shelf
    except GateError:
        raise
    except Exception:
        _take_away(folder)
        raise
    finally:
        shelf.close()
    _take_away(folder)


def sweep_shelves(root: Path, *, but_of: Path | None = None) -> None:
    """Take away what nights left below a folder of partitions, but that of one that may be taken up again."""
    kept = None if but_of is None else _place_of(but_of)
    for folder in root.glob(f"as_of=*/.run=*{_ENDING}"):
        if folder != kept:
            _take_away(folder)


def _place_of(partition: Path) -> Path:
    return partition.with_name(f".{partition.name}{_ENDING}")


def _take_away(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # a partition lies in its day
        folder.parent.rmdir()


@cache
def made_by() -> str:
    """Return one hash of this package's code and of the versions of what it computes with."""
    package = Path(leadscore.__file__).parent
    told = [
        f"{path.relative_to(package)} {sha256_of(path)}" for path in sorted(package.rglob("*.py"))
    ]
    told += [f"{name} {version(name)}" for name in _MADE_BY]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
