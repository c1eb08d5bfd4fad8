"""Names and codes of the countries that sales files mention most, to ISO 3166 alpha-2."""

from __future__ import annotations

import unicodedata

# code: ISO alpha-3, then English and French names without accents.
_KNOWN = {
    "AE": "are|united arab emirates|uae|emirats arabes unis",
    "AR": "arg|argentina|argentine",
    "AT": "aut|austria|autriche",
    "AU": "aus|australia|australie",
    "BD": "bgd|bangladesh",
    "BE": "bel|belgium|belgique",
    "BG": "bgr|bulgaria|bulgarie",
    "BH": "bhr|bahrain|bahrein",
    "BR": "bra|brazil|bresil",
    "CA": "can|canada",
    "CH": "che|switzerland|suisse",
    "CI": "civ|ivory coast|cote d'ivoire",
    "CL": "chl|chile|chili",
    "CM": "cmr|cameroon|cameroun",
    "CN": "chn|china|chine",
    "CO": "col|colombia|colombie",
    "CY": "cyp|cyprus|chypre",
    "CZ": "cze|czechia|czech republic|tchequie|republique tcheque",
    "DE": "deu|germany|allemagne|deutschland",
    "DK": "dnk|denmark|danemark",
    "DZ": "dza|algeria|algerie",
    "EE": "est|estonia|estonie",
    "EG": "egy|egypt|egypte",
    "ES": "esp|spain|espagne",
    "FI": "fin|finland|finlande",
    "FR": "fra|france",
    "GB": "gbr|uk|united kingdom|great britain|england|royaume-uni|royaume uni|angleterre",
    "GH": "gha|ghana",
    "GR": "grc|el|greece|grece",
    "HK": "hkg|hong kong|hongkong",
    "HR": "hrv|croatia|croatie",
    "HU": "hun|hungary|hongrie",
    "ID": "idn|indonesia|indonesie",
    "IE": "irl|ireland|irlande",
    "IL": "isr|israel",
    "IN": "ind|india|inde",
    "IT": "ita|italy|italie",
    "JP": "jpn|japan|japon",
    "KE": "ken|kenya",
    "KR": "kor|korea|south korea|coree du sud",
    "KW": "kwt|kuwait|koweit",
    "LB": "lbn|lebanon|liban",
    "LT": "ltu|lithuania|lituanie",
    "LU": "lux|luxembourg",
    "LV": "lva|latvia|lettonie",
    "MA": "mar|morocco|maroc",
    "MC": "mco|monaco",
    "MG": "mdg|madagascar",
    "MT": "mlt|malta|malte",
    "MX": "mex|mexico|mexique",
    "MY": "mys|malaysia|malaisie",
    "NG": "nga|nigeria",
    "NL": "nld|netherlands|the netherlands|holland|pays-bas|pays bas",
    "NO": "nor|norway|norvege",
    "NZ": "nzl|new zealand|nouvelle-zelande",
    "OM": "omn|oman",
    "PH": "phl|philippines",
    "PK": "pak|pakistan",
    "PL": "pol|poland|pologne",
    "PT": "prt|portugal",
    "QA": "qat|qatar",
    "RO": "rou|romania|roumanie",
    "RU": "rus|russia|russie",
    "SA": "sau|saudi arabia|arabie saoudite",
    "SE": "swe|sweden|suede",
    "SG": "sgp|singapore|singapour",
    "SI": "svn|slovenia|slovenie",
    "SK": "svk|slovakia|slovaquie",
    "SN": "sen|senegal",
    "TH": "tha|thailand|thailande",
    "TN": "tun|tunisia|tunisie",
    "TR": "tur|turkey|turkiye|turquie",
    "TW": "twn|taiwan",
    "UA": "ukr|ukraine",
    "UG": "uga|uganda|ouganda",
    "US": "usa|united states|united states of america|etats-unis|etats unis|america",
    "VN": "vnm|vietnam|viet nam",
    "ZA": "zaf|south africa|afrique du sud",
}
_CODE_OF = {name: code for code, names in _KNOWN.items() for name in names.split("|")}


def country_code(text: str) -> str:
    """Return the alpha-2 code of a country, or the text in upper case where it is not known here.

    Examples
    --------
    >>> country_code("Royaume-Uni"), country_code("fr"), country_code("Atlantis")
    ('GB', 'FR', 'ATLANTIS')
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = " ".join(
        "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'").split()
    )
    return _CODE_OF.get(plain, " ".join(text.upper().split()))
