"""What the disk says no to: one clear error before the work where it can be known, and during it where not."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadscore.domain.errors import InputError

# No fault of the program: the disk is full or a quota reached, broken, or may not be written.
REFUSES = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO,
}  # fmt: skip
TWICE = 2
"""Room asked for as a multiple of what is expected: an estimate may be wrong by that much."""


def refusal(error: OSError, *, file: object = None) -> InputError:
    """Return a disk's refusal as one line that names the file, or else the folder."""
    told, fix = os.strerror(error.errno or 0), "make room there, or check who may write"
    return InputError("disk-refused", told, file=error.filename or file, fix=fix)


@contextmanager
def told_by_the_disk(file: Path) -> Iterator[None]:
    """Turn what a disk refuses inside the block into one clear error.

    Raises
    ------
    InputError
        ``disk-refused``.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSES:
            raise
        raise refusal(error, file=file) from error


def refuse_without_room(folder: Path, *, expected_bytes: int) -> None:
    """Refuse to begin where the result would not fit twice, or nothing may be written.

    Parameters
    ----------
    folder
        Where the result is to lie; it need not be there yet.
    expected_bytes
        An estimate of the result's size.

    Raises
    ------
    InputError
        ``disk-full`` or ``disk-refused``.
    """
    place = next(above for above in (folder, *folder.parents) if above.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        read_only = os.statvfs(place).f_flag & os.ST_RDONLY
        raise refusal(OSError(errno.EROFS if read_only else errno.EACCES, ""), file=place)
    free, needed = shutil.disk_usage(place).free, TWICE * expected_bytes
    if free < needed:
        raise InputError(
            "disk-full",
            f"{_megabytes(needed)} MB are needed here (twice what is expected), {_megabytes(free)} MB are free",
            file=place,
            fix="make room there, or choose another disk (--root)",
        )


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.2f}"
