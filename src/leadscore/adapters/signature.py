"""Who signs: nothing of promotions or decisions is written without a name and a reason."""

from __future__ import annotations

from dataclasses import dataclass

from leadscore.domain.errors import InputError


@dataclass(frozen=True)
class Signature:
    """Who decides, why, when (``2026-06-29T10:00:00Z``, or the day alone), and which gates not passed they accept."""

    by: str
    reason: str
    at: str
    despite: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, text in (("--by", self.by), ("--reason", self.reason)):
            if not text.strip():
                raise InputError(
                    "not-signed", f"{name} is empty", fix="name the person who decides, and why"
                )
