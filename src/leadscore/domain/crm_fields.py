"""What a CRM is told of a lead: the fields of an import file, and what a file of a CRM is like.

Everything is declared here and in `crm_systems`; nothing else knows a CRM by its name. No native score field
and no field that a CRM computes itself is among them: each CRM gets fields of our own, called leadscore.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """How the cells of a field are written."""

    KEY = "key"
    """Text that finds the record; never cut."""
    NUMBER = "number"
    """A number with fixed decimals and a point."""
    CHOICE = "choice"
    """One word of a list."""
    FLAG = "flag"
    """Yes or no, in the CRM's words."""
    REASONS = "reasons"
    """Sentences joined by `BETWEEN`; cut between two of them where the CRM's field ends."""
    WORD = "word"
    """A short text."""
    MOMENT = "moment"
    """A moment in UTC, in the CRM's format."""


LONGEST_KEY = 255
"""Characters of a lead's id; the shortest documented text field of the CRMs holds no more."""


@dataclass(frozen=True)
class Field:
    """One thing a CRM is told of a lead.

    Parameters
    ----------
    name
        Our word for it, ``snake_case``; the headers of most CRMs are made of it.
    source
        Column of `schemas.ISSUED`. One that a partition lacks gives empty cells.
    tells
        What it says, for the person who creates the field.
    decimals, high
        Of a number: digits after the point, and the largest value (the smallest is 0).
    options
        Of a choice: its words.
    first
        Of a word: how many characters are written; None: all.
    is_news
        Whether a change of it alone is worth a row where only changed leads are written.
    """

    name: str
    source: str
    kind: Kind
    tells: str
    decimals: int = 0
    high: int = 0
    options: tuple[str, ...] = ()
    first: int | None = None
    is_news: bool = False


FIELDS = (
    Field("lead_key", "lead_id", Kind.KEY, "the lead's id in the export"),
    Field(
        "score", "score", Kind.NUMBER, "0 to 100; ten points more double the odds of a win",
        decimals=1, high=100, is_news=True,
    ),
    Field(
        "tier", "tier", Kind.CHOICE, "how sales treats the lead",
        options=("hot", "warm", "cold"), is_news=True,
    ),
    Field(
        "explore", "explore", Kind.FLAG, "cold, and drawn to be worked all the same", is_news=True
    ),
    Field(
        "probability", "probability", Kind.NUMBER,
        "chance of a win within the horizon, 0 to 1; missing where percentages did not hold",
        decimals=4, high=1,
    ),
    Field(
        "trend", "trend", Kind.CHOICE, "the score against some days ago",
        options=("improving", "steady", "declining", "not enough info"),
    ),
    Field(
        "reasons_for", "reasons_for", Kind.REASONS, "what raised the score, strongest first",
        is_news=True,
    ),
    Field(
        "reasons_against", "reasons_against", Kind.REASONS,
        "what lowered the score, strongest first", is_news=True,
    ),
    Field("cell", "cell", Kind.WORD, "fit A to C beside engagement 1 to 3, by the grid"),
    Field("scored_at", "as_of", Kind.MOMENT, "the moment the score speaks of (UTC)"),
    Field("expires_at", "expires_at", Kind.MOMENT, "from then on nobody should act on it (UTC)"),
    Field(
        "model", "bundle_sha256", Kind.WORD, "first 12 digits of the hash of the bundle that scored",
        first=12,
    ),
    Field("decision", "decision_id", Kind.WORD, "the signed decision whose thresholds gave the tier"),
)  # fmt: skip
"""In the order of the columns of every file."""


@dataclass(frozen=True)
class Crm:
    """What an import file of one CRM is like.

    Parameters
    ----------
    name, title
        What the command line calls it, and what people do.
    key
        Header of the column by which an import finds its record.
    finds
        What has to be known of that column, for the person who imports.
    header
        Pattern of the other headers: `{snake}` gives ``reasons_for``, `{title}` ``Reasons For``, `{under}`
        ``Reasons_For``, `{camel}` ``ReasonsFor``.
    types
        What kind of field to create, in the CRM's words, for every kind but the key.
    text_limit, unit
        Longest text that the field of the reasons holds, and in what it is counted; None: no limit.
    moment
        Format of a moment, as `datetime.strftime` takes it.
    flag
        Words for yes and no.
    no_value, no_reasons
        What stands for a missing value, and for no reasons: where an empty cell leaves the old value in
        the CRM, yesterday's reasons would stay beside today's score.
    rows, size
        Most rows (without the header) and bytes of one file; None: no limit.
    also_needs
        Columns the CRM's import asks for and scores do not have.
    bom, line_end, delimiter
        UTF-8 always; whether a byte order mark goes first, what ends a line, what parts two cells.
    """

    name: str
    title: str
    key: str
    finds: str
    header: str
    types: Mapping[Kind, str]
    text_limit: int | None
    moment: str
    flag: tuple[str, str]
    rows: int | None
    size: int | None
    unit: Literal["characters", "bytes"] = "characters"
    no_value: str = ""
    no_reasons: str = "none"
    also_needs: tuple[str, ...] = ()
    bom: bool = False
    line_end: str = "\r\n"
    delimiter: str = ","

    def column(self, field: Field) -> str:
        """Return the header of a field's column.

        Examples
        --------
        >>> from leadscore.domain.crm_systems import CRMS
        >>> CRMS["salesforce"].column(FIELDS[6]), CRMS["salesforce"].column(FIELDS[0])
        ('Leadscore_Reasons_For__c', 'Id')
        """
        if field.kind is Kind.KEY:
            return self.key
        title = field.name.replace("_", " ").title()
        return self.header.format(
            snake=field.name, title=title, under=title.replace(" ", "_"), camel=title.replace(" ", "")
        )  # fmt: skip

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers of a file, in order."""
        return tuple(self.column(field) for field in FIELDS)
