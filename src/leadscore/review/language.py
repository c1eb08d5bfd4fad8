"""The page in another language: a catalogue in, and by it English texts become the reader's.

What the page says comes from files that hold English (tables, gates, proposals, some of them hashed), so a sentence
is known by its form: a message with `{names}` in place of what changes. What no message fits stays English.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import jinja2
from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol
from markupsafe import Markup, escape

_PLACE = re.compile(r"\{(\w+)(:d)?\}")  # {words}, or {number:d}
_FIGURE = r"[-+\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?%?|\N{EN DASH}"
_WORDS = r"(?:(?![.!?] [A-Z]).)+?"  # never across the end of a sentence
_NUMBER = re.compile(r"(?<![\w.,])(?<!\w-)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(%?)(?!\w|[.,]\d)")
_JUST_A_FIGURE = re.compile(_FIGURE)
_IS_TELLING = re.compile(r"[A-Za-z]\W*[A-Za-z]\W*[A-Za-z]|“")
# Where a text may be taken apart, and whether all its pieces must be known for that.
_BREAKS = (
    (re.compile(r"(?<=[.!?]) (?=[A-Z])"), " ", any),
    (re.compile(r"; "), "; ", any),
    (re.compile(r", "), ", ", all),
    (re.compile(r" and "), " and ", all),
)
_SCRIPT = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Form:
    """A message with places: what it looks like filled in, and its translation."""

    looks: re.Pattern[str]
    said: str
    literal: int
    opens_with_words: bool

    @classmethod
    def of(cls, message: str, said: str) -> Form | None:
        """Return the form of a message; `literal` counts the characters that are always there.

        None where it has no places, or so few fixed letters that any text would seem to be one.
        """
        fixed, places = _PLACE.sub("", message), _PLACE.findall(message)
        if not places or not (
            all(is_number for _, is_number in places) or _IS_TELLING.search(fixed)
        ):
            return None
        pattern, at, literal = "", 0, 0
        for place in _PLACE.finditer(message):
            between = message[at : place.start()]
            inside = _FIGURE if place.group(2) else _WORDS
            pattern += re.escape(between) + f"(?P<{place.group(1)}>{inside})"
            literal, at = literal + len(between), place.end()
        rest = message[at:]
        opens_with_words = pattern.startswith("(?P<") and not places[0][1]
        return cls(
            re.compile(pattern + re.escape(rest)), said, literal + len(rest), opens_with_words
        )


@dataclass(frozen=True)
class Language:
    """A language of the page.

    Attributes
    ----------
    name
        Its two letters.
    messages
        English message -> translation, both with the same places.
    forms
        The messages with places: those that open with fixed characters first, and of these the longest, so that a
        sentence is known before a part of it.
    decimal, group, percent
        How numbers are written; `percent` with the space before it.
    """

    name: str
    messages: Mapping[str, str]
    forms: tuple[Form, ...] = ()
    decimal: str = "."
    group: str = ","
    percent: str = "%"

    @property
    def is_english(self) -> bool:
        """Whether texts stay as they are."""
        return self.name == "en"

    def say(self, message: str, **values: object) -> str:
        """Fill in a message of the templates; values are numbers, texts, or markup, which stays so."""
        template = self.messages.get(message, message)
        told = {key: self._filled(value) for key, value in values.items()}
        if any(isinstance(value, Markup) for value in told.values()):
            return Markup(_PLACE.sub(r"{\1}", template)).format(**told)  # noqa: S704 - a message of ours
        return _filled(template, told.__getitem__)

    def written(self, writer: Callable[..., str]) -> Callable[..., Markup]:
        """Return a writer of figures or texts whose words leave it in this language, as markup and only once."""
        return lambda *values, **options: escape(self.text(writer(*values, **options)))

    def text(self, said: str) -> str:
        """Return a sentence in this language, its numbers in any case."""
        if self.is_english:
            return said
        found = self.known(said)
        return self.numbers(said) if found is None else found

    def known(self, said: str) -> str | None:
        """Return a text by the catalogue, whole or piece by piece; None where it is not known."""
        if self.is_english:
            return said
        whole = self._whole(said)
        if whole is not None:
            return whole
        for at, between, enough in _BREAKS:
            pieces = at.split(said)
            if len(pieces) > 1:
                found = [self.known(piece) for piece in pieces]
                if enough(piece is not None for piece in found):
                    told = zip(found, pieces, strict=True)
                    pieces = [self.numbers(p) if f is None else f for f, p in told]
                    return self.messages.get(between, between).join(pieces)
        return None

    def numbers(self, said: str) -> str:
        """Write the numbers of a text as this language does; the digits stay."""
        if self.is_english:
            return said

        def written(found: re.Match[str]) -> str:
            whole, rest, percent = found.groups(default="")
            parts = [whole.replace(",", self.group), rest.replace(".", self.decimal)]
            return "".join(parts) + (self.percent if percent else "")

        return _NUMBER.sub(written, said)

    def script(self, text: str) -> dict[str, str]:
        """Return the messages that a script says, with their translations."""
        return {message: self.messages.get(message, message) for message in _SCRIPT.findall(text)}

    def _whole(self, said: str) -> str | None:
        if said in self.messages:
            return self.messages[said]
        if _JUST_A_FIGURE.fullmatch(said):
            return self.numbers(said)
        for form in self.forms:
            found = form.looks.fullmatch(said)
            if found is not None:
                told = {name: self.text(part) for name, part in found.groupdict().items()}
                return _filled(form.said, told.__getitem__)
        return None

    def _filled(self, value: object) -> str:
        if isinstance(value, Markup):
            return value
        return self.text(f"{value:,}" if isinstance(value, Integral) else str(value))


ENGLISH = Language("en", {})


def language_named(name: str) -> Language:
    """Return a language by its catalogue among the templates, numbers as the Unicode CLDR has them."""
    if name == ENGLISH.name:
        return ENGLISH
    environment = jinja2.Environment(autoescape=True)
    source = jinja2.PackageLoader("leadscore.review").get_source(environment, f"{name}.po")[0]
    catalog = read_po(io.BytesIO(source.encode()), locale=name)
    messages = {str(each.id): str(each.string) for each in catalog if each.id and each.string}
    forms = [form for id_, said in messages.items() if (form := Form.of(id_, said))]
    locale = Locale.parse(name)
    return Language(
        name, messages, tuple(sorted(forms, key=lambda form: (form.opens_with_words, -form.literal))),
        decimal=get_decimal_symbol(locale), group=get_group_symbol(locale),
        percent=locale.percent_formats[None].pattern.lstrip("#,.0"),
    )  # fmt: skip


def spec_in(language: Language, spec: Any) -> Any:
    """Return a Vega-Lite specification with its titles, and the words among its rows, in a language."""
    if language.is_english:
        return spec
    if isinstance(spec, list):
        return [_known(language, p) if isinstance(p, str) else spec_in(language, p) for p in spec]
    if not isinstance(spec, dict):
        return spec
    return {key: _entry(language, key, part) for key, part in spec.items()}


def _entry(language: Language, key: str, part: Any) -> Any:
    if key == "datasets":
        return {
            name: [
                {k: _known(language, v) if isinstance(v, str) else v for k, v in row.items()}
                for row in rows
            ]
            for name, rows in part.items()
        }
    if key in ("title", "text") and isinstance(part, str):
        return language.text(part)
    if key == "test" and isinstance(part, str):  # compares with a word of the rows
        return re.sub(r"'([^']*)'", lambda found: f"'{_known(language, found[1])}'", part)
    return spec_in(language, part)


def _known(language: Language, word: str) -> str:
    found = language.known(word)
    return word if found is None else found


def _filled(template: str, value_of: Callable[[str], str]) -> str:
    return _PLACE.sub(lambda place: value_of(place.group(1)), template)
