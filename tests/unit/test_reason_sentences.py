"""What a rep reads, written by hand for every primitive and kind of property, in English and French.

In expected texts `~` is a no-break space and `_` a narrow one.
"""

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.event_features import EventFeature, Primitive
from leadscore.domain.mapping import Property
from leadscore.history.event_features import columns_of
from leadscore.history.facts import FactKind
from leadscore.history.features import AGE, Feature, property_features
from leadscore.history.quantities import duration, number_text
from leadscore.history.sentences_words import LEVELS, OURS, SENTENCES
from leadscore.history.titles import FUNCTIONS, SENIORITIES
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons import ReasonWords, Typical

NAN, INF = float("nan"), float("inf")
LABELS = {
    "en": {"demo": "Demo requested", "mail": "E-mail sent"},
    "fr": {"demo": "Démo demandée", "mail": "E-mail envoyé"},
}


def shown_spaces(text):
    return text.replace("\N{NO-BREAK SPACE}", "~").replace("\N{NARROW NO-BREAK SPACE}", "_")


def said(language, line, value, typical=None):
    """Return the words of a value of the one column that a declared line makes."""
    declared = EventFeature.model_validate({"of": "demo", **line})
    (column,) = columns_of([declared], labels=LABELS[language], engagement=("demo",))
    feature = Feature(column.name, "number", column.words, column.kind, column.fact)
    return worded(language, feature, value, typical)


def worded(language, feature, value, typical=None, levels=None):
    encoder = Encoder((feature,), {} if levels is None else {feature.name: levels})
    usual = () if typical is None else (Typical(feature.name, typical),)
    words = ReasonWords(encoder, usual, language)
    return shown_spaces(words.phrases(np.array([0]), np.array([value], dtype=float))[0])


def of_property(prop, language="en", *, value, typical=None, levels=None):
    values = pd.DataFrame({prop.name: pd.Series([1.0] if prop.is_number else ["x"])})
    _, (feature, *_) = property_features(values, [prop])
    return worded(language, feature, value, typical, levels)


WINDOW = {"within_days": 7}
RATIO = {"is": "ratio", "per": "mail", "within_days": 30}
NEAR = {"is": "co_occurrence", "beside": "mail", "within_hours": 2, "within_days": 30}
BACK = {"is": "returns", "gap_days": 2, "within_days": 30}
VISITS = {"is": "sessions", "apart_minutes": 30, **WINDOW}


