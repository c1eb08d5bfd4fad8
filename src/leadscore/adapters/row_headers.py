"""Where the wanted columns stand among a source's headers; a missing or doubled one is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from leadscore.adapters.csv_text import tidy_header
from leadscore.domain.errors import InputError, nearest


def places_of(
    wanted: Sequence[str], headers: Sequence[str], *, name: str, row: int | None = None
) -> dict[str, int]:
    """Return the place among `headers` of each wanted one; spaces and Unicode forms do not matter.

    Parameters
    ----------
    wanted
        Headers as the mapping writes them.
    headers
        Headers of the source, tidy.
    name, row
        Source and line of its header, for messages.

    Raises
    ------
    InputError
        ``missing-column`` (nearest name) or ``duplicate-header``.
    """
    tidy = {header: tidy_header(header) for header in wanted}
    missing = [header for header, clean in tidy.items() if clean not in headers]
    if missing:
        others = ", ".join(missing[1:4])
        more = f" (and {len(missing) - 1} more: {others})" if others else ""
        raise InputError(
            "missing-column",
            f"column not found{more}",
            file=name,
            row=row,
            column=missing[0],
            fix=nearest(missing[0], headers),
        )
    count = Counter(headers)
    twice = [header for header, clean in tidy.items() if count[clean] > 1]
    if twice:
        raise InputError(
            "duplicate-header",
            f"the header names '{twice[0]}' {count[tidy[twice[0]]]} times",
            file=name,
            row=row,
            column=twice[0],
            fix="rename one in the export",
        )
    return {header: headers.index(clean) for header, clean in tidy.items()}
