"""The roof, the command line: every verb reads settings, opens one door and says what came of it.

May import `stages` and below; nothing imports it.
"""

from __future__ import annotations

import errno
import os

import typer

from leadscore.cli import (
    begin,
    crm_files,
    decisions,
    explaining,
    grid_accounts,
    grid_learning,
    grid_screens,
    pipeline,
    registry,
    screens,
    searching,
)
from leadscore.cli.ground import app

__all__ = [
    "app",
    "begin",
    "crm_files",
    "decisions",
    "explaining",
    "grid_accounts",
    "grid_learning",
    "grid_screens",
    "main",
    "pipeline",
    "registry",
    "screens",
    "searching",
]

# No fault of the program: the disk is full or a quota reached, or may not be written.
_DISK_REFUSES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}


def main() -> None:
    """Run the command line; a user's error is one line and an exit code, a bug shows its traceback."""
    from leadscore.domain.errors import InputError, LeadscoreError

    try:
        try:
            app()
        except OSError as error:
            if error.errno not in _DISK_REFUSES:
                raise
            told, fix = os.strerror(error.errno), "make room there, or check who may write"
            raise InputError("disk-refused", told, file=error.filename, fix=fix) from None
    except LeadscoreError as error:
        typer.echo(f"leadscore: {error}", err=True)
        raise SystemExit(error.exit_code) from None
