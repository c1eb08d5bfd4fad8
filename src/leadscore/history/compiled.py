"""How a loop over sorted events is compiled; whoever calls it sees its types, which numba hides."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba as nb

Given = ParamSpec("Given")
Told = TypeVar("Told")


def compiled(loop: Callable[Given, Told]) -> Callable[Given, Told]:
    """Compile a loop on its first call; the machine code is kept beside its module."""
    return cast("Callable[Given, Told]", nb.njit(cache=True, nogil=True)(loop))
