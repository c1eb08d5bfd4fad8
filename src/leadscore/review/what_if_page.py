"""What the page needs to tell of any thresholds by itself: the sums by cut, packed, and words."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from leadscore.domain.settings import Thresholds
from leadscore.review.evidence import Codes
from leadscore.review.what_if import WhatIf


def what_if_page(found: WhatIf) -> dict[str, Any]:
    """Return plain values for the page's script; thresholds are places on the list of cuts."""
    money = found.settings

    def places(at: Thresholds | None) -> list[int] | None:
        return (
            None
            if at is None
            else [int(np.searchsorted(found.cuts, cut)) for cut in (at.hot, at.warm)]
        )

    return {
        "cuts": found.cuts.tolist(),
        "sums": packed(found.sums, found.draws),
        "draws": len(found.draws),
        "last": found.last.tolist(),
        "standing_over": found.standing_over,
        "flowing_over": found.flowing_over,
        "win": money.win_value_eur,
        "call": money.call_cost_eur,
        "nurture": money.nurture_cost_eur,
        "in_force": places(found.in_force),
        "start": places(found.start),
        "considered": places(found.considered),
        "n_leads": found.leads.n,
        "n_won": found.leads.n_won,
        "min_leads": found.min_leads,
        "is_dated": found.is_dated,
        "rows": [vars(row) for row in found.rows],
    }


def what_if_buttons(found: WhatIf) -> list[tuple[str, str]]:
    """Return (pair, words) of the buttons: in force, then what is proposed or best by the evidence."""
    is_change = found.start != found.in_force
    pairs = [("in_force", "In force", found.in_force)]
    if is_change:
        pairs.append(("start", "Proposed", found.start))
    elif found.considered is not None:
        pairs.append(("considered", "Best by the evidence", found.considered))
    return [(name, f"{words}: {at.hot:g} / {at.warm:g}") for name, words, at in pairs]


def packed(sums: Codes, draws: Codes) -> str:
    """Return sums and draws as base64 of small whole numbers, seven bits a byte.

    First what each cut adds to the one above it, then by how much a draw's step differs from that;
    a number's sign is its last bit, and a byte of 128 or more goes on in the next.
    """
    steps = _steps(sums)
    signed = np.concatenate([steps[np.newaxis], _steps(draws) - steps]).ravel()
    left = np.where(signed < 0, -2 * signed - 1, 2 * signed)
    columns: list[Codes] = []
    while bool((left > 0).any()) or not columns:
        columns.append(left & 127)
        left = left >> 7
    digits = np.stack(columns, axis=1)
    rest = np.cumsum(digits[:, ::-1], axis=1)[:, ::-1]  # what a digit and those after it amount to
    is_told = (rest > 0) | (np.arange(digits.shape[1]) == 0)
    goes_on = np.concatenate([is_told[:, 1:], np.zeros((len(digits), 1), dtype=bool)], axis=1)
    return base64.b64encode((digits + 128 * goes_on)[is_told].astype(np.uint8).tobytes()).decode()


def _steps(sums: Codes) -> Codes:
    """Return what each cut adds to the next one up, along the last axis."""
    return np.concatenate([sums[..., :-1] - sums[..., 1:], sums[..., -1:]], axis=-1)
