"""The changelog is dated, and every release says whether scores move."""

import re
from datetime import date

import pytest

from tests.architecture.house import ROOT

SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
IMPACT = re.compile(r"impacted scores: (yes|no)\b", re.IGNORECASE)


def faults_of(text):
    """Return releases without a date, in the wrong order, or silent on scores."""
    heads = list(SECTION.finditer(text))
    if not heads:
        return ["no release"]
    faults, days = [], []
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        title = head.group(1)
        found = re.search(r"\b\d{4}-\d{2}-\d{2}\b", title)
        if found is None:
            faults.append(f"{title}: no date")
        else:
            days.append(date.fromisoformat(found.group()))
        if not IMPACT.search(text[head.end() : end]):
            faults.append(f"{title}: does not say 'impacted scores: yes' or 'no'")
    return faults + ([] if days == sorted(days, reverse=True) else ["newest first"])


def test_the_changelog_is_dated_and_says_what_happens_to_scores():
    assert faults_of((ROOT / "CHANGELOG.md").read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("# Changelog\n", ["no release"]),
        ("## 0.1.0\n- first; impacted scores: no\n", ["0.1.0: no date"]),
        ("## 0.1.0, 2026-01-02\n- first\n", ["0.1.0, 2026-01-02: does not say 'impacted scores: yes' or 'no'"]),
        ("## 2026-01-02\n- impacted scores: no\n## 2026-02-01\n- impacted scores: yes\n", ["newest first"]),
        ("## 2026-02-01\n- x. Impacted scores: yes, from then\n## 2026-01-02\n- impacted scores: no\n", []),
    ],
)  # fmt: skip
def test_planted_faults_are_named(text, faults):
    assert faults_of(text) == faults
