"""The environment of the pages' templates: figures and texts leave its filters in the page's language."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jinja2
from markupsafe import escape

from leadscore.review.language import Language, spec_in
from leadscore.review.words import number, percent, percent_spread, spread


def environment(language: Language) -> jinja2.Environment:
    """Return the templates' environment in a language; what is put in is escaped."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("leadscore.review"), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    writers: dict[str, Callable[..., str]] = {
        "number": number, "spread": spread, "percent": percent, "percent_spread": percent_spread, "said": str,
    }  # fmt: skip
    made.filters.update({name: language.written(by) for name, by in writers.items()})
    made.filters.update(
        known=lambda word: language.known(word) or word, spec=functools.partial(spec_in, language)
    )
    made.filters["asis"] = lambda value: escape(
        str(value)
    )  # names: no word or number of a language
    made.globals["say"] = language.say
    return made
