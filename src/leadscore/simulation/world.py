"""What the simulated market is made of: every constant of the demo CRM, with its unit.

It answers "which numbers define the truth"; it draws nothing and knows no lead.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from leadscore.domain.errors import InputError

Rates = tuple[float, float, float, float]
"""One value per intent: dormant, curious, evaluating, deciding."""

INTENTS = ("dormant", "curious", "evaluating", "deciding")


@dataclass(frozen=True, kw_only=True)
class Channel:
    """An acquisition channel.

    Parameters
    ----------
    name : name as the CRM shows it
    share : share of new leads in the first quarter (shares are normalised)
    trend : change of the log share per quarter (the mix of channels drifts)
    pull : log-odds added to rising intent and to winning
    start : probabilities of the intent on arrival, one per intent
    form_share : share of leads whose creation comes with a submitted form
    """

    name: str
    share: float
    trend: float
    pull: float
    start: Rates
    form_share: float


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product on sale.

    Parameters
    ----------
    name : name as the CRM shows it
    share : share of new leads that ask for it
    pull : log-odds added to rising intent and to winning
    amount_eur : median amount of a won deal at a firm of 100 employees, EUR
    industry : industry it was made for (adds `World.match_fit` to fit)
    """

    name: str
    share: float
    pull: float
    amount_eur: float
    industry: str


@dataclass(frozen=True, kw_only=True)
class Shock:
    """A lasting change of one channel's quality.

    Parameters
    ----------
    channel : name of the channel
    quarter : first quarter concerned, counted from the quarter of `World.start` (0)
    pull : log-odds added from that quarter on
    """

    channel: str
    quarter: int
    pull: float


_CHANNELS = (
    Channel(name="Organic search", share=0.26, trend=0.00, pull=0.10,
            start=(0.38, 0.38, 0.19, 0.05), form_share=0.75),
    Channel(name="Paid search", share=0.18, trend=-0.02, pull=0.05,
            start=(0.36, 0.37, 0.21, 0.06), form_share=0.80),
    Channel(name="Paid social", share=0.16, trend=0.06, pull=-0.15,
            start=(0.55, 0.34, 0.09, 0.02), form_share=0.85),
    Channel(name="Webinar", share=0.12, trend=0.01, pull=0.05,
            start=(0.38, 0.46, 0.13, 0.03), form_share=0.95),
    Channel(name="Trade show", share=0.10, trend=-0.05, pull=-0.05,
            start=(0.52, 0.34, 0.11, 0.03), form_share=0.05),
    Channel(name="Referral", share=0.10, trend=0.00, pull=0.45,
            start=(0.20, 0.38, 0.30, 0.12), form_share=0.30),
    Channel(name="Cold outreach", share=0.08, trend=0.02, pull=-0.40,
            start=(0.74, 0.21, 0.04, 0.01), form_share=0.00),
)  # fmt: skip

_PRODUCTS = (
    Product(name="Pilot", share=0.50, pull=0.10, amount_eur=6_000.0, industry="Software"),
    Product(name="Analytics", share=0.30, pull=0.00, amount_eur=14_000.0, industry="Logistics"),
    Product(name="Connect", share=0.20, pull=-0.15, amount_eur=24_000.0, industry="Manufacturing"),
)


