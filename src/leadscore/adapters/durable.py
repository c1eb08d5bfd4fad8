"""Folders that are filled beside their place: forced to disk before they are seen, swept when their run was killed.

Whoever fills such a folder holds the system's lock on it, which no kill survives: what nobody holds is a
leftover, whatever its age.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_LEFT = re.compile(r"\.(?P<target>.+)\.[a-z0-9_]{8}(?P<old>\.old)?")
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
"""What a disk says that has no locks."""


def filling_for(target: Path) -> tuple[Path, int]:
    """Make an empty hidden folder beside `target`; return it and the descriptor that holds its lock.

    The descriptor is the caller's to close, once the folder is in its place or deleted.
    """
    while True:
        place = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            held = os.open(place, os.O_RDONLY)
        except FileNotFoundError:  # swept by another run before it could be held
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                os.close(held)
                raise
        if place.exists():
            return place, held
        os.close(held)


def sweep(folder: Path, name: str) -> list[Path]:
    """Delete what killed runs left of targets named like the pattern `name`; return what was deleted.

    A folder that was moved aside by a swap that never ended is put back, if its place is empty.
    """
    swept: list[Path] = []
    for left in sorted(folder.glob(f".{name}.*"), key=lambda path: path.name.endswith(".old")):
        known = _LEFT.fullmatch(left.name)
        if known is None or not left.is_dir() or left.is_symlink():
            continue
        if known["old"] and left.with_suffix("").exists():
            continue  # its swap is still at work
        if not known["old"] and not _is_nobodys(left):
            continue
        if known["old"] and not (folder / known["target"]).exists():
            left.rename(folder / known["target"])
            continue
        shutil.rmtree(left, ignore_errors=True)
        swept.append(left)
    return swept


def force_all(folder: Path) -> None:
    """Force a folder, and every file and folder in it, to disk."""
    for place, _, files in os.walk(folder):
        for name in files:
            force(Path(place) / name)
        force(Path(place))


def force(path: Path) -> None:
    """Force a file's bytes, or a folder's names, to disk."""
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def _is_nobodys(left: Path) -> bool:
    """Tell whether no process holds a folder; on a disk without locks that is never known."""
    try:
        asked = os.open(left, os.O_RDONLY)
    except OSError:
        return False
    try:
        with suppress(OSError):
            fcntl.flock(asked, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
    finally:
        os.close(asked)
