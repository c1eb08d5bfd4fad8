"""A ground for searches that costs nothing: losses follow from the settings, and it may die on the way."""

import os
import signal
import sys
from math import log2
from pathlib import Path

from leadscore.adapters.search.study import Place, searched
from leadscore.scoring.searching import Heard
from tests import fakes

N_FOLDS = 3


class Slope:
    """Least loss at 32 leaves and little shrinkage; `dies_at` counts folds heard until the process is killed."""

    folds = range(N_FOLDS)

    def __init__(self, dies_at=None):
        self.left, self.heard_of = dies_at, []

    def heard(self, model):
        self.heard_of.append(model)
        loss = abs(log2(model.num_leaves) - 5) + model.reg_lambda / 100
        for fold in range(N_FOLDS):
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            yield Heard(loss, (loss,) * (fold + 1), 7)


def settings(trials):
    return fakes.settings(search={"trials": trials, "blind_trials": 3})


def tried(folder, *, trials, ground=None):
    """Search in a folder; return the trials as plain values."""
    found = searched(
        ground or Slope(),
        settings(trials),
        Place(Path(folder) / "study.db", "slope"),
        lambda _: None,
    )
    return [each.to_dict() for each in found]


if __name__ == "__main__":
    tried(sys.argv[1], trials=int(sys.argv[2]), ground=Slope(dies_at=int(sys.argv[3])))
