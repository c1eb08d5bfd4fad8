"""Sentences a rep says, by kind of fact, in English and French, and the words of ours that they hold.

Labels are the mapping's and come in any language, so they stand before a colon or in quotation marks:
no word of ours depends on their gender or number.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadscore.history.facts import FactKind, Language
from leadscore.history.quantities import NO_BREAK


@dataclass(frozen=True)
class Forms:
    """One sentence by the number in it: `{n}`; for 1, 0 and below 0 (there `{n}` is what lacks) another."""

    many: str
    one: str | None = None
    none: str | None = None
    below: str | None = None

    def of(self, n: float) -> str:
        """Return the form of a number."""
        form = self.below if n < 0 else {0.0: self.none, 1.0: self.one}.get(n)
        return self.many if form is None else form


@dataclass(frozen=True)
class Sentence:
    """How a fact is said, where it is missing too, and in short as what is typical.

    `typical_missing` is None where a missing value is nothing to compare with.
    """

    said: Forms
    missing: str
    typical: Forms = Forms("{n}")
    typical_missing: str | None = None


_DAYS: dict[Language, Forms] = {
    "en": Forms("{n} days", "1 day", "less than a day"),
    "fr": Forms("{n} jours", "1 jour", "moins d’un jour"),
}
NOT_KNOWN: dict[Language, str] = {"en": "not known", "fr": "non renseigné"}
NEVER: dict[Language, str] = {"en": "never", "fr": "jamais"}
RARE: dict[Language, str] = {"en": "a rare value", "fr": "valeur rare"}
PROTECTED_WORDS: dict[Language, str] = {
    "en": "Protected personal details",
    "fr": "Données personnelles protégées",
}
TYPICAL: dict[Language, tuple[str, str]] = {
    "en": ("(typical)", "(typical: {n})"),
    "fr": ("(habituel)", f"(habituel{NO_BREAK}: {{n}})"),
}
COLON: dict[Language, str] = {"en": ": ", "fr": f"{NO_BREAK}: "}
QUOTED: dict[Language, str] = {"en": "“{n}”", "fr": f"«{NO_BREAK}{{n}}{NO_BREAK}»"}

ENGLISH: dict[FactKind, Sentence] = {
    "count": Sentence(Forms("{n} times{span}", "once{span}", "never{span}"), NOT_KNOWN["en"]),
    "recency": Sentence(
        Forms("last time {n} days ago", "last time 1 day ago", "last time less than a day ago"),
        NEVER["en"],
        _DAYS["en"],
        NEVER["en"],
    ),
    "first": Sentence(
        Forms("first time {n} days ago", "first time 1 day ago", "first time less than a day ago"),
        NEVER["en"],
        _DAYS["en"],
        NEVER["en"],
    ),
    "decayed_sum": Sentence(
        Forms(
            "{n} times lately, older ones count less",
            "once lately, older ones count less",
            "hardly ever lately",
        ),
        NOT_KNOWN["en"],
    ),
    "active_days": Sentence(
        Forms("on {n} different days{span}", "on 1 day{span}", "never{span}"), NOT_KNOWN["en"]
    ),
    "sessions": Sentence(
        Forms("{n} visits{span}", "1 visit{span}", "no visit{span}"), NOT_KNOWN["en"]
    ),
    "longest_gap": Sentence(
        Forms(
            "longest pause of {n} days{span}",
            "longest pause of 1 day{span}",
            "longest pause of less than a day{span}",
        ),
        "fewer than 2 times{span}",
        _DAYS["en"],
    ),
    "returns": Sentence(
        Forms(
            "{n} returns within {gap},{span}",
            "1 return within {gap},{span}",
            "no return within {gap},{span}",
        ),
        NOT_KNOWN["en"],
    ),
    "trend": Sentence(
        Forms(
            "{n} more{span} than in the same time before",
            "1 more{span} than in the same time before",
            "as many{span} as in the same time before",
            "{n} fewer{span} than in the same time before",
        ),
        NOT_KNOWN["en"],
        Forms("+{n}", "+1", "0", "-{n}"),
    ),
    "distinct_subjects": Sentence(
        Forms("{n} different subjects{span}", "1 subject{span}", "no subject{span}"),
        NOT_KNOWN["en"],
    ),
    "value_sum": Sentence(Forms("a total of {n}{span}"), NOT_KNOWN["en"]),
    "value_last": Sentence(Forms("latest value {n}"), "no value so far", typical_missing="none"),
    "ratio": Sentence(Forms("{n} of {other}{span}"), "without {other}{span}"),
    "co_occurrence": Sentence(
        Forms(
            "{n} times within {hours} of {other}{span}",
            "once within {hours} of {other}{span}",
            "never within {hours} of {other}{span}",
        ),
        NOT_KNOWN["en"],
    ),
    "lead_age": Sentence(
        Forms("{n} days ago", "1 day ago", "less than a day ago"), NOT_KNOWN["en"], _DAYS["en"]
    ),
    "number": Sentence(Forms("{n}"), NOT_KNOWN["en"], typical_missing=NOT_KNOWN["en"]),
    "flag": Sentence(
        Forms("yes", None, "no"), NOT_KNOWN["en"], Forms("yes", None, "no"), NOT_KNOWN["en"]
    ),
    "category": Sentence(Forms("{n}"), NOT_KNOWN["en"], typical_missing=NOT_KNOWN["en"]),
    "derived": Sentence(Forms("{n}"), NOT_KNOWN["en"], typical_missing=NOT_KNOWN["en"]),
}

FRENCH: dict[FactKind, Sentence] = {
    "count": Sentence(Forms("{n} fois{span}", None, "jamais{span}"), NOT_KNOWN["fr"]),
    "recency": Sentence(
        Forms(
            "dernière fois il y a {n} jours",
            "dernière fois il y a 1 jour",
            "dernière fois il y a moins d’un jour",
        ),
        NEVER["fr"],
        _DAYS["fr"],
        NEVER["fr"],
    ),
    "first": Sentence(
        Forms(
            "première fois il y a {n} jours",
            "première fois il y a 1 jour",
            "première fois il y a moins d’un jour",
        ),
        NEVER["fr"],
        _DAYS["fr"],
        NEVER["fr"],
    ),
    "decayed_sum": Sentence(
        Forms(
            "{n} fois récemment, les plus anciennes comptant moins",
            None,
            "presque jamais récemment",
        ),
        NOT_KNOWN["fr"],
    ),
    "active_days": Sentence(
        Forms("sur {n} jours différents{span}", "sur 1 jour{span}", "jamais{span}"), NOT_KNOWN["fr"]
    ),
    "sessions": Sentence(
        Forms("{n} visites{span}", "1 visite{span}", "aucune visite{span}"), NOT_KNOWN["fr"]
    ),
    "longest_gap": Sentence(
        Forms(
            "plus longue pause de {n} jours{span}",
            "plus longue pause de 1 jour{span}",
            "plus longue pause de moins d’un jour{span}",
        ),
        "moins de 2 fois{span}",
        _DAYS["fr"],
    ),
    "returns": Sentence(
        Forms(
            "{n} retours sous {gap},{span}",
            "1 retour sous {gap},{span}",
            "aucun retour sous {gap},{span}",
        ),
        NOT_KNOWN["fr"],
    ),
    "trend": Sentence(
        Forms(
            "{n} de plus{span} que sur la même durée avant",
            None,
            "autant{span} que sur la même durée avant",
            "{n} de moins{span} que sur la même durée avant",
        ),
        NOT_KNOWN["fr"],
        Forms("+{n}", "+1", "0", "-{n}"),
    ),
    "distinct_subjects": Sentence(
        Forms("{n} sujets différents{span}", "1 seul sujet{span}", "aucun sujet{span}"),
        NOT_KNOWN["fr"],
    ),
    "value_sum": Sentence(Forms("{n} au total{span}"), NOT_KNOWN["fr"]),
    "value_last": Sentence(
        Forms("dernière valeur {n}"), "aucune valeur jusqu’ici", typical_missing="aucune"
    ),
    "ratio": Sentence(Forms("{n} de {other}{span}"), "sans {other}{span}"),
    "co_occurrence": Sentence(
        Forms(
            "{n} fois à {hours} au plus de {other}{span}",
            None,
            "jamais à {hours} au plus de {other}{span}",
        ),
        NOT_KNOWN["fr"],
    ),
    "lead_age": Sentence(
        Forms("il y a {n} jours", "il y a 1 jour", "il y a moins d’un jour"),
        NOT_KNOWN["fr"],
        _DAYS["fr"],
    ),
    "number": Sentence(Forms("{n}"), NOT_KNOWN["fr"], typical_missing=NOT_KNOWN["fr"]),
    "flag": Sentence(
        Forms("oui", None, "non"), NOT_KNOWN["fr"], Forms("oui", None, "non"), NOT_KNOWN["fr"]
    ),
    "category": Sentence(Forms("{n}"), NOT_KNOWN["fr"], typical_missing=NOT_KNOWN["fr"]),
    "derived": Sentence(Forms("{n}"), NOT_KNOWN["fr"], typical_missing=NOT_KNOWN["fr"]),
}

SENTENCES: dict[Language, dict[FactKind, Sentence]] = {"en": ENGLISH, "fr": FRENCH}

OURS: dict[str, dict[Language, str]] = {
    "Own actions": {"en": "Own actions", "fr": "Actions du prospect"},
    "Events": {"en": "Events", "fr": "Événements"},
    "Lead created": {"en": "Lead created", "fr": "Prospect créé"},
    "Seniority": {"en": "Seniority", "fr": "Niveau hiérarchique"},
    "Function": {"en": "Department", "fr": "Service"},
    "E-mail domain": {"en": "E-mail address", "fr": "Adresse e-mail"},
    "Company size": {"en": "Company size", "fr": "Taille de l’entreprise"},
}
"""Labels of ours."""

LEVELS: dict[str, dict[Language, str]] = {
    "c_level": {"en": "top management", "fr": "dirigeant"},
    "director": {"en": "director", "fr": "directeur"},
    "manager": {"en": "manager", "fr": "responsable"},
    "specialist": {"en": "specialist", "fr": "spécialiste"},
    "assistant": {"en": "assistant", "fr": "assistant"},
    "student": {"en": "student", "fr": "étudiant"},
    "sales": {"en": "sales", "fr": "ventes"},
    "it": {"en": "IT", "fr": "informatique"},
    "hr": {"en": "human resources", "fr": "ressources humaines"},
    "operations": {"en": "operations", "fr": "opérations"},
    "product": {"en": "product", "fr": "produit"},
    "legal": {"en": "legal", "fr": "juridique"},
    "education": {"en": "education", "fr": "enseignement"},
    "general_management": {"en": "general management", "fr": "direction générale"},
    "professional": {"en": "of a company", "fr": "d’entreprise"},
    "consumer": {"en": "of a public mail service", "fr": "de messagerie grand public"},
    "disposable": {"en": "throw-away", "fr": "jetable"},
    "invalid": {"en": "invalid", "fr": "non valable"},
    "other": {"en": "other", "fr": "autre"},
    **{
        band: {"en": f"{band} employees", "fr": f"{band} salariés"}
        for band in ("1-9", "10-49", "50-249", "250-999", "1000+")
    },
}
"""Words of derived properties; those not named are the same in all languages."""