@pytest.mark.parametrize(
    ("line", "value", "en", "fr"),
    [
        ({"is": "count", **WINDOW}, 3, "3 times in 7 days", "3 fois en 7 jours"),
        ({"is": "count", **WINDOW}, 1, "once in 7 days", "1 fois en 7 jours"),
        ({"is": "count", "within_days": 1}, 0, "never in 1 day", "jamais en 1 jour"),
        ({"is": "count"}, 0, "never so far", "jamais jusqu’ici"),
        ({"is": "count", "within_days": 0.25}, 12_500, "12,500 times in 6 hours", "12_500 fois en 6 heures"),
        ({"is": "recency"}, 3.4, "last time 3 days ago", "dernière fois il y a 3 jours"),
        ({"is": "recency"}, 0.5, "last time 1 day ago", "dernière fois il y a 1 jour"),
        ({"is": "recency"}, 0.49, "last time less than a day ago", "dernière fois il y a moins d’un jour"),
        ({"is": "recency"}, NAN, "never", "jamais"),
        ({"is": "first"}, 400, "first time 400 days ago", "première fois il y a 400 jours"),
        ({"is": "first"}, 1, "first time 1 day ago", "première fois il y a 1 jour"),
        ({"is": "first"}, 0, "first time less than a day ago", "première fois il y a moins d’un jour"),
        ({"is": "first"}, NAN, "never", "jamais"),
        ({"is": "decayed_sum", "half_life_days": 14}, 2.34, "2.3 times lately, older ones count less",
         "2,3 fois récemment, les plus anciennes comptant moins"),
        ({"is": "decayed_sum", "half_life_days": 14}, 1.02, "once lately, older ones count less",
         "1 fois récemment, les plus anciennes comptant moins"),
        ({"is": "decayed_sum", "half_life_days": 14}, 0.04, "hardly ever lately", "presque jamais récemment"),
        ({"is": "active_days", "within_days": 30}, 4, "on 4 different days in 30 days",
         "sur 4 jours différents en 30 jours"),
        ({"is": "active_days", "within_days": 30}, 1, "on 1 day in 30 days", "sur 1 jour en 30 jours"),
        ({"is": "active_days"}, 0, "never so far", "jamais jusqu’ici"),
        (VISITS, 2, "2 visits in 7 days", "2 visites en 7 jours"),
        (VISITS, 1, "1 visit in 7 days", "1 visite en 7 jours"),
        (VISITS, 0, "no visit in 7 days", "aucune visite en 7 jours"),
        ({"is": "longest_gap", **WINDOW}, 2.6, "longest pause of 3 days in 7 days",
         "plus longue pause de 3 jours en 7 jours"),
        ({"is": "longest_gap"}, 1, "longest pause of 1 day so far", "plus longue pause de 1 jour jusqu’ici"),
        ({"is": "longest_gap", **WINDOW}, 0, "longest pause of less than a day in 7 days",
         "plus longue pause de moins d’un jour en 7 jours"),
        ({"is": "longest_gap", **WINDOW}, NAN, "fewer than 2 times in 7 days", "moins de 2 fois en 7 jours"),
        (BACK, 3, "3 returns within 2 days, in 30 days", "3 retours sous 2 jours, en 30 jours"),
        (BACK, 1, "1 return within 2 days, in 30 days", "1 retour sous 2 jours, en 30 jours"),
        (BACK, 0, "no return within 2 days, in 30 days", "aucun retour sous 2 jours, en 30 jours"),
        ({"is": "trend", **WINDOW}, 3, "3 more in 7 days than in the same time before",
         "3 de plus en 7 jours que sur la même durée avant"),
        ({"is": "trend", **WINDOW}, -2, "2 fewer in 7 days than in the same time before",
         "2 de moins en 7 jours que sur la même durée avant"),
        ({"is": "trend", **WINDOW}, 0, "as many in 7 days as in the same time before",
         "autant en 7 jours que sur la même durée avant"),
        ({"is": "distinct_subjects", **WINDOW}, 5, "5 different subjects in 7 days",
         "5 sujets différents en 7 jours"),
        ({"is": "distinct_subjects", **WINDOW}, 1, "1 subject in 7 days", "1 seul sujet en 7 jours"),
        ({"is": "distinct_subjects", **WINDOW}, 0, "no subject in 7 days", "aucun sujet en 7 jours"),
        ({"is": "value_sum", **WINDOW}, 12_345.6, "a total of 12,346 in 7 days", "12_346 au total en 7 jours"),
        ({"is": "value_sum"}, -0.25, "a total of -0.25 so far", "-0,25 au total jusqu’ici"),
        ({"is": "value_last"}, 99.5, "latest value 99.5", "dernière valeur 99,5"),
        ({"is": "value_last"}, NAN, "no value so far", "aucune valeur jusqu’ici"),
        (RATIO, 0.5, "50% of “E-mail sent” in 30 days", "50~% de «~E-mail envoyé~» en 30 jours"),
        (RATIO, 1.5, "150% of “E-mail sent” in 30 days", "150~% de «~E-mail envoyé~» en 30 jours"),
        (RATIO, NAN, "without “E-mail sent” in 30 days", "sans «~E-mail envoyé~» en 30 jours"),
        (NEAR, 2, "2 times within 2 hours of “E-mail sent” in 30 days",
         "2 fois à 2 heures au plus de «~E-mail envoyé~» en 30 jours"),
        (NEAR, 1, "once within 2 hours of “E-mail sent” in 30 days",
         "1 fois à 2 heures au plus de «~E-mail envoyé~» en 30 jours"),
        (NEAR, 0, "never within 2 hours of “E-mail sent” in 30 days",
         "jamais à 2 heures au plus de «~E-mail envoyé~» en 30 jours"),
    ],
)  # fmt: skip
def test_every_primitive_reads_as_a_person_says_it(line, value, en, fr):
    assert said("en", line, value) == f"Demo requested: {en}"
    assert said("fr", line, value) == f"Démo demandée~: {fr}"


