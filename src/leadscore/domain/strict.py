"""What all settings and configuration files share: strictness, and the common kinds of numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Points = Annotated[float, Field(ge=0, le=100)]


class Strict(BaseModel):
    """Base of every settings block: unknown keys refused, values frozen, no silent conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
