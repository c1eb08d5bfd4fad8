"""Settings of what is told of one lead. Units and reasons stand in `params.yaml`, ranges here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from leadscore.domain.strict import Count, Positive, Strict

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
NEVER = frozenset({"country", "channel", "industry", "sector"})
"""Where a lead came from and what its firm is: no step of anybody changes them."""


class ExplainSettings(Strict):
    """How much is told of one lead, and which of its properties can still become known or change."""

    shown: Annotated[int, Field(ge=1, le=10)]
    min_points: Positive
    similar_points: Positive
    moments: Count
    knowable: list[Name]
    changeable: list[Name]

    @model_validator(mode="after")
    def _nothing_immutable(self) -> ExplainSettings:
        named = sorted(NEVER & {*self.knowable, *self.changeable})
        if named:
            raise ValueError(
                f"{', '.join(named)}: neither knowable nor changeable, for no step of a lead or of sales changes it"
            )
        return self
