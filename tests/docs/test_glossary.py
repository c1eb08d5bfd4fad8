"""The glossary holds the words in use: each explained once, and used somewhere."""

import re

import pytest

from tests.architecture.house import ROOT, project_files

ENTRY = re.compile(r"^- \*\*(.+?)\*\*: (.+)$", re.MULTILINE)
GLOSSARY = (ROOT / "GLOSSARY.md").read_text("utf-8")
# What a newcomer must be able to look up.
OWED = re.findall(
    r"\S+",
    """
    lead won lost open as_of horizon mature immature look snapshot label property fit engagement
    disqualifier tier hot warm cold score probability points grid rule decay lift calibration Platt
    log-odds purge issued partition manifest bundle champion challenger opinion proposal decision
    capacity leakage evidence drift reject
    """,
)


def entries(text):
    """Return word and explanation of each line."""
    return ENTRY.findall(text)


def unused(words, text):
    """Return words that a text does not hold as whole words, in whatever case or spelling of spaces."""
    plain = re.sub(r"[\W_]+", " ", text).casefold()
    return [w for w in words if not re.search(rf"\b{_plain(w)}s?\b", plain)]


def _plain(word):
    return re.sub(r"[\W_]+", " ", word).strip().casefold()


def used_text():
    """Return what the project says elsewhere: code, settings, configuration, pages."""
    files = project_files("src", "config", "scripts", "*.md", "*.yaml")
    told = [f for f in files if f.suffix in (".py", ".yaml", ".md", ".html")]
    return "\n".join(f.read_text("utf-8") for f in told if f.name != "GLOSSARY.md")


def test_every_word_is_used():
    assert unused([word for word, _ in entries(GLOSSARY)], used_text()) == []


@pytest.mark.parametrize("text", ["A base-rate of wins", "base_rate: 0.1", "two base rates"])
def test_a_word_is_found_in_every_spelling(text):
    assert unused(["base rate"], text) == []


def test_a_planted_word_nobody_uses_is_named():
    assert unused(["lead", "quark"], "A lead leads.") == ["quark"]


def test_every_line_is_an_entry():
    lines = [line for line in GLOSSARY.splitlines() if line.startswith("-")]
    assert len(lines) == len(entries(GLOSSARY))


def test_no_word_is_explained_twice():
    words = [word.casefold() for word, _ in entries(GLOSSARY)]
    assert len(words) == len(set(words))


def test_the_words_of_the_field_are_there():
    words = {word for word, _ in entries(GLOSSARY)}
    assert set(OWED) - words == set()
    assert {"base rate", "dead band", "source mapping", "event type", "fit window"} <= words


@pytest.mark.parametrize(("word", "text"), entries(GLOSSARY), ids=lambda part: part[:20])
def test_an_explanation_is_short_and_whole(word, text):
    assert text.endswith((".", "?"))
    assert len(re.findall(r"[.?](?= |$)", text)) <= 3, f"{word}: one or two sentences"
