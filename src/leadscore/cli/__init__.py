"""The roof, the command line: every verb reads settings, opens one door and says what came of it.

May import `stages` and below; nothing imports it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from leadscore.cli import (
    begin,
    decisions,
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
    "decisions",
    "grid_accounts",
    "grid_learning",
    "grid_screens",
    "main",
    "pipeline",
    "registry",
    "screens",
    "searching",
]

_STOPPED = 128
"""A shell's exit codes of a stopped command begin here: 130 after Ctrl-C, 143 after SIGTERM."""


class _StoppedError(BaseException):
    """A signal asked the command to end; no handler of mere errors may take it."""


def main() -> None:
    """Run the command line; a user's error is one line and an exit code, a bug shows its traceback.

    Stopped by SIGTERM it takes back what is half written and exits 143.
    """
    from leadscore.domain.errors import InputError, LeadscoreError

    try:
        try:
            with _stoppable():
                app()
        except OSError as error:
            from leadscore.adapters.disk import REFUSES, refusal

            if error.errno not in REFUSES:
                raise
            raise refusal(error) from None
        except MemoryError:
            told, fix = (
                "the system gives no more memory",
                "close other programs, or raise the limit",
            )
            raise InputError("out-of-memory", told, fix=f"{fix} (`ulimit -v`)") from None
    except LeadscoreError as error:
        typer.echo(f"leadscore: {error}", err=True)
        raise SystemExit(error.exit_code) from None
    except _StoppedError:
        typer.echo("leadscore: stopped; nothing is half written", err=True)
        raise SystemExit(_STOPPED + signal.SIGTERM) from None


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
