"""Words the leakage gate knows, in English and French: late names, outcomes, protected and personal.

All are plain (lower case, no accents) and compared word by word, so `stage` is no `age`.
"""

from __future__ import annotations

import re
import unicodedata


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What people and systems write while a lead is being worked, or afterwards.
LATE = _set(
    "last latest tag tags quality profile index score grade rating stage status outcome result reason "
    "closed close won lost verdict duration dernier derniere qualite profil note etape statut motif "
    "resultat cloture gagne perdu duree"
)

# What says in a value how it ended; a word convicts nobody unless its leads ended alike.
OUTCOME = _set(
    "won lost win loss closed signed contract customer client invoice invoiced paid purchase "
    "purchased converted churned accepted rejected refused declined cancelled canceled unqualified "
    "disqualified dead duplicate unsubscribed gagne gagnee perdu perdue signe signee contrat facture "
    "facturee paye payee achete achat accepte acceptee refuse refusee rejete rejetee annule annulee "
    "abandon abandonne conclu conclue cloture cloturee"
)

# Grounds on which nobody may be ranked (EU Charter, article 21; French penal code, article 225-1),
# by the words that name them. A pair must stand together, in any order.
PROTECTED = {
    "age": "born birthdate birthday birthyear dob naissance anniversaire",
    "sex": "gender sex sexe civilite salutation pregnant pregnancy enceinte grossesse",
    "origin": "nationality nationalite ethnicity ethnic ethnie race citizenship citoyennete "
    "birthplace",
    "belief": "religion religious religieux religieuse religieuses croyance faith",
    "health": "health sante disability disabled handicap handicape illness maladie",
    "sexual orientation": "orientation sexuality sexualite homosexual heterosexual",
    "family": "marital matrimonial matrimoniale",
    "politics": "political politique politiques syndicat syndicale syndical",
}
PROTECTED_PAIRS = {
    "age": ("birth date", "birth year", "date naissance", "age group", "age band", "tranche age"),
    "family": ("family status", "situation familiale", "situation famille", "etat civil"),
    "politics": ("union member", "trade union", "union membership"),
    "origin": ("birth country", "birth place", "pays naissance", "country origin", "pays origine"),
}
# `age` alone is a person's; the age of a firm, an account or a page is not.
OF_A_THING = _set(
    "company firm account domain page site website lead deal record business entreprise societe "
    "compte domaine fiche anciennete vehicle machine equipment building asset contract"
)
# Words that make the ones above harmless: politique de prix, orientation client.
HARMLESS = {
    "politique": "prix tarif tarifaire commerciale confidentialite remise paiement",
    "politiques": "prix tarif commerciales",
    "orientation": "client customer market marche product produit",
    "race": "condition conditions",
    "health": "score check account insurance sector secteur industry care customer company lead deal pipeline",
    "sante": "secteur sector industry score compte account assurance entreprise",
}
# Words that say who is asked about.
SEX_VALUES = _set(
    "m f h male female man woman homme femme mr mrs ms miss mme mlle monsieur madame mademoiselle "
    "masculin feminin"
)

PERSONAL_NAMES = ("first name", "last name", "full name", "contact name", "surname", "firstname",
                  "lastname", "fullname", "prenom", "nom famille", "nom contact", "nom complet",
                  "phone", "telephone", "mobile phone", "phone number", "portable", "email",
                  "mail address", "email address", "adresse mail", "adresse postale",
                  "street address", "iban", "passport", "ssn")  # fmt: skip

FIRST_NAMES = _set(
    "james john robert michael william david richard joseph thomas charles mary patricia jennifer "
    "linda elizabeth barbara susan jessica sarah karen daniel matthew anthony mark paul steven "
    "andrew kevin brian george laura emily emma olivia anna julia alice peter simon martin lucas "
    "jean pierre michel philippe nicolas christophe julien thierry laurent stephane frederic "
    "sebastien alain patrick francois olivier eric marie nathalie isabelle sylvie catherine "
    "francoise valerie christine sophie celine sandrine stephanie veronique camille claire manon "
    "lea chloe julie pauline aurelie mathieu guillaume antoine hugo louis gabriel arthur jules "
    "maxime alexandre benjamin clement vincent mohamed ahmed fatima yasmine karim nadia"
)


def plain(text: str) -> str:
    """Return a text in lower case, without accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()


def words_of(text: str) -> list[str]:
    """Return the words of a name in order: letters only, split also at `_` and at a capital."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [word for word in re.split(r"[^a-z]+", plain(apart)) if word]
