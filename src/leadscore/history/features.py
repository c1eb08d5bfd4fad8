"""Features of looks at leads: what their events and properties said at `as_of`, and nothing later.

Names: ``act_`` events (`history.event_features`), ``lead_`` the person, ``firm_`` the company,
``mail_`` the address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.domain.settings import FeatureSettings
from leadscore.history.event_features import columns_of, computed
from leadscore.history.facts import LEAD_AGE, Fact, Label, of_property
from leadscore.history.kernel import Sweep
from leadscore.history.showing import shows_of

FIRM = frozenset({"industry", "employees", "country", "company", "sector", "revenue", "size_band"})
RAW_TEXT = frozenset(
    {"job_title", "email_domain", "company_id"}
)  # free text: only what it derives to is used
DERIVED = {
    "seniority": "Seniority",
    "function": "Function",
    "domain_class": "E-mail domain",
    "size_band": "Company size",
}


@dataclass(frozen=True)
class Feature:
    """One column of the snapshots table that a model may use.

    `kind` is ``number`` or ``category``; `words` is an English template, with ``{value}``, for pages
    about features; `origin` is the property or the event type it comes from; `fact` is what reasons
    are worded by, None in what was written before there were facts.
    """

    name: str
    kind: Literal["number", "category"]
    words: str
    origin: str
    fact: Fact | None = None

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Feature:
        """Read what `to_dict` wrote, and what was written before there were facts."""
        fact = plain.get("fact")
        return cls(**{**plain, "fact": None if fact is None else Fact.from_dict(fact)})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {"name": self.name, "kind": self.kind, "words": self.words, "origin": self.origin}
        return plain if self.fact is None else {**plain, "fact": self.fact.to_dict()}


AGE = Feature(
    "lead_age_days", "number", "Lead is {value:.0f} days old", "age",
    Fact("lead_age", Label("Lead created", is_ours=True), LEAD_AGE),
)  # fmt: skip


@dataclass(frozen=True)
class FeatureTable:
    """One row per look, in its order (categories as text), and what each column is."""

    rows: pd.DataFrame
    features: tuple[Feature, ...]


def build(
    looks: pd.DataFrame,
    values: pd.DataFrame,
    sweep: Sweep | None,
    *,
    properties: Sequence[Property],
    event_labels: Mapping[str, str],
    engagement_types: Sequence[str],
    settings: FeatureSettings,
) -> FeatureTable:
    """Build every declared feature for every look.

    Parameters
    ----------
    looks
        Columns lead_id, as_of, age_days; grain (lead_id, as_of).
    values
        One row per look with the leads' properties (`history.properties.properties_at`).
    sweep
        The leads' events seen at the looks, in their order; None where the source has no events.
    properties, event_labels, engagement_types
        From the mapping: which properties exist, and how event types read.

    Returns
    -------
    FeatureTable with ``len(looks)`` rows.
    """
    demographic, described = property_features(values, properties)
    columns: dict[str, pd.Series] = {name: demographic[name] for name in demographic.columns}
    features = list(described)
    if sweep is not None:
        columns["lead_age_days"] = looks["age_days"].reset_index(drop=True)
        features.append(AGE)
        declared = columns_of(settings.events, labels=event_labels, engagement=engagement_types)
        for column, told in computed(declared, sweep):
            columns[column.name] = pd.Series(told)
            features.append(Feature(column.name, "number", column.words, column.kind, column.fact))
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(looks)))
    return FeatureTable(table, tuple(features))


def property_features(
    values: pd.DataFrame, properties: Sequence[Property]
) -> tuple[pd.DataFrame, list[Feature]]:
    """Return the demographic columns under their feature names, and their descriptions."""
    used = [p for p in properties if not p.excluded]
    names, features = {}, []
    for prop in used:
        if prop.name in RAW_TEXT:
            continue
        words = f"{prop.label}: " + ("{value:g}" if prop.is_number else "{value}")
        name = feature_name(prop.name)
        names[prop.name] = name
        kind: Literal["number", "category"] = "number" if prop.is_number else "category"
        features.append(Feature(name, kind, words, prop.name, _fact(prop)))
    for name, label in DERIVED.items():
        if name in values.columns and name not in names:
            names[name] = feature_name(name)
            fact = Fact("derived", Label(label, is_ours=True), of_property(name))
            features.append(Feature(names[name], "category", f"{label}: {{value}}", name, fact))
    kept = values[list(names)].rename(columns=names)
    return kept, features


def _fact(prop: Property) -> Fact:
    kind: Literal["number", "flag", "category"] = "category"
    if prop.kind in ("number", "flag"):
        kind = "flag" if prop.kind == "flag" else "number"
    return Fact(kind, Label(prop.label), of_property(prop.name), shows=shows_of(prop))


def feature_name(name: str) -> str:
    """Return the column name of a property's feature.

    Examples
    --------
    >>> feature_name("industry"), feature_name("domain_class"), feature_name("channel")
    ('firm_industry', 'mail_domain_class', 'lead_channel')
    """
    if name == "domain_class":
        return "mail_domain_class"
    return f"firm_{name}" if name in FIRM else f"lead_{name}"
