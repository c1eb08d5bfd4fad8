"""Finds a file of an export and gives its text as a stream of UTF-8; says what it is if no CSV.

A file is read once, from start to end, in pieces: its size does not matter.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from leadscore.adapters.rows.byte_stream import Decoded, unpacked
from leadscore.domain.errors import InputError, nearest

Progress = Callable[[str, float], None]
"""Told the file's name and the share of it that is read, in [0, 1]."""

_STEP = 8_000_000
_SNIFFED = 512

OTHER_KINDS = (
    (
        b"PK\x03\x04",
        "a zip archive (an .xlsx workbook is one)",
        "name a workbook .xlsx, or unpack the archive",
    ),
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls) or one with a password", "name it .xls"),
    (b"BZh", "a bzip2 archive", "unpack it, or use gzip"),
    (b"\xfd7zXZ", "an xz archive", "unpack it, or use gzip"),
    (b"(\xb5/\xfd", "a Zstandard archive", "unpack it, or use gzip"),
    (b"%PDF", "a PDF", "export the table as CSV"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
)


class RawFile:
    """A file of an export, opened to be read once.

    Attributes
    ----------
    name, path, n_bytes
        Name for messages; where it lies; bytes on disk (packed, if it is).
    sha256, warnings
        Hash of the bytes on disk, and oddities; known once `pieces` is at its end.
    """

    def __init__(
        self, raw_dir: Path, name: str, *, encoding: str, progress: Progress | None = None
    ) -> None:
        self.path = find_file(raw_dir, name)
        self.name, self.encoding = shown_name(name), encoding
        self._asked, self._progress = name, progress
        self._before = self.path.stat()
        self.n_bytes = self._before.st_size
        self.sha256 = ""
        self.warnings: tuple[str, ...] = ()

    def pieces(self) -> Iterator[bytes]:
        """Yield the content as UTF-8 without byte order mark, in pieces of some megabytes.

        gzip is unpacked whatever the file is called.

        Raises
        ------
        InputError
            The file is empty, not CSV, damaged, not in the declared encoding (byte offset), or
            was changed while being read.
        """
        content = unpacked(self._packed(), self.name, n_packed=self.n_bytes)
        decoded = Decoded(self.name, self.encoding)
        for piece in self._of_known_kind(content):
            if text := decoded.feed(piece):
                yield text
        if rest := decoded.end():
            yield rest
        self.warnings = decoded.warnings

    def _packed(self) -> Iterator[bytes]:
        """Yield the bytes on disk and hash them; refuse a file that changed meanwhile."""
        digest = hashlib.sha256()
        n_read = 0
        try:
            with self.path.open("rb") as source:
                while piece := source.read(_STEP):
                    digest.update(piece)
                    n_read += len(piece)
                    if self._progress is not None:
                        self._progress(self._asked, min(1.0, n_read / max(self.n_bytes, 1)))
                    yield piece
        except OSError as error:
            raise InputError(
                "unreadable-file",
                f"can't be read: {error.strerror}",
                file=self.name,
                fix="check its permissions",
            ) from error
        self._refuse_changed(n_read)
        self.sha256 = digest.hexdigest()

    def _refuse_changed(self, n_read: int) -> None:
        try:
            after = self.path.stat()
        except OSError:
            after = None
        before = self._before
        if after is None or n_read != before.st_size or _stamp(after) != _stamp(before):
            raise InputError(
                "file-changed",
                "was written while being read",
                file=self.name,
                fix="wait for the export, then run again",
            )
        if n_read == 0:
            raise InputError(
                "empty-file", "the file has 0 bytes", file=self.name, fix="export it again"
            )

    def _of_known_kind(self, content: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces, the first one long enough to tell what file this is."""
        first = b""
        for piece in content:
            first += piece
            if len(first) >= _SNIFFED:
                break
        _refuse_other_kinds(first, self.name)
        yield first
        yield from content


def find_file(raw_dir: Path, name: str) -> Path:
    """Return the path of `name` below `raw_dir`; `NAME.gz` stands in for `NAME` and the reverse.

    Raises
    ------
    InputError
        No such file (nearest name), both of the two, a folder or device, or a link that leads
        out of the export's folder.
    """
    shown = shown_name(name)
    if not raw_dir.is_dir():
        raise InputError(
            "missing-folder",
            "the export's folder was not found",
            file=raw_dir,
            fix="check source.raw_dir in params.yaml",
        )
    other = name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"
    there = [p for p in (raw_dir / name, raw_dir / other) if p.exists()]
    if not there:
        raise _missing(raw_dir, name)
    if len(there) > 1:
        raise InputError(
            "two-files",
            f"{shown_name(other)} is there too: which of the two is the export?",
            file=shown,
            fix="remove one of them",
        )
    path = there[0]
    if not path.resolve().is_relative_to(raw_dir.resolve()):
        raise InputError(
            "outside-folder",
            "is a link that leads out of the export's folder",
            file=shown,
            fix="copy the file into the folder",
        )
    if not stat.S_ISREG(path.stat().st_mode):
        what = "a folder" if path.is_dir() else "no regular file (a device or pipe)"
        raise InputError(
            "not-a-file",
            f"is {what}",
            file=shown,
            fix="name the file itself in the mapping's `path`",
        )
    return path


def shown_name(name: str) -> str:
    r"""Return a file's name fit for one line: what can't be printed is escaped.

    Examples
    --------
    >>> shown_name("leads\n2024.csv")
    'leads\\n2024.csv'
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "replace").decode("ascii")
        for c in name
    )


def _missing(raw_dir: Path, name: str) -> InputError:
    present = [
        shown_name(p.relative_to(raw_dir).as_posix())
        for p in sorted(raw_dir.rglob("*"))[:1000]
        if p.is_file()
    ]
    hint = nearest(name, present) if present else "the folder is empty"
    return InputError(
        "missing-file", f"file not found in {raw_dir}", file=shown_name(name), fix=hint
    )


def _stamp(found: object) -> tuple[object, ...]:
    return tuple(getattr(found, key) for key in ("st_size", "st_mtime_ns", "st_ino", "st_dev"))


def _refuse_other_kinds(content: bytes, name: str) -> None:
    for magic, what, fix in OTHER_KINDS:
        if content.startswith(magic):
            raise InputError("not-csv", f"looks like {what}, not CSV", file=name, fix=fix)
    if re.match(rb"\s*<(!doctype|html|\?xml)", content[:200], re.IGNORECASE):
        raise InputError(
            "not-csv",
            "looks like a web page, not CSV",
            file=name,
            fix="the export may have been a login page; download it again",
        )
