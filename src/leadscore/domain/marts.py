"""The marts: tables for dashboards, with the grain, the key and the meaning of every column.

Column names are a contract: none is renamed or taken away, new ones come last. The schemas, the data
dictionary and the example queries all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandera.pandas as pa

from leadscore.domain.schemas import TIERS, TIME

Kind = Literal["text", "number", "count", "time"]
_DTYPES: dict[Kind, str] = {"text": "str", "number": "float64", "count": "int64", "time": TIME}
STANDINGS = ("matured", "waiting", "unknown", "closed before")
BASES = ("issued", "out of time")
MEASURES = ("hot_leads", "warm_leads", "won_hot", "won_warm", "profit_hot", "profit_warm")
"""What is expected of thresholds and measured again, in the order in which `review.effect` tells it."""
JUDGED = (
    "held", "not held, may be chance", "not held", "too early", "too few", "no expectation kept",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One column: what it means and in which unit; `words` are the only ones it may hold."""

    name: str
    kind: Kind
    about: str
    nullable: bool = False
    words: tuple[str, ...] = ()

    def column(self) -> pa.Column:
        """Return the column's check."""
        checks = [pa.Check.isin(self.words)] if self.words else []
        return pa.Column(_DTYPES[self.kind], checks, nullable=self.nullable, description=self.about)


@dataclass(frozen=True)
class Mart:
    """One table for dashboards, and one question that it answers by a view.

    Attributes
    ----------
    grain, key
        What one row is; the columns that tell rows apart, empty where none do.
    renewed_by
        Columns whose values a new run brings anew: all old rows with the same ones go.
    question, view, sql
        A question, the name of the view that answers it, and its query.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    renewed_by: tuple[str, ...]
    fields: tuple[Field, ...]
    question: str
    view: str
    sql: str

    @property
    def schema(self) -> pa.DataFrameSchema:
        """The table's schema."""
        columns = {field.name: field.column() for field in self.fields}
        return pa.DataFrameSchema(
            columns, name=self.name, unique=list(self.key) or None, strict=True, ordered=True
        )


_OF_QUARTER = (
    Field("source", "text", "name of the source mapping"),
    Field("quarter", "text", "quarter of the scores, such as 2026Q3"),
    Field(
        "basis", "text", "whether scores were issued, or are what a training would have said",
        words=BASES,
    ),
)  # fmt: skip
_FIGURE = (
    Field("value", "number", "the figure; empty where it is not known", nullable=True),
    Field("low", "number", "lower end of the 95 % interval by lead", nullable=True),
    Field("high", "number", "upper end of the 95 % interval by lead", nullable=True),
    Field("n_leads", "count", "leads behind the figure"),
    Field("n_counted", "count", "leads among them that it counts: won, in the tier, overrated"),
    Field("why_no_interval", "text", "why there is no interval, such as too few", nullable=True),
)
_TOPIC = Field("topic", "text", "table of the report that the figure stands in")
_NAME = Field("figure", "text", "name of the figure, listed below")
_TELLING = "CASE WHEN value IS NULL THEN why_no_interval ELSE 'known' END AS told"

