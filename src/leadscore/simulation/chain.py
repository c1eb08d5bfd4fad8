"""The weekly law of a lead: a hidden Markov chain over intent and whether sales works the lead.

This is the only place that turns constants into probabilities: the simulated paths and the truth
both read it, so that the truth is exact. Given the state of Monday, the week emits events, then
the lead may close, then sales may pick it up or drop it, then intent moves by at most one step.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadscore.simulation.people import People
from leadscore.simulation.weeks import Calendar, Floats, Indices
from leadscore.simulation.world import World

N_INTENTS = 4


@dataclass(frozen=True)
class Law:
    """Probabilities of one week for n leads; axis 1 is worked (0, 1), axis 2 is intent.

    Parameters
    ----------
    win, close : won in the week; won or lost in the week, shape (n, 2, 4)
    rise, fall : intent one step up, one step down, by next week's worked, shape (n, 2, 4)
    pick, pick_after_demo : becomes worked, without and after a demo request, shape (n, 4)
    drop : stops being worked, shape (4,)
    demo : at least one demo request in a full week, shape (n, 2, 4)
    """

    win: Floats
    close: Floats
    rise: Floats
    fall: Floats
    pick: Floats
    pick_after_demo: Floats
    drop: Floats
    demo: Floats

    @property
    def worked_next(self) -> Floats:
        """Probability of being worked next Monday, demo requests integrated out, (n, 2, 4)."""
        demo = self.demo[:, 0]
        start = demo * self.pick_after_demo + (1 - demo) * self.pick
        keep = np.broadcast_to(1 - self.drop, start.shape)
        return np.stack([start, keep], axis=1)


def law_of_week(
    world: World, calendar: Calendar, people: People, *, leads: Indices, week: int
) -> Law:
    """Return the law of the leads at positions `leads` in week `week`.

    Parameters
    ----------
    leads : positions into `people`, shape (n,)
    week : week counted from the start of the history, in [0, n_weeks + horizon]

    Returns
    -------
    Law
        All probabilities in [0, 1].
    """
    fit = people.fit[leads][:, None, None]
    product_pull = np.array([product.pull for product in world.products])
    channel_pull = calendar.channel_pull[week][people.channel[leads]]
    pull = (calendar.pull[week] + channel_pull + product_pull[people.product[leads]])[:, None, None]
    win = _sigmoid(_logits(world.win_rate_unworked, world.win_rate_worked)
                   + world.win_by_fit * fit + pull)  # fmt: skip
    loss = _sigmoid(_logits(world.loss_rate_unworked, world.loss_rate_worked)
                    + world.loss_by_fit * fit)  # fmt: skip
    rise = _logits(world.raise_rate, world.raise_rate)
    rise = _sigmoid(rise + [[0.0], [world.raise_if_worked]] + world.raise_by_fit * fit + 0.5 * pull)
    fall = _sigmoid(_logits(world.fall_rate, world.fall_rate) + world.fall_by_fit * fit)
    capacity = calendar.capacity[week]
    rate = np.asarray(world.demo_rate) * [[1.0], [world.demo_if_worked]]
    return Law(
        win=win,
        close=win + (1 - win) * loss,
        rise=rise,
        fall=(1 - rise) * fall,
        pick=_sigmoid(_logit(world.work_rate) + capacity + 0.25 * fit[:, 0]),
        pick_after_demo=_sigmoid(_logit(world.work_rate_after_demo) + capacity + 0.25 * fit[:, 0]),
        drop=np.asarray(world.drop_rate),
        demo=1 - np.exp(-rate * np.sqrt(people.activity[leads])[:, None, None]),
    )


def _logits(unworked: tuple[float, ...], worked: tuple[float, ...]) -> Floats:
    return np.stack([_logit(unworked), _logit(worked)])


def _logit(rates: tuple[float, ...]) -> Floats:
    """Log-odds of probabilities; 0 becomes so low that its sigmoid is 0 for any lead."""
    rate = np.asarray(rates, dtype=float)
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(np.log(rate) - np.log1p(-rate), -600.0))


def _sigmoid(x: NDArray[np.float64]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))
