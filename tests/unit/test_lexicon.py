"""How listed words are found in a text."""

import pytest

from leadscore.history.lexicon import Lexicon, fold, has_words

LISTS = Lexicon(
    {
        "": "account manager",
        "chief": "chef d'entreprise, ^direction",
        "boss": "manager, chef",
        "past": "ex ...",
        "hand": "ouvrier, ouvriere, co-worker, charge(e), recrut*, assistant * buyer",
    }
)


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("managers", []),  # whole words only
        ("sales-manager/chef", ["boss", "boss"]),
        ("chef d'entreprise", ["chief"]),  # the longer phrase; its words are not read again
        ("account manager", []),  # it says nothing, and hides its parts
        ("account-manager", []),
        ("direction", ["chief"]),
        ("la direction", []),  # only at the beginning
        ("charge, chargee, chargees", ["hand", "hand"]),
        ("recruteuse", ["hand"]),
        ("coworker co worker co-worker", ["hand"] * 3),
        ("assistant junior buyer", ["hand"]),
        ("ex manager", ["past"]),  # and the rest is not read
        ("", []),
    ],
)
def test_words_are_found_as_the_notation_says(text, meanings):
    assert LISTS.named(text) == meanings


def test_the_first_named_and_the_highest_ranked_meaning_may_differ():
    assert LISTS.first("ouvrier, chef") == "hand"
    assert LISTS.highest("ouvrier, chef") == "boss"
    assert LISTS.first("nobody") is LISTS.highest("nobody") is None


def test_a_phrase_can_be_all_that_a_text_says():
    assert LISTS.is_whole("chef")
    assert LISTS.is_whole("- chef.")
    assert not LISTS.is_whole("chef de gare")


def test_a_word_with_two_meanings_is_refused():
    with pytest.raises(ValueError, match="listed twice: charge"):
        Lexicon({"a": "Chargé", "b": "chargé"})


def test_case_accents_and_spaces_do_not_count():
    assert fold("  Élève\u00a0 INGÉNIEUR’s ") == "eleve ingenieur's"


def test_words_given_by_a_rule_are_whole_words_too():
    assert has_words(["Dir."])(fold("dir. commercial"))
    assert not has_words(["art"])(fold("Martin"))