@dataclass(frozen=True, kw_only=True)
class World:
    """Every constant of the simulated market. Log-odds unless a unit is given.

    Weeks run Monday 00:00 UTC to Monday 00:00 UTC. Tuples of four hold one value per intent
    (dormant, curious, evaluating, deciding); weekly rates and probabilities are those of an
    average lead (fit 0) in an average week.
    """

    start: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    """First Monday of the history (UTC)."""
    n_weeks: int = 130
    """Length of the history (weeks)."""
    horizon_days: int = 90
    """Truth is the probability of being won within so many days."""

    channels: tuple[Channel, ...] = _CHANNELS
    products: tuple[Product, ...] = _PRODUCTS
    shocks: tuple[Shock, ...] = (Shock(channel="Paid social", quarter=5, pull=-0.90),)
    quarter_pull: tuple[float, ...] = (0.0, 0.05, 0.15, 0.20, 0.05, -0.05, -0.25, -0.20, 0.0, 0.10)
    """Drift of the market per quarter; the last value holds afterwards."""
    month_pull: tuple[float, ...] = (0, 0, 0.05, 0, 0, 0, -0.05, -0.35, 0.10, 0.05, 0.05, -0.25)
    """Season of buying, January first."""
    month_activity: tuple[float, ...] = (1, 1, 1.05, 1, 0.95, 1, 0.9, 0.6, 1.1, 1.05, 1.05, 0.75)
    """Season of arrivals and of web activity (factor), January first."""
    growth_per_quarter: float = 0.02
    """Growth of arrivals (log share per quarter)."""

    raise_rate: Rates = (0.050, 0.110, 0.160, 0.0)
    """Probability per week that intent rises by one step."""
    fall_rate: Rates = (0.0, 0.300, 0.320, 0.320)
    """Probability per week that intent falls by one step."""
    raise_by_fit: float = 0.25
    raise_if_worked: float = 0.20
    fall_by_fit: float = -0.10

    win_rate_unworked: Rates = (0.0001, 0.0004, 0.0030, 0.0120)
    """Probability per week of winning a lead that nobody works."""
    win_rate_worked: Rates = (0.0014, 0.0105, 0.0560, 0.1700)
    """Probability per week of winning a lead that sales works."""
    win_by_fit: float = 0.45
    loss_rate_unworked: Rates = (0.050, 0.034, 0.020, 0.015)
    """Probability per week that an unworked lead is given up."""
    loss_rate_worked: Rates = (0.150, 0.110, 0.090, 0.080)
    """Probability per week that a worked lead is lost."""
    loss_by_fit: float = -0.30

    work_rate: Rates = (0.008, 0.020, 0.070, 0.180)
    """Probability per week that sales picks a lead up without a demo request."""
    work_rate_after_demo: Rates = (0.60, 0.70, 0.80, 0.88)
    """Probability that sales picks a lead up the week after a demo request."""
    drop_rate: Rates = (0.250, 0.140, 0.080, 0.050)
    """Probability per week that sales puts a worked lead back to nurturing."""
    capacity_per_week: float = 3.2
    """Leads sales can pick up in a week, per 1,000 leads of the whole history."""
    capacity_growth: tuple[float, ...] = (1.0, 1.0, 1.0, 1.15, 1.15, 1.15, 1.0, 1.0, 1.2, 1.2)
    """Reps in post per quarter (factor on capacity); the last value holds afterwards."""
    month_capacity: tuple[float, ...] = (1, 1, 1, 1, 0.95, 1, 0.85, 0.55, 1, 1, 1, 0.75)
    """Share of reps present, January first."""
    wanted_share: float = 0.42
    """Share of new leads that sales would pick up if it could."""

    demo_rate: Rates = (0.0015, 0.010, 0.060, 0.160)
    """Demo requests per week of a lead of average activity, not worked yet."""
    demo_if_worked: float = 0.25
    """Factor on the rate of demo requests while sales works the lead."""

    fit_noise: float = 0.45
    """Standard deviation of the part of fit that no CRM column shows (fit units)."""
    size_best: float = 2.2
    """log10 of the number of employees at which fit is highest."""
    size_fit: float = -0.45
    """Fit per unit of distance from `size_best` (log10 employees)."""
    match_fit: float = 0.35
    """Fit added when the firm's industry is the one the product was made for."""
    activity_shape: float = 2.0
    """Shape of the Gamma law (mean 1) of a lead's overall activity."""

    leads_per_company: float = 2.2
    scanner_share: float = 0.06
    """Share of firms whose mail gateway clicks every link."""
    bounce_share: float = 0.03
    """Share of addresses that do not exist."""
    opt_out_share: float = 0.05
    """Share of leads that refuse e-mail on arrival."""
    n_reps: int = 12

    feedback_share: float = 0.15
    """Share of worked leads on which the rep gives a verdict."""
    nps_share: float = 0.35
    """Share of customers who answer the satisfaction survey."""

    def __post_init__(self) -> None:
        """Refuse a world that cannot be simulated."""
        if self.n_weeks < 1:
            raise InputError("bad-world", f"n_weeks must be >= 1, got {self.n_weeks}")
        if self.horizon_days < 1:
            raise InputError("bad-world", f"horizon_days must be >= 1, got {self.horizon_days}")
        start = self.start
        if start.tzinfo is not UTC or start.weekday() != 0 or start.timestamp() % 86_400 != 0:
            raise InputError("bad-world", f"start must be a Monday 00:00 UTC, got {start}")
        unknown = {shock.channel for shock in self.shocks} - {item.name for item in self.channels}
        if unknown:
            raise InputError("bad-world", f"shock of an unknown channel: {sorted(unknown)[0]!r}")

    @property
    def start_seconds(self) -> int:
        """Start of the history, seconds since 1970-01-01 UTC."""
        return int(self.start.timestamp())

    @property
    def end_seconds(self) -> int:
        """End of the history (excluded), seconds since 1970-01-01 UTC."""
        return self.start_seconds + self.n_weeks * 7 * 86_400


def default_world() -> World:
    """Return the world of the demo data.

    Returns
    -------
    World
        130 weeks from Monday 2024-01-01 UTC, horizon of 90 days.

    Examples
    --------
    >>> default_world().n_weeks
    130
    """
    return World()
