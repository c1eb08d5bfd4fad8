"""What is noted of one file on its way into one table, summed over the chunks it is read in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from leadscore.adapters.cells.time_units import SCALES, better_form
from leadscore.domain.errors import InputError

_MOST_IN_ANOTHER_UNIT = 0.5
_N_WORDS = 5


@dataclass
class _TimeColumn:
    """What was seen of one column of times.

    `others` says by unit how many cells fit that one only, with the line and text of the first.
    """

    form: str
    n_cells: int = 0
    n_present: int = 0
    n_bad: int = 0
    first_bad: str = ""
    others: dict[str, tuple[int, int, str]] = field(default_factory=dict)


class Tally:
    """Notes about a file, one a kind however many chunks there were, and how its times look.

    A note that counts nothing is remembered for its place and not told: the order of the notes is
    that of the reading and does not depend on where chunks end.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._n: dict[str, int] = {}
        self._words: dict[str, list[str]] = {}
        self._times: dict[str, _TimeColumn] = {}

    def note(self, n: int, text: str, *, words: Iterable[str] = ()) -> None:
        """Count `n` rows more of which `text` is true; the first five `words` in order are told."""
        self._n[text] = self._n.get(text, 0) + n
        self._words[text] = sorted({*self._words.get(text, ()), *words})[:_N_WORDS]

    @property
    def warnings(self) -> list[str]:
        """One line a kind of note."""
        return [
            f"{self.name}: {n:,} {text}" + (": " if (w := self._words[text]) else "") + ", ".join(w)
            for text, n in self._n.items()
            if n
        ]

    def saw_times(
        self, header: str, form: str, *, n_cells: int, n_present: int, n_bad: int, first_bad: str
    ) -> None:
        """Count the cells of a column of times, and those not written in `form`."""
        seen = self._times.setdefault(header, _TimeColumn(form))
        seen.n_cells += n_cells
        seen.n_present += n_present
        seen.n_bad += n_bad
        seen.first_bad = seen.first_bad or first_bad

    def saw_units(self, header: str, units: dict[str, tuple[int, int, str]]) -> None:
        """Count cells that fit another unit: number of cells, first line and its text by unit."""
        seen = self._times[header]
        for unit, (n, line, text) in units.items():
            before, first_line, first_text = seen.others.get(unit, (0, line, text))
            seen.others[unit] = (before + n, first_line, first_text)

    def hint(self, header: str | None, *, max_share: float) -> str:
        """Say which format would read a column of times that mostly can't be read, else nothing."""
        seen = self._times.get(header or "")
        if seen is None or seen.n_bad <= max_share * seen.n_cells:
            return ""
        return f"; {better_form(seen.first_bad)}"

    def refuse_other_units(self) -> None:
        """Stop where most numbers of a column of times are in another unit than declared.

        Raises
        ------
        InputError
            ``wrong-time-unit``: with the format that fits.
        """
        for header, seen in self._times.items():
            for unit, (n, line, text) in seen.others.items():
                if n > _MOST_IN_ANOTHER_UNIT * seen.n_present:
                    raise InputError(
                        "wrong-time-unit",
                        f"{n:,} of {seen.n_present:,} values are {SCALES[unit].words}, not "
                        f"{SCALES[seen.form].words} as declared (here {text})",
                        file=self.name,
                        row=line,
                        column=header,
                        fix=f"declare `format: {unit}`",
                    )