SCORES = Mart(
    "scores", "a lead in a quarter, by its first and its last score", ("source", "quarter", "lead_id"),
    ("source", "quarter"),
    (
        *_OF_QUARTER,
        Field("lead_id", "text", "id of the lead in the CRM"),
        Field("first_as_of", "time", "moment of the quarter's first score (UTC)"),
        Field("first_score", "number", "that score [points, 0 to 100]"),
        Field("first_probability", "number", "its probability [0 to 1]; empty where none was shown", nullable=True),
        Field("first_tier", "text", "its tier", words=TIERS),
        Field("first_band", "text", "its score band"),
        Field("last_as_of", "time", "moment of the quarter's last score (UTC)"),
        Field("last_score", "number", "that score [points, 0 to 100]"),
        Field("last_tier", "text", "its tier", words=TIERS),
        Field("last_band", "text", "its score band"),
        Field("explore", "text", "whether the first score is marked to explore", words=("yes", "no", "not marked")),
        Field("standing", "text", "what is known of the first score's outcome", words=STANDINGS),
        Field("label", "number", "1 won within the horizon, 0 not; empty unless matured", nullable=True),
        Field("days_to_close", "number", "days from the first score to the closing within the horizon", nullable=True),
        Field("amount_eur", "number", "amount of the win that decides [EUR]", nullable=True),
        Field("inactive_days", "number", "days from the lead's last own action to its first score", nullable=True),
    ),
    "How many leads of each tier were won?", "wins_by_tier",
    "SELECT quarter, first_tier, count(*) AS leads, sum(label) AS won FROM scores "
    "WHERE standing = 'matured' GROUP BY quarter, first_tier ORDER BY quarter, first_tier",
)  # fmt: skip
BANDS = Mart(
    "bands", "a figure of a tier, a score band or all leads in a quarter",
    ("source", "quarter", "topic", "figure", "grouped_by", "level"), ("source", "quarter"),
    (
        *_OF_QUARTER, _TOPIC, _NAME,
        Field("grouped_by", "text", "what leads are grouped by", words=("all", "tier", "band")),
        Field("level", "text", "the tier, the band, or all"),
        *_FIGURE,
    ),
    "How does conversion rise with the score band, quarter by quarter?", "conversion_by_band",
    f"SELECT quarter, level AS band, value, low, high, n_leads, {_TELLING} FROM bands "
    "WHERE topic = 'conversion' AND grouped_by = 'band' "
    "ORDER BY quarter, CAST(split_part(level, ' ', 1) AS DOUBLE)",
)  # fmt: skip
SEGMENTS = Mart(
    "segments", "a figure of one value of a property in a quarter",
    ("source", "quarter", "topic", "figure", "property", "level"), ("source", "quarter"),
    (
        *_OF_QUARTER, _TOPIC, _NAME,
        Field("property", "text", "the property, such as channel"),
        Field("level", "text", "its value; missing where the lead has none"),
        *_FIGURE,
    ),
    "Which channels convert best, of those with enough leads?", "conversion_by_channel",
    "SELECT quarter, level AS channel, value, low, high, n_leads FROM segments "
    "WHERE topic = 'segments' AND property = 'channel' AND value IS NOT NULL "
    "ORDER BY quarter, value DESC, channel",
)  # fmt: skip
FIGURES = Mart(
    "figures", "any other figure of a quarter: rank correlation, conversion by verdict",
    ("source", "quarter", "topic", "figure", "grouped_by", "level"), ("source", "quarter"),
    (
        *_OF_QUARTER, _TOPIC, _NAME,
        Field("grouped_by", "text", "what leads are grouped by"),
        Field("level", "text", "the group"),
        *_FIGURE,
    ),
    "Does conversion follow the score, quarter by quarter?", "rank_correlations",
    f"SELECT quarter, level AS measured_on, value, low, high, {_TELLING} FROM figures "
    "WHERE figure = 'rank_correlation' ORDER BY quarter, measured_on",
)  # fmt: skip
INACTIVITY = Mart(
    "inactivity", "a figure of leads by days since their last own action, or of a rule that fades",
    ("source", "quarter", "topic", "figure", "grouped_by", "level"), ("source", "quarter"),
    (
        *_OF_QUARTER, _TOPIC, _NAME,
        Field("grouped_by", "text", "days since the last own action, or a rule", words=("inactivity", "rule")),
        Field("level", "text", "the stretch of days, or the rule's id"),
        *_FIGURE,
        Field("from_days", "number", "first day of the stretch, itself included", nullable=True),
        Field("upto_days", "number", "day before which the stretch ends; empty where it has no end", nullable=True),
    ),
    "How does conversion fall with the days since a lead's last own action?", "conversion_by_inactivity",
    f"SELECT quarter, level AS inactive, from_days, value, low, high, n_leads, {_TELLING} FROM inactivity "
    "WHERE figure = 'conversion' ORDER BY quarter, from_days NULLS LAST",
)  # fmt: skip
FEEDBACK = Mart(
    "feedback", "a rep's verdict in a quarter", (), ("source", "quarter"),
    (
        *_OF_QUARTER,
        Field("lead_id", "text", "id of the lead in the CRM"),
        Field("occurred_at", "time", "when the verdict was given (UTC)"),
        Field("verdict", "text", "overrated, right or underrated, as the mapping says"),
        Field("score_as_of", "time", "moment of the last score before it (UTC)", nullable=True),
        Field("score", "number", "that score [points, 0 to 100]", nullable=True),
        Field("tier", "text", "its tier", nullable=True),
        Field("band", "text", "its score band", nullable=True),
    ),
    "At which tiers do reps call leads overrated?", "verdicts_by_tier",
    "SELECT quarter, tier, verdict, count(DISTINCT lead_id) AS leads FROM feedback "
    "WHERE tier IS NOT NULL GROUP BY quarter, tier, verdict ORDER BY quarter, tier, verdict",
)  # fmt: skip
DECISIONS = Mart(
    "decisions", "a signed decision on thresholds", ("source", "decision_id"), ("source",),
    (
        Field("source", "text", "name of the source mapping"),
        Field("decision_id", "text", "four digits, ascending"),
        Field("decided_on", "text", "day it was signed and came in force (YYYY-MM-DD)"),
        Field("signed_by", "text", "who signed"),
        Field("hot", "number", "score from which a lead is hot [points]"),
        Field("warm", "number", "score from which a lead is warm [points]"),
        Field("anchor_probability", "number", "probability of score 50; empty where the bundle's holds", nullable=True),
        Field("reason", "text", "why"),
        Field("proposal_sha256", "text", "hash of the proposal that was approved", nullable=True),
    ),
    "Which thresholds were in force when?", "thresholds_in_order",
    "SELECT source, decided_on, hot, warm, signed_by FROM decisions ORDER BY source, decision_id",
)  # fmt: skip
JUDGEMENTS = Mart(
    "judgements", "a measure of a signed decision, held against the scores issued under it in a quarter",
    ("source", "quarter", "decision_id", "measure"), ("source", "quarter"),
    (
        *_OF_QUARTER,
        Field("decision_id", "text", "four digits, ascending"),
        Field("decided_on", "text", "day it was signed and came in force (YYYY-MM-DD)"),
        Field("hot", "number", "score from which a lead is hot [points]"),
        Field("warm", "number", "score from which a lead is warm [points]"),
        Field(
            "measure", "text", "hot and warm leads a week; shares of won leads that were hot, warm or hot [0 to 1]; "
            "profit of calling the hot, of nurturing the warm or hotter [EUR a week]", words=MEASURES,
        ),
        Field("expected", "number", "what its proposal promised; empty where nothing was kept", nullable=True),
        Field("expected_low", "number", "lower end of its 95 % interval", nullable=True),
        Field("expected_high", "number", "upper end of its 95 % interval", nullable=True),
        Field("came", "number", "the same measure over the scores issued under it", nullable=True),
        Field("came_low", "number", "lower end of its 95 % interval by lead", nullable=True),
        Field("came_high", "number", "upper end of its 95 % interval by lead", nullable=True),
        Field("difference", "number", "came less expected", nullable=True),
        Field("difference_low", "number", "lower end of its 95 % interval", nullable=True),
        Field("difference_high", "number", "upper end of its 95 % interval", nullable=True),
        Field("n_leads", "count", "leads behind what came"),
        Field("n_won", "count", "won leads among them"),
        Field("nights", "count", "nights behind what came, one a week"),
        Field("verdict", "text", "whether what came lies within what was expected", words=JUDGED),
        Field("why_no_interval", "text", "why what came has no interval", nullable=True),
    ),
    "Which expectations of signed decisions did not hold?", "expectations_not_held",
    "SELECT quarter, decision_id, measure, expected, came, difference_low, difference_high, verdict "
    "FROM judgements WHERE starts_with(verdict, 'not held') ORDER BY quarter, decision_id, measure",
)  # fmt: skip
MARTS = (SCORES, BANDS, SEGMENTS, FIGURES, INACTIVITY, FEEDBACK, DECISIONS, JUDGEMENTS)
