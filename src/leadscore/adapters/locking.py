"""One writer of scores for each workspace and source: the system's lock on a file, which no kill survives."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from leadscore.adapters.disk import told_by_the_disk
from leadscore.adapters.durable import NO_LOCKS
from leadscore.domain.errors import BusyError, InputError


@contextmanager
def scoring_alone(root: Path, source: str) -> Iterator[None]:
    """Hold the lock of a workspace's scores of one source; nobody else writes them meanwhile.

    The file is there while the lock is held and says who holds it; what counts is the lock on it, which
    the system takes away with the process. The thread that holds it may enter again.

    Raises
    ------
    BusyError
        ``score-at-work``: another run holds it; the line says which process, and since when.
    InputError
        ``no-locks``: the disk has none; ``disk-refused``: the file cannot be written.
    """
    folder = root / "data"
    if not folder.is_dir():  # nothing was ingested: nothing to score, and nobody to lock out
        yield
        return
    lock = folder / f".score.{source}.lock"
    with told_by_the_disk(lock):
        held = _taken(lock)
    try:
        yield
    finally:
        if held is not None:
            with suppress(OSError):
                lock.unlink()
            os.close(held)


def _taken(lock: Path) -> int | None:
    """Return the descriptor that holds the lock; None where this thread holds it already."""
    while True:
        asked = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(asked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with os.fdopen(asked, encoding="utf-8") as stream:
                if _is_ours(told := stream.read()):
                    return None
                since = os.fstat(stream.fileno()).st_mtime
            raise _busy(lock, told, since) from None
        except OSError as error:
            os.close(asked)
            if error.errno not in NO_LOCKS:
                raise
            raise InputError(
                "no-locks",
                f"this disk gives no locks ({os.strerror(error.errno or 0)}), so two runs could write at once",
                file=lock,
                fix="let --root lie on a disk with locks (local, or NFS 4 with its lock service)",
            ) from error
        if _is_still(lock, asked):
            with suppress(OSError):  # it only informs, and the disk may be full
                os.truncate(asked, 0)
                os.write(asked, json.dumps(_us()).encode())
            return asked
        os.close(asked)  # its holder ended, and took the file away, while this run asked for it


def _us() -> list[int]:
    return [os.getpid(), threading.get_native_id()]


def _is_ours(told: str) -> bool:
    return told == json.dumps(_us())


def _is_still(lock: Path, descriptor: int) -> bool:
    """Tell whether the path still names the file behind a descriptor."""
    try:
        return os.path.samestat(lock.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _busy(lock: Path, told: str, since: float) -> BusyError:
    """Return the line for a run that came second; it says no pid while the holder has not written it."""
    who = f"process {told[1:].split(',')[0]}" if told.startswith("[") else "another process"
    moment = datetime.fromtimestamp(since, UTC)
    return BusyError(
        "score-at-work",
        f"{who} has been scoring here since {moment:%Y-%m-%d %H:%M:%S}Z",
        file=lock,
        fix="wait until it has ended",
    )
