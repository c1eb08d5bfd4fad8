"""Words of reasons hold for any label and any value: one line, no template left, one phrase one feature."""

import unicodedata

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leadscore.domain.event_features import EventFeature
from leadscore.history.event_features import columns_of
from leadscore.history.facts import Fact, Label
from leadscore.history.features import Feature
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons import ReasonWords, Typical
from leadscore.scoring.reasons.words import BETWEEN

LINES = [
    {"is": "count", "of": "a", "within_days": 7},
    {"is": "recency", "of": "a"},
    {"is": "first", "of": "b"},
    {"is": "decayed_sum", "of": "a", "half_life_days": 14},
    {"is": "active_days", "of": "b", "within_days": 0.25},
    {"is": "sessions", "of": "a", "apart_minutes": 30},
    {"is": "longest_gap", "of": "b", "within_days": 30},
    {"is": "returns", "of": "a", "gap_days": 2},
    {"is": "trend", "of": "b", "within_days": 7},
    {"is": "distinct_subjects", "of": "a"},
    {"is": "value_sum", "of": "b"},
    {"is": "value_last", "of": "a"},
    {"is": "ratio", "of": "a", "per": "b"},
    {"is": "co_occurrence", "of": "b", "beside": "a", "within_hours": 2},
]
label = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from(
        ["{n}", "{value:.0f}", "{", "}", "%s %(x)d", "a\nb", '"', "«démo»", "; (+9)", "\x00", "  "]
    ),
)
value = st.one_of(
    st.floats(), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 2.0, 1e300, -1e300, 0.5])
)


def encoder_of(a, b, levels):
    declared = [EventFeature.model_validate(line) for line in LINES]
    columns = columns_of(declared, labels={"a": a, "b": b}, engagement=())
    features = [Feature(c.name, "number", c.words, c.kind, c.fact) for c in columns]
    numbers = [
        Feature("lead_n", "number", "N: {value:g}", "n", Fact("number", Label(a), "property n")),
        Feature("lead_f", "number", "F: {value:g}", "f", Fact("flag", Label(b), "property f")),
    ]
    word = Feature(
        "lead_c", "category", "C: {value}", "c", Fact("category", Label(a), "property c")
    )
    return Encoder((*features, *numbers, word), {"lead_c": tuple(levels)})


@given(a=label, b=label, levels=st.lists(label, max_size=3), values=st.lists(value, min_size=1, max_size=8),
       typical=value, language=st.sampled_from(["en", "fr"]))  # fmt: skip
def test_any_label_and_value_make_one_clean_line(a, b, levels, values, typical, language):
    encoder = encoder_of(a, b, levels)
    n = len(encoder.features)
    usual = [Typical(name, typical) for name in encoder.names if name != "lead_c"]
    words = ReasonWords(encoder, usual, language)
    feature = np.repeat(np.arange(n), len(values))
    seen = np.tile(values, n)
    codes = np.where(
        np.isfinite(seen), np.abs(np.nan_to_num(seen)) % (len(levels) + 1) // 1, np.nan
    )
    seen = np.where(feature == n - 1, codes, seen)
    for phrase in words.phrases(feature, seen):
        assert phrase == " ".join(phrase.split(" ")).strip()
        assert ";" not in phrase
        assert not any(unicodedata.category(c)[0] == "C" for c in phrase)
        if "n" not in "".join([a, b, *levels]).casefold():
            assert not {"nan", "inf"} & set(phrase.split())
        phrase.encode()
    line = words.told(feature[:, None], seen[:, None], np.ones((len(feature), 1))).to_pylist()
    assert all(text.endswith(" (+1)") and BETWEEN not in text for text in line)


@given(data=st.data())
def test_a_phrase_never_mixes_features_whatever_stands_beside_it(data):
    """All together, shuffled among others, or each alone: the same words."""
    encoder = encoder_of("A", "B", ["x", "y"])
    n = len(encoder.features)
    pairs = data.draw(st.lists(st.tuples(st.integers(0, n - 2), value), min_size=1, max_size=30))
    words = ReasonWords(encoder, [Typical(name, 1.0) for name in encoder.names[:-1]], "en")
    feature = np.array([f for f, _ in pairs])
    seen = np.array([v for _, v in pairs])
    together = words.phrases(feature, seen).tolist()
    alone = [words.phrases(np.array([f]), np.array([v]))[0] for f, v in pairs]
    assert together == alone
    for (f, _), phrase in zip(pairs, together, strict=True):
        assert phrase.startswith(encoder.features[f].fact.label.text)


@given(points=st.lists(st.floats(-200, 200), min_size=1, max_size=20))
def test_points_go_with_their_own_words(points):
    encoder = encoder_of("A", "B", [])
    words = ReasonWords(encoder)
    feature = np.arange(len(points)) % (len(encoder.features) - 1)
    seen = np.arange(len(points)) * 1.0
    phrases = words.phrases(feature, seen)
    lines = words.told(feature[:, None], seen[:, None], np.array(points)[:, None]).to_pylist()
    for phrase, line, moved in zip(phrases, lines, points, strict=True):
        shown = int(abs(moved) + 0.5) * (-1 if moved < 0 else 1)
        assert line == f"{phrase} ({shown:+d})"
