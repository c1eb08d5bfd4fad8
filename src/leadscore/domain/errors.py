"""Every error a user can cause, each with one line to read and an exit code to test for.

::

    LeadscoreError          1   (never raised itself)
    ├── InputError          2   a file, table, mapping or setting is not as declared
    ├── GateError           4   the evidence says stop: leakage, no signal, one class
    ├── DeliveryError       5   a receiving system refused
    └── BusyError          75   another run holds the lock; try again later

Exit code 3 is no error: the run is done and some rows were refused (kept with their reasons).
Anything that is not a `LeadscoreError` is a bug and shows its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

EXIT_DONE_WITH_REJECTS = 3


class LeadscoreError(Exception):
    """What was expected, what came, where, and the mend, on one line.

    Parameters
    ----------
    code
        Short stable kebab-case name of the kind of fault (`missing-column`).
    message
        What was expected and what came.
    file, row, column
        Where: path or settings file, 1-based line in that file, column or key.
    fix
        What to do about it.
    """

    exit_code = 1

    def __init__(
        self,
        code: str,
        message: str,
        *,
        file: object = None,
        row: int | None = None,
        column: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.code, self.message, self.fix = code, message, fix
        self.file, self.row, self.column = file, row, column
        place = ":".join(str(part) for part in (file, row, column) if part is not None)
        line = f"{place} {code}: {message}" if place else f"{code}: {message}"
        super().__init__(" ".join((f"{line} — {fix}" if fix else line).split()))


class InputError(LeadscoreError):
    """A file, table, mapping or setting is not as declared."""

    exit_code = 2


class GateError(LeadscoreError):
    """The evidence says stop."""

    exit_code = 4


class DeliveryError(LeadscoreError):
    """A receiving system refused."""

    exit_code = 5


class BusyError(LeadscoreError):
    """Another run holds the lock."""

    exit_code = 75


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the closest known name, or the list of known names.

    Examples
    --------
    >>> nearest("horizon", ["horizon_days", "seed"])
    "did you mean 'horizon_days'?"
    >>> nearest("zzz", ["b", "a"])
    'known: a, b'
    """
    names = sorted(known)
    folded = {n.casefold(): n for n in names}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.55)
    if close:
        return f"did you mean '{folded[close[0]]}'?"
    shown = ", ".join(names[:12])
    return f"known: {shown}" + (", ..." if len(names) > 12 else "")
