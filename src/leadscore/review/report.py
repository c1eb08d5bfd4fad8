"""The report: one HTML page that needs nothing but itself, for people who decide on thresholds.

It shows no person's data and fetches nothing: scripts run by hash, everything else is refused by
the page's own policy.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import vl_convert

from leadscore.history.leakage.gate import Finding
from leadscore.review.bots import RULE_WORDS, BotsTold
from leadscore.review.charts import (
    ON_DARK,
    Chart,
    TopFeature,
    band_chart,
    calibration_chart,
    drift_chart,
    feature_chart,
    gain_chart,
)
from leadscore.review.comparison import Comparison
from leadscore.review.cuts_by import CutsOf
from leadscore.review.drift_charts import drift_charts
from leadscore.review.drift_page import drift_page
from leadscore.review.drifting import Drifting
from leadscore.review.language import ENGLISH, Language, spec_in
from leadscore.review.parts import PartsTold
from leadscore.review.quarter.page import QuarterPage
from leadscore.review.templating import environment
from leadscore.review.what_if import WhatIf
from leadscore.review.what_if_page import what_if_buttons, what_if_page
from leadscore.review.words import (
    METRIC_WORDS,
    OPINION_WORDS,
)
from leadscore.scoring.gates import Gate

_PICTURES = frozenset({"calibration", "gain", "bands", "features", "drift", "split"})
VEGA_LITE = "6.4"  # the grammar that altair 6 writes
_BOOT = """
const written = JSON.parse(document.getElementById("written").textContent);
for (const figure of document.querySelectorAll("figure[data-chart]")) {
  const spec = JSON.parse(document.getElementById("spec-" + figure.dataset.chart).textContent);
  const place = figure.querySelector(".chart");
  const options = {mode: "vega-lite", renderer: "svg", actions: false, ast: true,
                   defaultStyle: false, tooltip: {theme: "custom"}, ...written};
  vegaEmbed(place, spec, options).then(({view}) => {
    // On paper a picture has half the width: it is drawn for that, so that its words stay legible.
    const onPaper = figure.parentElement.classList.contains("grid") ? 420 : 760;
    const drawn = width => view.signal("width", width).run();
    addEventListener("beforeprint", () => drawn(onPaper));
    addEventListener("afterprint", () => drawn(place.clientWidth));
  }).catch(error => { place.textContent = String(error); });
}
"""


@dataclass(frozen=True)
class ReportInputs:
    """Everything the page shows, as plain values.

    Attributes
    ----------
    source, title, as_of
        Name of the mapping, title of the page, and the moment it speaks of, in words.
    opinion, gates
        Who leads (``model``, ``grid``, ``base_rate``) and the gates with their evidence.
    comparison, proposal
        Tables of `compare`, and `Proposal.to_dict()`.
    leakage, features
        Findings of the leakage gate; features that move scores most, strongest first.
    counts
        What was read and what was refused: words and a number.
    warnings, unchecked
        Notes of the ingest, and what could not be checked on this source.
    bundle_sha256, settings_sha256
        What the page was made from.
    bots
        What the bot rules left out; None where they had nothing to judge.
    parts
        What the model is made of; None where there is none.
    drifting
        Tables of drift; None where they were not made.
    what_if
        Consequences of every pair of thresholds; None where the evidence was too little.
    cuts_by
        The best thresholds by opinion and by segment; none where the evidence was too little.
    quarter
        The look back at one quarter; None where none was asked for.
    sign
        The command that signs what is proposed; None where it is not known.
    """

    source: str
    title: str
    as_of: str
    opinion: str
    gates: Sequence[Gate]
    comparison: Comparison
    proposal: Mapping[str, Any]
    leakage: Sequence[Finding]
    features: Sequence[TopFeature]
    counts: Sequence[tuple[str, int]]
    warnings: Sequence[str]
    unchecked: Sequence[str]
    bundle_sha256: str
    settings_sha256: str
    bots: BotsTold | None = None
    parts: PartsTold | None = None
    drifting: Drifting | None = None
    what_if: WhatIf | None = None
    cuts_by: Sequence[CutsOf] = ()
    quarter: QuarterPage | None = None
    sign: str | None = None


def render(inputs: ReportInputs, language: Language = ENGLISH) -> str:
    """Return the whole page; the same inputs give the same bytes."""
    scripts = [*([_script("what_if.js")] if inputs.what_if else []), _vega(), _BOOT]
    template = environment(language).get_template("report.html.j2")
    tried = inputs.what_if
    return template.render(
        inputs=inputs,
        verdict=verdict_sentence(inputs),
        metrics=_metric_rows(inputs.comparison),
        tables=_tables(inputs.comparison),
        charts={chart.name: chart for chart in _charts(inputs)},
        drift=drift_page(inputs.drifting) if inputs.drifting else None,
        proposal=inputs.proposal,
        what_if={**what_if_page(tried), **_for_script(language, scripts[0])} if tried else None,
        buttons=what_if_buttons(tried) if tried else (),
        opinions=OPINION_WORDS,
        bot_rules=list(RULE_WORDS.values()),
        on_dark=ON_DARK,
        language=language,
        written={} if language.is_english else {"formatLocale": _format_locale(language)},
        scripts=scripts,
        script_hashes=[_csp_hash(script) for script in scripts],
    )


def pictures(inputs: ReportInputs, language: Language = ENGLISH) -> dict[str, bytes]:
    """Return the page's charts as PNG by name, for where no page can be opened (MLflow, mails)."""
    written = None if language.is_english else _format_locale(language)
    return {
        chart.name: vl_convert.vegalite_to_png(
            {
                **spec_in(language, chart.spec),
                "title": _heading(language.text(chart.title)),
                "width": 460,
                "background": "white",
            },
            vl_version=VEGA_LITE,
            scale=1.5,
            format_locale=written,
        )
        for chart in _charts(inputs)
        if chart.name in _PICTURES
    }


