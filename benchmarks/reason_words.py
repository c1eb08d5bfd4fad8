"""How long the words of a million leads' reasons take: six reasons a lead, in blocks, in both languages.

Values are drawn with a seed, not scored: counts, days, shares, amounts and words as a simulated CRM has
them, among the features that `params.yaml` declares. Run ``python -m benchmarks.reason_words``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.config.params import load_settings
from leadscore.domain.mapping import Property
from leadscore.history.event_features import columns_of
from leadscore.history.facts import Language
from leadscore.history.features import AGE, Feature, property_features
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons import ReasonWords, Typical, typical_values

ROOT = Path(__file__).resolve().parents[1]
LABELS = {
    "email_sent": "E-mail sent", "email_opened": "E-mail opened", "email_clicked": "E-mail clicked",
    "page_view": "Page viewed", "pricing_view": "Pricing page viewed", "download": "Document downloaded",
    "webinar": "Webinar attended", "demo_request": "Demo requested", "form_submitted": "Form submitted",
    "call": "Call logged", "meeting": "Meeting held", "unsubscribe": "Unsubscribed",
}  # fmt: skip
PROPERTIES = (
    Property("channel", "category", "at_creation", "Channel"),
    Property("industry", "category", "at_creation", "Industry"),
    Property("employees", "number", "at_creation", "Employees"),
    Property("list_price", "number", "at_creation", "List price"),
)
PER_SIGN = 3


def main() -> int:
    """Print CPU seconds, phrases and what they weigh."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--leads", type=int, default=1_000_000)
    asked.add_argument("--block", type=int, default=65_536, help="leads at once")
    given = asked.parse_args()
    encoder, table = drawn(np.random.default_rng(1))
    typical, x = typical_values(table, encoder), encoder.matrix(table)
    print(f"{given.leads:,} leads x {2 * PER_SIGN} reasons, {len(encoder.features)} features")
    for language in ("en", "fr"):
        seconds, size, one = timed(encoder, typical, x, language, n=given.leads, block=given.block)
        print(f"{language}: {seconds:.1f} CPU s, {size / 2**20:.0f} MiB of text; {one}")
    return 0


def drawn(rng: np.random.Generator, n: int = 50_000) -> tuple[Encoder, pd.DataFrame]:
    """Return an encoder of the features in force and a table of values to choose from."""
    settings = load_settings(ROOT / "params.yaml", []).features
    events = columns_of(settings.events, labels=LABELS, engagement=tuple(LABELS))
    features = [Feature(c.name, "number", c.words, c.kind, c.fact) for c in events]
    columns = {f.name: pd.Series(values_of(f, rng, n)) for f in features}
    words = {
        "channel": pd.Series(rng.choice(["ads", "referral", "webinar", "organic"], n), dtype="str"),
        "industry": pd.Series(rng.choice([f"industry {i}" for i in range(40)], n), dtype="str"),
        "employees": pd.Series(np.floor(np.exp(rng.normal(4, 1.5, n)))),
        "list_price": pd.Series(np.round(np.exp(rng.normal(8, 1.0, n)), 2)),
    }
    told, described = property_features(pd.DataFrame(words), PROPERTIES)
    columns |= {AGE.name: pd.Series(rng.uniform(0, 365, n))} | {c: told[c] for c in told.columns}
    table = pd.DataFrame(columns)
    encoder = Encoder.learn(table, [*features, AGE, *described], min_rows=20, max_levels=40)
    return encoder, table


def values_of(feature: Feature, rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    """Return values like those of its primitive: days with some never, fading sums, small counts."""
    if feature.name.endswith("_days"):
        days: npt.NDArray[np.float64] = rng.uniform(0, 365, n)
        days[rng.random(n) < 0.4] = np.nan
        return days
    return rng.gamma(0.7, 4.0, n) if "_decayed_" in feature.name else rng.poisson(3.0, n) * 1.0


def timed(
    encoder: Encoder, typical: tuple[Typical, ...], x: npt.NDArray[np.float64], language: Language,
    *, n: int, block: int,
) -> tuple[float, int, str]:  # fmt: skip
    """Return CPU seconds to word reasons of `n` leads, bytes of their texts, and one of them."""
    rng, seconds, size, one = np.random.default_rng(2), 0.0, 0, ""
    words = ReasonWords(encoder, typical, language)
    for start in range(0, n, block):
        rows = min(block, n - start)
        feature = rng.integers(0, len(encoder.features), (rows, 2 * PER_SIGN))
        value = x[rng.integers(0, len(x), (rows, 1)), feature]
        points = rng.gamma(1.0, 4.0, feature.shape) + 0.5
        began = time.process_time()
        for side, sign in ((slice(PER_SIGN), 1.0), (slice(PER_SIGN, None), -1.0)):
            texts = words.told(feature[:, side], value[:, side], sign * points[:, side])
            size += texts.nbytes
        seconds += time.process_time() - began
        one = str(texts[0])
    return seconds, size, one


if __name__ == "__main__":
    raise SystemExit(main())
