"""What a leaf adds to each feature on its path: its Shapley value, as an integral that few places give exactly.

A leaf of value v whose features agree (o = 1) or not (o = 0), and which a share z of training rows pass,
adds to feature j, in the game "mean over training rows, path by path", ``v (o_j - z_j)`` times the integral
over t in [0, 1] of the product, over the other features, of ``t o + (1 - t) z``. The product is a polynomial
in t, which Gauss's rule integrates exactly with half as many places as features.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


def rules(most: int) -> tuple[Float, Float]:
    """Return places in (0, 1) and weights for each number of features up to `most`: [most + 1, most + 1].

    Row k has ``(k + 1) // 2`` places; zeros follow.
    """
    places, weights = np.zeros((most + 1, most + 1)), np.zeros((most + 1, most + 1))
    for k in range(1, most + 1):
        at, weigh = np.polynomial.legendre.leggauss((k + 1) // 2)
        places[k, : len(at)], weights[k, : len(at)] = (at + 1) / 2, weigh / 2
    return places, weights