def _heading(title: str) -> dict[str, Any]:
    return {"text": textwrap.wrap(title, 58), "anchor": "start", "frame": "group"}


def verdict_sentence(inputs: ReportInputs) -> str:
    """Say in one sentence who leads and why."""
    failed = [gate.gate for gate in inputs.gates if not gate.passed]
    if inputs.opinion == "model":
        gap = _difference(inputs.comparison, "model", "grid", "log_loss")
        if gap is None:
            return "The model leads: it passed every gate."
        return (
            f"The model leads: on {gap['n']:,} later leads its log loss is {-gap['value']:.4f} "
            f"below the grid's (95% {-gap['high']:.4f} to {-gap['low']:.4f})."
        )
    if inputs.opinion == "grid":
        return f"The manual grid leads: the model did not pass {_listed(failed)}."
    return f"Nobody leads, every lead gets the base rate: {_listed(failed)} not passed."


def _charts(inputs: ReportInputs) -> list[Chart]:
    tables = inputs.comparison
    drifts = drift_charts(inputs.drifting) if inputs.drifting else []
    return [
        calibration_chart(tables.calibration),
        gain_chart(tables.gain),
        band_chart(tables.bands),
        feature_chart(inputs.features),
        drift_chart(tables.drift, period=tables.period),
        *drifts,
    ]


def _metric_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one row per metric: the figure of each opinion, and model minus grid."""
    table = comparison.figures
    opinions = list(dict.fromkeys(table["opinion"]))
    return [
        {
            "words": words, "direction": direction, "pattern": pattern,
            "figures": {
                opinion: _only(table.loc[(table["opinion"] == opinion) & (table["metric"] == name)])
                for opinion in opinions
            },
            "gap": _difference(comparison, "model", "grid", name),
        }
        for name, (words, direction, pattern) in METRIC_WORDS.items()
    ]  # fmt: skip


def _tables(comparison: Comparison) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{str(key): value for key, value in row.items()} for row in rows]
        for name in ("calibration", "bands", "drift", "tiers", "base_rates")
        for rows in [getattr(comparison, name).to_dict(orient="records")]
    }


def _difference(comparison: Comparison, a: str, b: str, metric: str) -> dict[str, Any] | None:
    table = comparison.differences
    at = (table["a"] == a) & (table["b"] == b) & (table["metric"] == metric)
    return _only(table.loc[at]) if bool(at.any()) else None


def _only(rows: pd.DataFrame) -> dict[str, Any]:
    return {str(key): value for key, value in rows.iloc[0].to_dict().items()}


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words) or "no gate"


def _for_script(language: Language, script: str) -> dict[str, Any]:
    """Return the words and the signs of numbers that the sliders' script writes with."""
    signs = {name: getattr(language, name) for name in ("decimal", "group", "percent")}
    return {"words": language.script(script), "written": signs}


def _format_locale(language: Language) -> dict[str, Any]:
    """Return how charts write numbers, in the terms of d3-format."""
    return {"decimal": language.decimal, "thousands": language.group, "grouping": [3],
            "currency": ["", ""], "percent": language.percent}  # fmt: skip


def _script(name: str) -> str:
    """Return a script of the templates' folder as it stands."""
    return environment(ENGLISH).get_template(name).render()


@functools.cache
def _vega() -> str:
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    if "</script" in bundle.lower():
        raise RuntimeError("the chart library holds a closing script tag and cannot be inlined")
    return bundle


def _csp_hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
