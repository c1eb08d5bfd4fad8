"""Which Parquet files a mapping's path means: one file, a folder of parts, or a pattern.

Parts are read in the order of their names. A part that is there twice is refused: nobody could tell
its rows from others that are alike.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from leadscore.adapters.files import sha256_of
from leadscore.adapters.rows.file_marks import looks_like
from leadscore.adapters.rows.raw_files import find_file
from leadscore.domain.errors import InputError, nearest

_MARK, _LOCKED = b"PAR1", b"PARE"
_SMALLEST = 12
_NEXT_NUMBER = b"\x15"
_COPY = re.compile(r"(\s*\(\d+\)|[\s_-]+(copy|copie|kopie)(\s*\(?\d+\)?)?)+$")


def find_parts(raw_dir: Path, name: str) -> tuple[Path, ...]:
    """Return the files of `name` below `raw_dir`, sorted by path.

    Parameters
    ----------
    name
        ``leads.parquet``, ``events/`` (a folder; also of folders ``key=value``), or a pattern with
        ``*`` (``events-*.parquet``). Names that start with ``_`` or ``.`` are no parts.

    Raises
    ------
    InputError
        No such file or folder, no part in it, one that is called otherwise, or two for the same
        partition.
    """
    if "*" in name:
        parts = [path for path in raw_dir.glob(name) if path.is_file() and not _is_hidden(path)]
        shown = _below(raw_dir, raw_dir.rglob("*.parquet"))
        return _checked(raw_dir, name, parts, nearest(name, shown) if shown else "none is there")
    if not (raw_dir / name).is_dir():
        return (find_file(raw_dir, name.rstrip("/")),)
    folder = raw_dir / name
    inside = [p for p in folder.rglob("*") if p.is_file() and not _is_hidden(p, below=folder)]
    other = [path for path in inside if path.suffix.casefold() != ".parquet"]
    if other:
        raise InputError(
            "not-parquet",
            f"the folder also holds {other[0].relative_to(folder).as_posix()}",
            file=name,
            fix="leave only the parts (*.parquet) in it, or declare a pattern",
        )
    return _checked(raw_dir, name, inside, "export it again")


def refuse_other_kinds(path: Path, name: str) -> None:
    """Refuse a file that is no whole Parquet file by its first and last bytes.

    Raises
    ------
    InputError
        Empty, renamed, encrypted, cut off, not to be read, or no regular file.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise InputError("not-a-file", "is no regular file", file=name, fix="name the file")
        with path.open("rb") as stream:
            head = stream.read(4096)
            stream.seek(max(0, about.st_size - 4))
            tail = stream.read(4)
    except OSError as error:
        told = f"can't be read: {error.strerror}"
        raise InputError("unreadable-file", told, file=name, fix="check its permissions") from error
    if not head:
        raise InputError("empty-file", "the file has 0 bytes", file=name, fix="export it again")
    if _LOCKED in (head[:4], tail):
        raise InputError("encrypted", "is encrypted", file=name, fix="export it without")
    if not head.startswith(_MARK):
        fix = "give it the ending of what it is, in the mapping's `path` too, or export it again"
        told = f"looks like {looks_like(head)}, not Parquet"
        raise InputError("not-parquet", told, file=name, fix=fix)
    if tail != _MARK or about.st_size < _SMALLEST:
        raise InputError(
            "damaged-parquet", "the file ends too early", file=name, fix="copy or export it again"
        )


def digest_of(parts: Sequence[Path], n_rows: Sequence[int], *, name: str) -> str:
    """Return the sha256 of one file, or of the list of the parts' digests.

    Parameters
    ----------
    parts, n_rows
        Files and how many rows each holds; parts without rows may be alike.
    name
        What the mapping calls them, for messages.

    Raises
    ------
    InputError
        ``same-partition``: two parts hold the very same bytes.
    """
    digests = [sha256_of(path) for path in parts]
    seen: dict[str, Path] = {}
    for path, digest, n in zip(parts, digests, n_rows, strict=True):
        if n and digest in seen:
            raise _twice(name, seen[digest], path, "hold the same bytes")
        seen[digest] = path
    return (
        digests[0] if len(parts) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    )


def has_checksums(path: Path, footer: pq.FileMetaData) -> bool:
    """Say whether the first page of a file carries a checksum (its writer had them on, or not)."""
    if footer.num_row_groups == 0 or footer.num_columns == 0:
        return True
    column = footer.row_group(0).column(0)
    starts = [column.dictionary_page_offset, column.data_page_offset]
    with path.open("rb") as stream:
        stream.seek(min(start for start in starts if start))
        head = stream.read(32)
    # A page header begins with three numbers (fields 1 to 3); a checksum would be field 4.
    at = 0
    for _ in range(3):
        at += 1
        while at < len(head) and head[at] & 0x80:
            at += 1
        at += 1
    return head[at : at + 1] == _NEXT_NUMBER


def _is_hidden(path: Path, *, below: Path | None = None) -> bool:
    parts = (path.name,) if below is None else path.relative_to(below).parts
    return any(part.startswith(("_", ".")) for part in parts)


def _below(raw_dir: Path, paths: Iterable[Path]) -> list[str]:
    return [path.relative_to(raw_dir).as_posix() for path in sorted(paths)[:1000]]


def _checked(raw_dir: Path, name: str, parts: list[Path], fix: str) -> tuple[Path, ...]:
    if not parts:
        told = f"no Parquet file found in {raw_dir}"
        raise InputError("missing-file", told, file=name, fix=fix)
    outside = [p for p in parts if not p.resolve().is_relative_to(raw_dir.resolve())]
    if outside:
        told = f"{outside[0].name} is a link that leads out of the export's folder"
        raise InputError("outside-folder", told, file=name, fix="copy the part into the folder")
    by_name = {(path.parent, path.stem.casefold()): path for path in parts}
    for (folder, stem), path in sorted(by_name.items()):
        original = by_name.get((folder, _COPY.sub("", stem)))
        if original is not None and original != path:
            raise _twice(name, original, path, "are the same partition by their names")
    if len(by_name) < len(parts):
        raise InputError(
            "same-partition", "two parts differ in case only", file=name, fix="move one away"
        )
    return tuple(sorted(parts))


def _twice(name: str, first: Path, second: Path, told: str) -> InputError:
    return InputError(
        "same-partition",
        f"{first.name} and {second.name} {told}",
        file=name,
        fix="move one of them away",
    )
