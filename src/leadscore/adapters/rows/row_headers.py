"""Where the wanted columns stand among a source's headers; a missing or doubled one is refused.

Outer spaces and Unicode forms never matter. Case and accents do not where no header is written as the
mapping writes it and a single one differs in them only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from leadscore.adapters.cells.spelling import folded
from leadscore.domain.errors import InputError, nearest


def tidy_header(text: str) -> str:
    """Return a header in NFC with single spaces and none at the ends."""
    return " ".join(
        unicodedata.normalize("NFC", text).replace("\u200b", "").replace("\ufeff", "").split()
    )


def fitting(wanted: Sequence[str], headers: Sequence[str]) -> dict[str, list[int]]:
    """Return the places among (tidy) `headers` at which each wanted one stands: none, one or several."""
    tidy = {header: tidy_header(header) for header in wanted}
    exact = set(tidy.values())
    free = [(at, folded(header)) for at, header in enumerate(headers) if header not in exact]
    found = {}
    for header, clean in tidy.items():
        places = [at for at, other in enumerate(headers) if other == clean]
        bare = folded(clean)
        found[header] = places or [at for at, other in free if other == bare]
    return found


def places_of(
    wanted: Sequence[str], headers: Sequence[str], *, name: str, row: int | None = None
) -> dict[str, int]:
    """Return the place among `headers` of each wanted one.

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
    places = fitting(wanted, headers)
    missing = [header for header, found in places.items() if not found]
    if missing:
        others = ", ".join(missing[1:4])
        more = f" (and {len(missing) - 1} more: {others})" if others else ""
        is_data = len(wanted) > 1 and len(missing) == len(wanted)
        raise InputError(
            "missing-column",
            f"column not found{more}",
            file=name,
            row=row,
            column=missing[0],
            fix=("is the first line the header? " if is_data else "")
            + nearest(missing[0], headers),
        )
    for header, found in places.items():
        if len(found) > 1:
            raise InputError(
                "duplicate-header",
                f"the header names '{header}' {len(found)} times",
                file=name,
                row=row,
                column=header,
                fix="rename one in the export",
            )
    return {header: found[0] for header, found in places.items()}


def oddities(declared: Sequence[str], headers: Sequence[str]) -> list[str]:
    """Return what is to be told of a source's headers: those taken for others, and those not read.

    Parameters
    ----------
    declared
        Headers of the mapping, also of columns it ignores.
    headers
        Headers of the source, tidy.
    """
    places = fitting(declared, headers)
    known = {at for found in places.values() for at in found}
    told = [
        f"the header '{headers[found[0]]}' is taken for '{header}'"
        for header, found in places.items()
        if found and headers[found[0]] != tidy_header(header)
    ]
    other = [header for at, header in enumerate(headers) if at not in known]
    if other:
        told.append(f"columns not in the mapping are not read: {', '.join(other[:20])}")
    return told
