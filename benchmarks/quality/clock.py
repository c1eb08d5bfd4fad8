"""Seconds of a job: on the wall, and of CPU with all threads and child processes."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Seconds:
    """How long a job took; CPU counts on a machine that others use too."""

    cpu: float
    wall: float


def timed(do: Callable[[], Answer]) -> tuple[Answer, Seconds]:
    """Run a job and tell how long it took."""
    cpu, wall = _cpu(), time.perf_counter()
    answer = do()
    return answer, Seconds(_cpu() - cpu, time.perf_counter() - wall)


def _cpu() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)
