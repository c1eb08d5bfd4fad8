"""The roof, the command line: every verb reads settings, opens one door and says what came of it.

May import `stages` and below; nothing imports it.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from leadscore.domain.errors import LeadscoreError

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

# What libraries say that cannot be loaded, or begin a thread, for want of memory.
_STARVED = re.compile(
    r"failed to map segment|cannot allocate memory|can't start new thread|bad_alloc", re.IGNORECASE
)
_STOPPED = 128
"""A shell's exit codes of a stopped command begin here: 130 after Ctrl-C, 143 after SIGTERM."""


class _StoppedError(BaseException):
    """A signal asked the command to end; no handler of mere errors may take it."""


def main() -> None:
    """Run the command line; a user's error is one line and an exit code, a bug shows its traceback.

    Stopped by SIGTERM it takes back what is half written and exits 143.
    """
    from leadscore.domain.errors import LeadscoreError

    try:
        try:
            with _stoppable():
                app()
        except Exception as error:
            if (told := _of_the_machine(error)) is None:
                raise
            raise told from None
    except LeadscoreError as error:
        typer.echo(f"leadscore: {error}", err=True)
        raise SystemExit(error.exit_code) from None
    except _StoppedError:
        typer.echo("leadscore: stopped; nothing is half written", err=True)
        raise SystemExit(_STOPPED + signal.SIGTERM) from None


def _of_the_machine(error: Exception) -> LeadscoreError | None:
    """Return the line for what is no fault of the program: a disk that refuses, memory that ran out."""
    from leadscore.adapters.disk import REFUSES, refusal
    from leadscore.domain.errors import InputError

    if isinstance(error, OSError) and error.errno in REFUSES:
        return refusal(error)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError) or _STARVED.search(str(seen)):
            fix = "close other programs, or raise the limit (`ulimit -v`)"
            return InputError("out-of-memory", "the system gives no more memory", fix=fix)
        seen = seen.__cause__ or seen.__context__
    return None


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end the block as an exception does; only a process's main thread hears of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_number: int, _frame: object) -> None:
    raise _StoppedError
