"""Whether a grid that changed says so: a change of content needs a later `version`.

A version names what a lead was scored by. Two contents under one version could not be told apart
when a past score is asked about. Comments, spaces and the order of rules are no content.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leadscore.domain.errors import InputError
from leadscore.domain.rules import Grid
from leadscore.scoring.grid.reading import to_plain

_BY_ID = ("rules", "disqualifiers")


def changed_without_version(old: Grid, new: Grid) -> tuple[str, ...]:
    """Name what differs where `new` is of no later version than `old`; empty where all is well.

    Grids of different names are different grids, and never compared.
    """
    if old.name != new.name or new.version > old.version:
        return ()
    before, after = to_plain(old), to_plain(new)
    return tuple(_differing(before, after))


def refuse_unversioned(
    old: Grid,
    new: Grid,
    *,
    file: object,
    against: str,
    place: tuple[int | None, int | None] = (None, None),
) -> None:
    """Refuse a grid that changed without a later version.

    Parameters
    ----------
    file, place
        Where the new grid stands, and its `version` there (line, column), if known.
    against
        What the old one is, for the message (``the grid of the last training``).

    Raises
    ------
    InputError
        ``version-not-raised``, naming what changed.
    """
    if changed := changed_without_version(old, new):
        raise InputError(
            "version-not-raised",
            f"{', '.join(changed)} changed, version is {new.version}; {against} has {old.version}",
            file=file,
            row=place[0],
            column="version" if place[1] is None else str(place[1]),
            fix=f"give the change a version after {old.version}, or take it back",
        )


def _differing(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys((*before, *after)):
        if key == "version":
            continue
        if key not in _BY_ID:
            if before.get(key) != after.get(key):
                yield key
            continue
        old, new = ({c["id"]: c for c in side.get(key, [])} for side in (before, after))
        yield from (
            f"{key}.{id_}" for id_ in dict.fromkeys((*old, *new)) if old.get(id_) != new.get(id_)
        )
