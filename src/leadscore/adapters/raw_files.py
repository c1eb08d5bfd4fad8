"""Opens a file of an export: found, whole, unpacked, in UTF-8; says what it is if it is no CSV."""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leadscore.domain.errors import InputError, nearest

Progress = Callable[[str, float], None]
"""Told the file's name and the share of it that is read, in [0, 1]."""

MAX_RATIO = 200
RATIO_FROM_BYTES = 64_000_000
_STEP = 8_000_000

_OTHER_KINDS = (
    (
        b"PK\x03\x04",
        "a zip archive (an .xlsx workbook is one)",
        "save the sheet as CSV, or unpack the archive",
    ),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save the sheet as CSV"),
    (b"BZh", "a bzip2 archive", "unpack it, or use gzip"),
    (b"\xfd7zXZ", "an xz archive", "unpack it, or use gzip"),
    (b"%PDF", "a PDF", "export the table as CSV"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
)
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf]|â€[\u0080-\u00bf™œž]".encode())


@dataclass(frozen=True)
class RawFile:
    """A file's content as UTF-8 without byte order mark, and what it was on disk.

    `sha256` and `n_bytes` are of the file as it lies there (packed, if it is).
    """

    name: str
    path: Path
    content: bytes
    n_bytes: int
    sha256: str
    warnings: tuple[str, ...]


def open_raw(
    raw_dir: Path, name: str, *, encoding: str, progress: Progress | None = None
) -> RawFile:
    """Read one file of an export; gzip is unpacked whatever the file is called.

    Raises
    ------
    InputError
        The file is missing (nearest name), no regular file, empty, not CSV, damaged, not in the
        declared encoding (byte offset), or was changed while being read.
    """
    path = find_file(raw_dir, name)
    before = path.stat()
    packed = _read_bytes(path, name, progress)
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(
        packed
    ) != after.st_size:
        raise InputError(
            "file-changed",
            "was written while being read",
            file=name,
            fix="wait for the export, then run again",
        )
    if not packed:
        raise InputError("empty-file", "the file has 0 bytes", file=name, fix="export it again")
    content = _unpacked(packed, name)
    _refuse_other_kinds(content, name)
    text, warnings = _decoded(content, name, encoding)
    return RawFile(name, path, text, len(packed), hashlib.sha256(packed).hexdigest(), warnings)


def find_file(raw_dir: Path, name: str) -> Path:
    """Return the path of `name` below `raw_dir`; `NAME.gz` stands in for `NAME` and the reverse.

    Raises
    ------
    InputError
        No such file (nearest name), or it is a folder or device.
    """
    if not raw_dir.is_dir():
        raise InputError(
            "missing-folder",
            "the export's folder was not found",
            file=raw_dir,
            fix="check source.raw_dir in params.yaml",
        )
    other = name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"
    path = next((p for p in (raw_dir / name, raw_dir / other) if p.exists()), None)
    if path is None:
        present = [
            p.relative_to(raw_dir).as_posix()
            for p in sorted(raw_dir.rglob("*"))[:1000]
            if p.is_file()
        ]
        hint = nearest(name, present) if present else "the folder is empty"
        raise InputError("missing-file", f"file not found in {raw_dir}", file=name, fix=hint)
    if not stat.S_ISREG(path.stat().st_mode):
        what = "a folder" if path.is_dir() else "no regular file"
        raise InputError(
            "not-a-file",
            f"is {what}",
            file=name,
            fix="name the file itself in the mapping's `path`",
        )
    return path


def _read_bytes(path: Path, name: str, progress: Progress | None) -> bytes:
    try:
        with path.open("rb") as source:
            size = path.stat().st_size
            parts = []
            n_read = 0
            while part := source.read(_STEP):
                parts.append(part)
                n_read += len(part)
                if progress is not None:
                    progress(name, min(1.0, n_read / max(size, 1)) / 2)
            return b"".join(parts)
    except OSError as error:
        raise InputError(
            "unreadable-file",
            f"can't be read: {error.strerror}",
            file=name,
            fix="check its permissions",
        ) from error


def _unpacked(packed: bytes, name: str) -> bytes:
    if not packed.startswith(b"\x1f\x8b"):
        return packed
    out = io.BytesIO()
    rest = packed
    try:
        while rest:
            unpack = zlib.decompressobj(wbits=31)
            while not unpack.eof:
                piece = unpack.decompress(rest, _STEP)
                rest = unpack.unconsumed_tail or unpack.unused_data
                out.write(piece)
                if out.tell() > RATIO_FROM_BYTES and out.tell() > MAX_RATIO * len(packed):
                    raise InputError(
                        "gzip-bomb",
                        f"unpacks to more than {MAX_RATIO} times its size",
                        file=name,
                        fix="unpack it by hand if it is genuine",
                    )
                if not piece and not rest and not unpack.eof:
                    raise InputError(
                        "damaged-gzip",
                        "the gzip file ends too early",
                        file=name,
                        fix="copy or export it again",
                    )
            rest = rest.lstrip(b"\0")
    except zlib.error as error:
        raise InputError(
            "damaged-gzip",
            f"the gzip file can't be unpacked ({error})",
            file=name,
            fix="copy or export it again",
        ) from error
    if out.tell() == 0:
        raise InputError(
            "empty-file", "the gzip file unpacks to 0 bytes", file=name, fix="export it again"
        )
    return out.getvalue()


def _refuse_other_kinds(content: bytes, name: str) -> None:
    for magic, what, fix in _OTHER_KINDS:
        if content.startswith(magic):
            raise InputError("not-csv", f"looks like {what}, not CSV", file=name, fix=fix)
    if re.match(rb"\s*<(!doctype|html|\?xml)", content[:200], re.IGNORECASE):
        raise InputError(
            "not-csv",
            "looks like a web page, not CSV",
            file=name,
            fix="the export may have been a login page; download it again",
        )


def _decoded(content: bytes, name: str, encoding: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the content as UTF-8, and warnings."""
    is_utf8 = encoding.replace("_", "-").casefold() in ("utf-8", "utf8", "utf-8-sig")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) and not encoding.casefold().startswith(
        ("utf-16", "utf_16", "utf-32")
    ):
        raise InputError(
            "bad-encoding",
            f"is UTF-16, not {encoding}",
            file=name,
            fix="declare `encoding: utf-16` for this file",
        )
    try:
        text = content.decode("utf-8" if is_utf8 else encoding)
    except UnicodeDecodeError as error:
        byte = content[error.start : error.start + 1].hex()
        raise InputError(
            "bad-encoding",
            f"byte {error.start:,} ({byte}) is not {encoding}",
            file=name,
            row=content.count(b"\n", 0, error.start) + 1,
            fix=f"declare `encoding: {'cp1252' if is_utf8 else '...'}` for this file",
        ) from None
    encoded = (content if is_utf8 else text.encode("utf-8")).removeprefix(b"\xef\xbb\xbf")
    if _MOJIBAKE.search(encoded):
        return encoded, (
            f"{name}: text looks like UTF-8 once read as latin-1 (`Ã©`): export again",
        )
    return encoded, ()