def test_every_kind_of_fact_has_its_sentences_in_both_languages():
    kinds = set(get_args(get_args(FactKind)[0]) if FactKind == Primitive else ())
    kinds |= {kind for part in get_args(FactKind) for kind in (get_args(part) or (part,))}
    assert kinds == set(SENTENCES["en"]) == set(SENTENCES["fr"]) >= set(get_args(Primitive))
    for words in (*OURS.values(), *LEVELS.values()):
        assert set(words) == {"en", "fr"}


@pytest.mark.parametrize(
    ("line", "value", "typical", "en", "fr"),
    [
        ({"is": "count", **WINDOW}, 3, 0.0, "3 times in 7 days (typical: 0)", "3 fois en 7 jours (habituel~: 0)"),
        ({"is": "count", **WINDOW}, 2, 2.0, "2 times in 7 days (typical)", "2 fois en 7 jours (habituel)"),
        ({"is": "recency"}, 2, 40.2, "last time 2 days ago (typical: 40 days)",
         "dernière fois il y a 2 jours (habituel~: 40 jours)"),
        ({"is": "recency"}, 2, 1.0, "last time 2 days ago (typical: 1 day)",
         "dernière fois il y a 2 jours (habituel~: 1 jour)"),
        ({"is": "trend", **WINDOW}, 2, -1.0, "2 more in 7 days than in the same time before (typical: -1)",
         "2 de plus en 7 jours que sur la même durée avant (habituel~: -1)"),
        ({"is": "trend", **WINDOW}, -2, 3.0, "2 fewer in 7 days than in the same time before (typical: +3)",
         "2 de moins en 7 jours que sur la même durée avant (habituel~: +3)"),
        (RATIO, NAN, 0.5, "without “E-mail sent” in 30 days (typical: 50%)",
         "sans «~E-mail envoyé~» en 30 jours (habituel~: 50~%)"),
    ],
)  # fmt: skip
def test_the_typical_value_stands_behind_in_short(line, value, typical, en, fr):
    assert said("en", line, value, typical) == f"Demo requested: {en}"
    assert said("fr", line, value, typical) == f"Démo demandée~: {fr}"


def test_what_mostly_never_happens_is_typically_never():
    feature = Feature("act_demo_recency_days", "number", "Demo: last {value:.0f} days ago", "demo")
    words = ReasonWords(Encoder((feature,), {}), [Typical(feature.name, None)], "en")
    both = words.phrases(np.array([0, 0]), np.array([2.0, NAN])).tolist()
    assert both == ["Demo: last time 2 days ago (typical: never)", "Demo: never (typical)"]


def test_own_actions_and_all_events_are_called_in_the_readers_language():
    def of(language, events):
        declared = EventFeature.model_validate({"is": "count", "of": events})
        (column,) = columns_of([declared], labels=LABELS[language], engagement=("demo",))
        feature = Feature(column.name, "number", column.words, column.kind, column.fact)
        return worded(language, feature, 2.0)

    assert of("en", "engagement") == "Own actions: 2 times so far"
    assert of("fr", "engagement") == "Actions du prospect~: 2 fois jusqu’ici"
    assert of("fr", "any") == "Événements~: 2 fois jusqu’ici"
    assert of("fr", {"name": "p", "label": "Events", "subject": "x"}) == "Events~: 2 fois jusqu’ici"


