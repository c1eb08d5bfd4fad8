"""The desk where the files of an export are opened and closed: what went in, what was refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leadscore.adapters.csv_text import TextTable, read_text, tidy_header
from leadscore.adapters.export import InputFile
from leadscore.adapters.intake import Intake
from leadscore.adapters.raw_files import Progress, open_raw
from leadscore.adapters.sieve import Count, refuse_if_most_fail, rejects
from leadscore.domain.mapping import Column, Dialect, SourceMapping


class Desk:
    """One pass over an export: every file goes through `open` and `close`.

    Attributes
    ----------
    inputs, counts, warnings
        Files read by path; where their rows went; what was odd.
    """

    def __init__(
        self, mapping: SourceMapping, raw_dir: Path, *, progress: Progress | None = None
    ) -> None:
        self.mapping, self.raw_dir, self.progress = mapping, raw_dir, progress
        declared = mapping.observed_until
        self.until = None if declared is None else pd.Timestamp(declared).tz_convert("UTC")
        self.inputs: dict[str, InputFile] = {}
        self.counts: list[Count] = []
        self.warnings: list[str] = []
        self._rejected: list[pd.DataFrame] = [rejects("", [], "", [])]

    def open(
        self, dialect: Dialect, columns: dict[str, Column], *, also: tuple[str, ...] = ()
    ) -> Intake:
        """Read a file as text; `also` names columns that are needed besides the declared ones."""
        path = dialect.path
        raw = open_raw(self.raw_dir, path, encoding=dialect.encoding, progress=self.progress)
        used = [header for header, column in columns.items() if column.role != "ignore"]
        wanted = list(dict.fromkeys([*used, *also]))
        table = read_text(raw, separator=dialect.separator, wanted=wanted)
        if self.progress is not None:
            self.progress(path, 1.0)
        self.inputs[path] = InputFile(path, raw.n_bytes, raw.sha256, table.n_rows)
        self.warnings += raw.warnings
        self._note_other_columns(path, {*columns, *also}, table)
        for bad in table.bad_rows:
            shown = [bad.value[:80]]
            self._rejected.append(rejects(path, [bad.line], bad.code, [bad.reason], values=shown))
        return Intake(self.mapping, dialect, columns, table, path)

    def close(self, intake: Intake, table: str) -> None:
        """Take over what was refused and noted while the file's rows went into `table`.

        Raises
        ------
        InputError
            More rows were refused than `max_reject_share` allows.
        """
        self._rejected.append(intake.sieve.rejected())
        self.counts.append(intake.sieve.count(table))
        self.warnings += intake.warnings
        refuse_if_most_fail(
            pd.concat([part[part["file"] == intake.name] for part in self._rejected]),
            file=intake.name,
            n_rows=self.inputs[intake.name].rows,
            max_share=self.mapping.max_reject_share,
        )

    def rejected(self) -> pd.DataFrame:
        """Return all refused rows, by file in the order of reading, then by line."""
        every = pd.concat(self._rejected, ignore_index=True)
        rank = pd.Series(pd.Categorical(every["file"], categories=list(self.inputs)).codes)
        place = pd.DataFrame({"file": rank, "line": every["line"]}).sort_values(
            ["file", "line"], kind="stable"
        )
        return every.loc[place.index].reset_index(drop=True)

    def _note_other_columns(self, path: str, known: set[str], table: TextTable) -> None:
        tidy = {tidy_header(header) for header in known}
        other = [header for header in table.headers if header not in tidy]
        if other:
            shown = ", ".join(other[:20])
            self.warnings.append(f"{path}: columns not in the mapping are not read: {shown}")
