"""Features of looks at leads: what their events and properties said at `as_of`, and nothing later.

Names: ``act_`` events, ``lead_`` the person, ``firm_`` the company, ``mail_`` the address; the suffix
is the unit (`_count_30d`, `_recency_days`, `_decayed_14d`, `_days_30d`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.domain.settings import FeatureSettings
from leadscore.history import kernel
from leadscore.history.demographics import derive
from leadscore.history.log import EventLog, Moments

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

    `kind` is ``number`` or ``category``; `words` is a template a rep can read, with ``{value}``;
    `origin` is the property or the event type it comes from.
    """

    name: str
    kind: Literal["number", "category"]
    words: str
    origin: str


@dataclass(frozen=True)
class FeatureTable:
    """One row per look, in its order (categories as text), and what each column is."""

    rows: pd.DataFrame
    features: tuple[Feature, ...]


def build(
    looks: pd.DataFrame,
    leads: pd.DataFrame,
    log: EventLog | None,
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
    leads
        One row per lead with the properties.
    log
        Sorted events, or None where the source has none (wide exports).
    properties, event_labels, engagement_types
        From the mapping: which properties exist, and how event types read.

    Returns
    -------
    FeatureTable with ``len(looks)`` rows.
    """
    demographic, described = property_features(looks, leads, properties)
    columns: dict[str, pd.Series] = {name: demographic[name] for name in demographic.columns}
    features = list(described)
    if log is not None:
        columns["lead_age_days"] = looks["age_days"].reset_index(drop=True)
        features.append(Feature("lead_age_days", "number", "Lead is {value:.0f} days old", "age"))
        moments = Moments.from_table(looks, log)
        for described_as, values in _event_features(
            log, moments, event_labels, engagement_types, settings
        ):
            columns[described_as.name] = pd.Series(values)
            features.append(described_as)
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(looks)))
    return FeatureTable(table, tuple(features))


def properties_at(
    looks: pd.DataFrame, leads: pd.DataFrame, properties: Sequence[Property]
) -> pd.DataFrame:
    """Repeat each lead's properties, with those derived from them, once per look.

    Returns
    -------
    DataFrame with ``len(looks)`` rows: the properties' columns and `demographics.derive`'s.
    """
    names = [p.name for p in properties]
    derived = derive(leads[names])
    at = pd.Index(leads["lead_id"]).get_indexer(pd.Index(looks["lead_id"]))
    if bool((at < 0).any()):
        raise ValueError("properties_at: a look's lead is not in the leads table")
    return derived.take(at).reset_index(drop=True)


def property_features(
    looks: pd.DataFrame, leads: pd.DataFrame, properties: Sequence[Property]
) -> tuple[pd.DataFrame, list[Feature]]:
    """Return the demographic columns under their feature names, and their descriptions."""
    used = [p for p in properties if not p.excluded]
    values = properties_at(looks, leads, used)
    names, features = {}, []
    for prop in used:
        if prop.name in RAW_TEXT:
            continue
        number = prop.kind in ("number", "flag")
        words = f"{prop.label}: " + ("{value:g}" if number else "{value}")
        name = feature_name(prop.name)
        names[prop.name] = name
        features.append(Feature(name, "number" if number else "category", words, prop.name))
    for name, label in DERIVED.items():
        if name in values.columns and name not in names:
            names[name] = feature_name(name)
            features.append(Feature(names[name], "category", f"{label}: {{value}}", name))
    kept = values[list(names)].rename(columns=names)
    return kept, features


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


def _event_features(
    log: EventLog,
    moments: Moments,
    labels: Mapping[str, str],
    engagement: Sequence[str],
    settings: FeatureSettings,
) -> list[tuple[Feature, np.ndarray]]:
    groups = [(kind, labels.get(kind, kind.replace("_", " ")), [kind]) for kind in sorted(labels)]
    if engagement:
        groups.append(("any", "Own actions", sorted(engagement)))
    built: list[tuple[Feature, np.ndarray]] = []
    for kind, label, types in groups:
        keep = log.select(types)
        for days in settings.windows_days:
            words = f"{label}: {{value:.0f}} in {days} days"
            counted = kernel.count_in_window(log, keep, moments, window_days=days)
            built.append((Feature(f"act_{kind}_count_{days}d", "number", words, kind), counted))
        words = f"{label}: last {{value:.0f}} days ago"
        last = kernel.recency_days(log, keep, moments)
        built.append((Feature(f"act_{kind}_recency_days", "number", words, kind), last))
        for half_life in settings.half_lives_days:
            words = f"{label}: {{value:.1f}} recent (half-life {half_life:g} days)"
            total = kernel.decayed_sum(log, keep, moments, half_life_days=half_life)
            built.append(
                (Feature(f"act_{kind}_decayed_{half_life:g}d", "number", words, kind), total)
            )
    if engagement:
        keep = log.select(sorted(engagement))
        for days in settings.windows_days:
            words = f"Active on {{value:.0f}} of {days} days"
            active = kernel.active_days(log, keep, moments, window_days=days)
            built.append((Feature(f"act_any_days_{days}d", "number", words, "any"), active))
    return built
