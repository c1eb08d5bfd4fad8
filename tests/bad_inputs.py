"""What a bad input may get: one clear error, rows refused and kept apart, or a warning with a count."""

import pytest

from leadscore.domain.errors import LeadscoreError
from tests.exports import read, read_wide, refused

X = {"X": {"role": "property", "name": "x"}}


def is_clear(error, code, *, exit_code=2, file=None, row=None, column=None):
    """Assert that an error is one line that names code, place and mend; return it."""
    assert (error.code, error.exit_code) == (code, exit_code), str(error)
    assert "\n" not in str(error)
    assert error.fix, str(error)
    asked = {"file": file, "row": row, "column": column}
    told = {"file": str(error.file), "row": error.row, "column": error.column}
    assert {k: told[k] for k, v in asked.items() if v is not None} == {
        k: v for k, v in asked.items() if v is not None
    }
    return error


def stops(code, reading, *arguments, place=(None, None, None), exit_code=2, **keys):
    """Assert that reading ends in one clear error at `place` (file, row, column); return it."""
    with pytest.raises(LeadscoreError) as told:
        reading(*arguments, **keys)
    file, row, column = place
    return is_clear(told.value, code, exit_code=exit_code, file=file, row=row, column=column)


def wide(folder, content, columns=None, **changes):
    """Read a file `wide.csv` with the headers Id, Won and those of `columns` (X)."""
    return read_wide(folder, content, X if columns is None else columns, **changes)


def kept_apart(export):
    """Return (file, line, code) of every refused row, after checking that no row got lost."""
    for count in export.counts:
        assert count.rows == count.kept + count.rejected + count.left_out + count.repeated
    assert sum(count.rejected for count in export.counts) == len(export.rejected)
    return refused(export)


def warned(export, text):
    """Return the one warning that holds `text`."""
    (line,) = [w for w in export.warnings if text in w]
    return line


def leads_of(*rows):
    """Return a file `leads.csv` of rows ``Id,Created,Channel``."""
    return "Id,Created,Channel\n" + "".join(f"{row}\n" for row in rows)


def events_of(*rows):
    """Return a file `events.csv` of rows ``Lead,Time,What``."""
    return "Lead,Time,What\n" + "".join(f"{row}\n" for row in rows)


def deals_of(*rows):
    """Return a file `deals.csv` of rows ``Lead,Status,Closed``."""
    return "Lead,Status,Closed\n" + "".join(f"{row}\n" for row in rows)


__all__ = [
    "X", "deals_of", "events_of", "is_clear", "kept_apart", "leads_of", "read", "stops", "warned",
    "wide",
]  # fmt: skip
