"""The leakage gate: which columns know more of the outcome than anyone knew at the time.

It looks at values as exported, lead by lead, and names each suspicious column with its evidence.
It proves nothing about columns it does not name; what it could not check is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.mapping import Property
from leadscore.domain.settings import LeakageSettings
from leadscore.metrics import roc_auc

# Words for what people and systems write while a lead is being worked, or afterwards (English, French).
LATE_WORDS = frozenset(
    [
        "last",
        "latest",
        "tag",
        "tags",
        "quality",
        "profile",
        "index",
        "score",
        "grade",
        "rating",
        "stage",
        "status",
        "outcome",
        "result",
        "reason",
        "closed",
        "close",
        "won",
        "lost",
        "verdict",
        "duration",
        "dernier",
        "derniere",
        "qualite",
        "profil",
        "note",
        "etape",
        "statut",
        "motif",
        "resultat",
        "cloture",
        "gagne",
        "perdu",
        "duree",
    ]
)
_LATE_AUC = 0.53


@dataclass(frozen=True)
class Finding:
    """One suspicion: column, check, evidence in words, and what became of it.

    `state` is ``stops`` (the run must not go on), ``excluded`` (never a feature) or ``allowed``.
    """

    column: str
    check: str
    evidence: str
    state: str


def examine(
    properties: Sequence[Property],
    leads: pd.DataFrame,
    outcomes: pd.DataFrame,
    settings: LeakageSettings,
) -> list[Finding]:
    """Examine every mapped property, also the excluded ones.

    Parameters
    ----------
    properties
        The mapping's properties: columns of `leads`.
    leads, outcomes
        Tables of `domain.schemas`, one row per lead.

    Returns
    -------
    Findings in the order of `properties`; a column may have several.
    """
    joined = leads.merge(outcomes[["lead_id", "status"]], on="lead_id", how="inner")
    joined = joined.sort_values("order", kind="stable", ignore_index=True)
    is_closed = (joined["status"] != "open").to_numpy()
    won = (joined["status"] == "won").to_numpy()
    findings = []
    for prop in properties:
        values = joined[prop.name]
        closed = values[is_closed].reset_index(drop=True)
        checks = {
            "answers alone": _answers_alone(closed, won[is_closed], settings),
            "values all won or all lost": _pure_values(closed, won[is_closed], settings),
            "being filled in ranks leads": _presence(closed, won[is_closed], settings),
            "filled in when closed": _filled_at_close(values, is_closed, settings),
            "filled in by batch": _batch(values, settings),
        }
        if prop.known == "as_exported":
            checks["rewritten late"] = _late_name(prop, closed, won[is_closed])
        state = (
            "excluded" if prop.excluded else "allowed" if prop.name in settings.allow else "stops"
        )
        findings += [
            Finding(prop.name, check, text, state) for check, text in checks.items() if text
        ]
    return findings


def stop_on(findings: Sequence[Finding]) -> None:
    """Stop the run on findings that are neither excluded nor allowed.

    Raises
    ------
    GateError
        ``leakage``: naming every such column with its evidence.
    """
    stopping = [f for f in findings if f.state == "stops"]
    if stopping:
        named = "; ".join(f"{f.column}: {f.check} ({f.evidence})" for f in stopping)
        raise GateError(
            "leakage",
            named,
            file="params.yaml",
            column="leakage.allow",
            fix="give the column `excluded:` with a reason in the source mapping, or list it under leakage.allow",
        )


def single_auc(values: pd.Series, won: npt.NDArray[np.bool_]) -> float:
    """Return how well one column ranks leads alone: ROC AUC in [0.5, 1], higher is better.

    Numbers rank by their value (missing lowest), texts by the win rate of their value in the other
    half of the rows (odd and even), so that rare values cannot learn their own outcome.
    """
    if won.all() or not won.any():
        return 0.5
    if pd.api.types.is_numeric_dtype(values):
        # Only the order counts: places in (0, 1], missing before all others.
        rank = values.rank(pct=True, na_option="top").to_numpy(dtype=float)
    else:
        rank = _crossed_rates(values, won)
    auc = roc_auc(won.astype(float), rank)
    return max(auc, 1 - auc)


def _crossed_rates(values: pd.Series, won: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    code, _ = pd.factorize(values, use_na_sentinel=False)
    half = np.arange(len(code)) % 2
    n_levels = int(code.max()) + 1 if len(code) else 0
    rates = np.empty(len(code))
    for own in (0, 1):
        other = half != own
        wins = np.bincount(code[other], weights=won[other].astype(float), minlength=n_levels)
        rows = np.bincount(code[other], minlength=n_levels)
        smooth = (wins + 20 * won.mean()) / (rows + 20)
        rates[half == own] = smooth[code[half == own]]
    return rates


def _answers_alone(values: pd.Series, won: npt.NDArray[np.bool_], settings: LeakageSettings) -> str:
    auc = single_auc(values, won)
    return f"AUC {auc:.3f} alone, n = {len(values)}" if auc > settings.max_auc else ""


def _pure_values(values: pd.Series, won: npt.NDArray[np.bool_], settings: LeakageSettings) -> str:
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > 50:
        return ""
    rates = (
        pd.DataFrame({"value": values, "won": won})
        .dropna()
        .groupby("value")["won"]
        .agg(["mean", "size"])
    )
    rates = rates.loc[rates["size"] >= settings.min_rows]
    pure = rates.loc[(rates["mean"] <= 0.02) | (rates["mean"] >= 0.95)]
    base = won.mean() if len(won) else 0.0
    # With a base rate near 0 every value is nearly all lost: purity says something only in between.
    if not 0.1 <= base <= 0.9 or not len(pure):
        return ""
    share = float(pure["size"].sum()) / len(values)
    if share <= settings.pure_share:
        return ""
    return f"{share:.0%} of {len(values)} leads carry one of {len(pure)} values that are all won or all lost"


def _presence(values: pd.Series, won: npt.NDArray[np.bool_], settings: LeakageSettings) -> str:
    auc = single_auc(values.notna().astype(float), won)
    if auc <= settings.presence_auc:
        return ""
    return f"filled in for {values.notna().mean():.0%}; presence alone AUC {auc:.3f}, n = {len(values)}"


def _filled_at_close(
    values: pd.Series, is_closed: npt.NDArray[np.bool_], settings: LeakageSettings
) -> str:
    n_open = int((~is_closed).sum())
    if n_open < settings.min_rows or int(is_closed.sum()) < settings.min_rows:
        return ""
    closed, still_open = values[is_closed].notna().mean(), values[~is_closed].notna().mean()
    if closed - still_open <= settings.presence_jump:
        return ""
    return f"filled in for {closed:.0%} of closed and {still_open:.0%} of {n_open} open leads"


def _batch(values: pd.Series, settings: LeakageSettings) -> str:
    if len(values) < 10 * settings.min_rows:
        return ""
    tenth = np.arange(len(values)) * 10 // len(values)
    shares = values.notna().groupby(tenth).mean().to_numpy()
    jumps = np.abs(np.diff(shares))
    if jumps.max(initial=0.0) <= settings.presence_jump:
        return ""
    at = int(jumps.argmax())
    return (
        f"filled in for {shares[at]:.0%} of the {at + 1}. tenth of leads and {shares[at + 1]:.0%} of the next: "
        "written by a batch, not when the lead came"
    )


def _late_name(prop: Property, values: pd.Series, won: npt.NDArray[np.bool_]) -> str:
    # The mapping may have renamed the column: its label often still says what it is.
    called = f"{prop.name} {prop.label}"
    plain = unicodedata.normalize("NFKD", called).encode("ascii", "ignore").decode()
    late = sorted(set(re.split(r"[^a-z]+", plain.casefold())) & LATE_WORDS)
    auc = single_auc(values, won)
    if not late or auc < _LATE_AUC:
        return ""
    return (
        f"named '{' '.join(late)}', known only as exported, AUC {auc:.3f} alone, n = {len(values)}"
    )