def test_the_age_of_a_lead():
    assert worded("en", AGE, 12.0, 40.0) == "Lead created: 12 days ago (typical: 40 days)"
    assert worded("fr", AGE, 1.0) == "Prospect créé~: il y a 1 jour"


def test_properties_by_their_kind():
    size = Property("employees", "number", "at_creation", "Employees")
    assert of_property(size, value=250.0, typical=40.0) == "Employees: 250 (typical: 40)"
    assert of_property(size, value=NAN, typical=None) == "Employees: not known"
    assert (
        of_property(size, "fr", value=12_500.0, typical=9.5)
        == "Employees~: 12_500 (habituel~: 9,5)"
    )
    flag = Property("wants_news", "flag", "at_creation", "Wants news")
    assert of_property(flag, value=1.0, typical=0.0) == "Wants news: yes (typical: no)"
    assert of_property(flag, "fr", value=0.0, typical=0.0) == "Wants news~: non (habituel)"
    channel = Property("channel", "category", "at_creation", "Channel")
    levels = ("ads", "paid_search")
    assert (
        of_property(channel, value=1.0, typical="ads", levels=levels)
        == "Channel: paid search (typical: ads)"
    )
    assert (
        of_property(channel, value=2.0, typical="ads", levels=levels)
        == "Channel: a rare value (typical: ads)"
    )
    assert of_property(channel, "fr", value=2.0, levels=levels) == "Channel~: valeur rare"
    assert of_property(channel, "fr", value=NAN, typical="ads", levels=levels) == (
        "Channel~: non renseigné (habituel~: ads)"
    )  # fmt: skip


def test_derived_properties_are_in_the_readers_language_and_mapped_ones_as_they_are():
    values = pd.DataFrame({"seniority": ["c_level"], "domain_class": ["missing"]})
    _, (senior, mailbox) = property_features(values, [])
    assert worded("fr", senior, 0.0, levels=("c_level",)) == "Niveau hiérarchique~: dirigeant"
    assert worded("en", senior, 0.0, levels=("c_level",)) == "Seniority: top management"
    assert worded("fr", mailbox, 0.0, levels=("missing",)) == "Adresse e-mail~: non renseigné"
    mapped = Property("seniority", "category", "at_creation", "Rank")
    assert of_property(mapped, "fr", value=0.0, levels=("c_level",)) == "Rank~: c level"


def test_every_word_of_a_derived_property_is_french_too():
    same_in_both = {"marketing", "finance", "missing"}
    for word in {*SENIORITIES, *FUNCTIONS} - same_in_both:
        assert LEVELS[word]["fr"]


@pytest.mark.parametrize(
    ("value", "en", "fr"),
    [
        (0.0, "0", "0"),
        (-0.0, "0", "0"),
        (-1e-9, "0", "0"),
        (1998.0, "1998", "1998"),
        (9_999.5, "9999.5", "9999,5"),
        (10_000.0, "10,000", "10_000"),
        (-1_234_567.0, "-1,234,567", "-1_234_567"),
        (0.1 + 0.2, "0.3", "0,3"),
        (1e15, "1,000,000,000,000,000", "1_000_000_000_000_000"),
        (2e15, "over 1,000,000,000,000,000", "plus de 1_000_000_000_000_000"),
        (-INF, "below -1,000,000,000,000,000", "moins de -1_000_000_000_000_000"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(value, en, fr):
    assert shown_spaces(number_text(value, "en")) == en
    assert shown_spaces(number_text(value, "fr")) == fr


@pytest.mark.parametrize(
    ("days", "en"),
    [(1, "1 day"), (1.5, "36 hours"), (1 / 24, "1 hour"), (1 / 48, "30 minutes"), (3650, "3650 days"),
     (0.001, "1.4 minutes"), (2.5 / 1440, "2.5 minutes")],
)  # fmt: skip
def test_durations_are_told_in_their_largest_whole_unit(days, en):
    assert duration(days, "en") == en
