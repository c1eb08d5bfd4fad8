"""Countries and languages by name and code, as people write them."""

import pandas as pd
import pytest
from babel import Locale

from leadscore.adapters.cells.countries import country_code, is_country, without_codes
from leadscore.adapters.cells.languages import is_language, language_code
from leadscore.adapters.cells.words import countries, languages


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("fr", "FR"), ("FRA", "FR"), ("250", "FR"), ("FRANCE", "FR"), ("  france ", "FR"),
        ("États-Unis", "US"), ("ETATS UNIS", "US"), ("U.S.A.", "US"), ("usa", "US"),
        ("United States of America", "US"), ("UK", "GB"), ("Great Britain", "GB"),
        ("Royaume-Uni", "GB"), ("England", "GB"), ("Deutschland", "DE"), ("Allemagne", "DE"),
        ("España", "ES"), ("The Netherlands", "NL"), ("Pays Bas", "NL"), ("Holland", "NL"),
        ("Schweiz", "CH"), ("Svizzera", "CH"), ("België", "BE"), ("Österreich", "AT"),
        ("Ελλάδα", "GR"), ("日本", "JP"), ("Россия", "RU"), ("Turkey", "TR"), ("Türkiye", "TR"),
        ("Côte d’Ivoire", "CI"), ("Ivory Coast", "CI"), ("Korea, Republic of", "KR"),
        ("RDC", "CD"), ("Niger", "NE"), ("Nigeria", "NG"), ("Guinea", "GN"), ("Dominica", "DM"),
        ("Dominican Republic", "DO"), ("St. Lucia", "LC"), ("Trinidad and Tobago", "TT"),
        ("La Réunion", "RE"), ("Kingdom of Saudi Arabia", "SA"), ("République Tchèque", "CZ"),
        ("Kosovo", "XK"), ("NA", "NA"), ("Namibie", "NA"), ("France (FR)", "FR"),
        ("FR - France", "FR"), ("Paris, France", "FR"),
    ],
)  # fmt: skip
def test_countries_are_known_by_names_and_codes(text, code):
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Atlantis", "ATLANTIS"),
        ("Dom-Tom", "DOM-TOM"),
        ("EU", "EU"),
        ("Georgia, USA", "GEORGIA, USA"),  # a state, or two countries
        ("Birmingham, AL", "BIRMINGHAM, AL"),  # not Albania
        ("Paris", "PARIS"),  # towns are not looked up
    ],
)
def test_what_is_no_country_we_know_is_kept_as_written(text, kept):
    assert country_code(text) == kept
    assert not is_country(kept)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_country_is_known_by_its_english_and_french_name_and_its_codes(language):
    for code, name in Locale(language).territories.items():
        if is_country(code):
            assert country_code(name) == country_code(name.upper()) == code
            assert country_code(code.lower()) == code


def test_null_words_are_no_country():
    assert without_codes(["", "NA", "N/A", "null"]) == ["", "N/A", "null"]


def test_unknown_countries_are_counted_and_absent_ones_stay_absent():
    found, unknown = countries(pd.Series(["France", "Atlantis", None], dtype="str"))
    assert found.tolist()[:2] == ["FR", "ATLANTIS"]
    assert found.isna().tolist() == [False, False, True]
    assert unknown.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("fr", "fr"), ("FR", "fr"), ("fra", "fr"), ("fre", "fr"), ("Français", "fr"),
        ("FRENCH", "fr"), ("fr-FR", "fr"), ("fr_CA", "fr"), ("français (Canada)", "fr"),
        ("Anglais", "en"), ("English (UK)", "en"), ("Deutsch", "de"), ("allemand", "de"),
        ("Español", "es"), ("nl-BE", "nl"), ("中文", "zh"), ("Portuguese (Brazil)", "pt"),
        ("no", "no"), ("French, English", "fr"), ("FR/EN", "fr"),
    ],
)  # fmt: skip
def test_languages_are_known_by_names_codes_and_locales(text, code):
    assert language_code(text) == code
    assert is_language(code)


def test_unknown_languages_are_kept_and_counted():
    found, unknown = languages(pd.Series(["Elvish", "EN", None], dtype="str"))
    assert found.tolist()[:2] == ["elvish", "en"]
    assert unknown.tolist() == [True, False, False]
