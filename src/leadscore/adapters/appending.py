"""Files of signed lines that only grow: the old bytes stay, and the file is there whole or as it was."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leadscore.adapters.durable import force
from leadscore.domain.errors import BusyError


def append(path: Path, entry: str, *, head: str, check: Callable[[Path], object]) -> None:
    """Append an entry; `head` begins a file that is not there yet.

    The new file is written beside the old one, forced to disk, read by `check` (what cannot be read
    again is not put in force) and renamed: killed at any point, the old or the new file is there.
    """
    before = path.read_bytes() if path.exists() else head.encode()
    if not before.endswith(b"\n"):
        before += b"\n"
    put(path, before + entry.encode(), check=check)


def put(path: Path, content: bytes, *, check: Callable[[Path], object] = lambda _: None) -> None:
    """Write a file whole, in the place of the old one if there is one, and force it to disk.

    Killed at any point, the old or the new file is there; so too where `check` refuses the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    filling = path.with_name(f".{path.name.removeprefix('.')}~")
    try:
        with filling.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, filling)
        check(filling)
    except BaseException:
        filling.unlink(missing_ok=True)
        raise
    filling.replace(path)
    force(path.parent)


def entry_of(pairs: Mapping[str, Any], *, indent: str = "  ") -> str:
    """Return a list item as YAML: JSON's texts, numbers, lists and null are YAML too."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in pairs.items()]
    return f"{indent}- " + f"\n{indent}  ".join(lines) + "\n"


@contextmanager
def alone(lock: Path, *, code: str, busy: str) -> Iterator[None]:
    """Hold a lock file; the system frees it also when the process is killed.

    Raises
    ------
    BusyError
        `code`: another process holds it, in the words of `busy`.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(code, busy, file=lock, fix="wait until it has ended") from None
        yield
