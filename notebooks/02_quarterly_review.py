# %% [markdown]
# # A quarterly review: from issued scores to signed thresholds
#
# A simulated market of 3,000 leads lives through half a year. In December model and grid are trained and
# calibrated. In the first quarter scores are issued every two weeks. At the end of June each of these
# scores is 90 days old: its outcome has matured, and the review can ask two questions.
#
# 1. **What did the scores come to?** Scores really issued against what became of the leads.
# 2. **Where should hot and warm begin?** A proposal, how sure it is, and what other thresholds would mean.
#
# Then somebody signs, the next scores carry the decision's id, and the decision is taken back again.
# Every figure stands with its n, the leads behind it, and a 95 % interval; where a group is too small
# there is no figure. Words in use here are explained in [GLOSSARY.md](../GLOSSARY.md). Everything is
# written to a temporary folder; the project is only read.

# %%
import json
import shutil
import tempfile
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

from leadscore.adapters.approving import approve, revert
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.crm_export import write_export
from leadscore.adapters.decisions import signed_decisions
from leadscore.adapters.issued import inputs_of, read_partition
from leadscore.adapters.looking_back import seen
from leadscore.adapters.proposing import proposed
from leadscore.adapters.quarters import QuarterAsk
from leadscore.adapters.signature import Signature
from leadscore.domain.quarters import Quarter
from leadscore.domain.settings import Settings, Thresholds
from leadscore.scoring.calibration import Platt, log_odds
from leadscore.scoring.scale import Scale
from leadscore.simulation.world import default_world
from leadscore.stages import evaluate, ingest, review, score, snapshot, train

alt.renderers.enable("png")  # drawn here, so that a chart needs no net
BLUE, ORANGE, GREY = "#2f7fc1", "#c86a00", "#8a8f98"
HERE = Path.cwd()
PROJECT = next(place for place in (HERE, *HERE.parents) if (place / "params.yaml").exists())
folder = tempfile.TemporaryDirectory(prefix="leadscore-quarterly-review-")
root = Path(folder.name)
shutil.copytree(PROJECT / "config", root / "config")
(root / "config/champions/demo.yaml").unlink(missing_ok=True)  # that of a demo run beside this one
workspace = Workspace(root=root, config=root)

# %% [markdown]
# Fewer looks, trees, folds and resamples than in `params.yaml`, which holds all other numbers: a notebook
# should be done in about a minute.

# %%
plain = load_settings(PROJECT / "params.yaml").model_dump(by_alias=True)
plain["snapshots"]["every_days"] = 14
plain["model"] |= {"max_rounds": 60, "patience": 10, "learning_rate": 0.2}
plain["blend"] |= {"folds": 3, "penalties": [10, 30]}
plain["review"]["bootstrap"] = 200
plain["threads"] = 1
settings = Settings.model_validate(plain)
raw = root / settings.source.raw_dir
rows = write_export(
    default_world(), raw, workspace.folders["truth"], n_leads=3_000, seed=settings.seed
)
pd.Series(rows, name="rows").to_frame()

# %% [markdown]
# ## December: what could be known then
#
# A review is worth nothing if the scores under review have seen the outcomes. So the training reads
# the export as it would have been at the end of December: leads that had come by then, what they
# had done by then, and deals that had closed by then. A deal closed later is open.

# %%
DECEMBER = pd.Timestamp("2025-12-31T23:59:59Z")
OPEN = {"Status": "Open", "Closed": np.nan, "Amount": np.nan, "Reason": np.nan}
WHEN = {"leads": "Created", "events": "Time", "feedback": "Time", "nps": "Time"}
june = raw.with_name("june")
shutil.copytree(raw, june)


def is_known(times):
    """Tell which of some times of the export lie before the end of December."""
    return pd.to_datetime(times, utc=True) <= DECEMBER


tables = {path.stem: pd.read_csv(path, dtype=str) for path in sorted(raw.glob("*.csv"))}
for name, column in WHEN.items():
    tables[name] = tables[name].loc[is_known(tables[name][column])]
deals = tables["deals"].loc[tables["deals"]["Lead ID"].isin(tables["leads"]["Lead ID"])]
later = deals["Closed"].notna() & ~is_known(deals["Closed"])
for column, value in OPEN.items():
    deals = deals.assign(**{column: deals[column].mask(later, value)})
tables["deals"] = deals
for name, table in tables.items():
    table.to_csv(raw / f"{name}.csv", index=False)
print(
    f"{len(tables['leads']):,} leads had come; {int(later.sum()):,} deals that closed later are open"
)


# %%
export = ingest.run(workspace, settings)
snapshot.run(workspace, settings)
trained = train.run(workspace, settings)
print(f"export until {export.observed_until:%Y-%m-%d}; in the lead: {trained.verdict.opinion}")
pd.DataFrame([vars(gate) for gate in trained.verdict.gates])

# %% [markdown]
# The gates say what a model must have shown on later leads before it may lead. Here it has shown too
# little, so the points of the grid lead, turned into probabilities by the outcomes known in December.
#
# ## January to March: scores are issued
#
# From here on the CRM's whole export is used. A score at a date reads only what was known at that
# date, whatever the export holds besides, and the training is that of December. Each night is a
# partition that is never changed; it carries the id of the decision whose thresholds made its tiers.

# %%
shutil.rmtree(raw)
shutil.move(june, raw)
export = ingest.run(workspace, settings)
nights = [
    score.run(workspace, settings, as_of=day)
    for day in pd.date_range("2026-01-05", "2026-03-30", freq="14D", tz="UTC")
]


def told(night):
    """Return leads by tier of a partition, and what its manifest says of it."""
    leads = read_partition(night)
    tiers = leads["tier"].value_counts().reindex(["hot", "warm", "cold"], fill_value=0)
    inputs = inputs_of(night)
    return {
        "as_of": inputs["as_of"][:10], "by": inputs["opinion"], "decision": inputs["decision_id"],
        "leads": len(leads), **tiers, "explore": int(leads["explore"].sum()),
    }  # fmt: skip


pd.DataFrame([told(night) for night in nights])

# %% [markdown]
# `explore` are cold leads drawn by chance, to be worked all the same. Without them cold would prove
# itself: nobody works a cold lead, so hardly any is won, so cold was right.

# %% [markdown]
# ## July: the quarter's training, and the review
#
# The new training's last window is evidence: looks whose outcome is known, scored by a model that had
# not seen them. It carries the proposal further down. The tables of the quarter rest on the scores
# that were really issued.

# %%
snapshot.run(workspace, settings)
train.run(workspace, settings)
evaluate.run(workspace, settings)
page = review.run(workspace, settings, quarter=QuarterAsk(Quarter.parse("2026Q1")))
quarter = json.loads((page.parent / "tables.json").read_text("utf-8"))
print(f"{quarter['quarter']}, {quarter['basis']}", *quarter["notes"], sep="\n")
pd.Series(quarter["counts"], name="leads").to_frame()

# %% [markdown]
# Each lead counts once, by its first score of the quarter: seven looks at one lead are one piece of
# evidence. *Matured* means that the horizon of that score was over when the export was made, so that
# "not won" is an answer. *Waiting* leads would stand apart, with what their scores promise and no outcome.
#
# ### Conversion by tier and band
#
# `value` is the share won among the matured leads of a group, `n_leads` how many there were and `n_counted` how
# many of them were won. The interval is Wilson's: it stays honest for small groups and never reaches below 0. Fewer
# than `review.min_leads` leads are too few, and the row says so instead of giving a number.


# %%
COLUMNS = [
    "figure", "grouping", "level", "value", "low", "high", "n_counted", "n_leads", "why_no_interval",
]  # fmt: skip


def table(name, *figures):
    """Return some figures of one of the quarter's tables, and print what has to be said beside it."""
    print(*quarter["tables"][name]["notes"], sep="\n")
    rows = pd.DataFrame(quarter["tables"][name]["rows"])
    rows = rows.loc[rows["figure"].isin(figures)] if figures else rows
    return rows[COLUMNS].reset_index(drop=True)


conversion = table("conversion")
conversion.round(3)

# %%
known = conversion.loc[(conversion["grouping"] != "all") & conversion["value"].notna()]
overall = float(conversion.loc[conversion["grouping"] == "all", "value"].iloc[0])
share = alt.X("low:Q", title="share won within 90 days, 95 % interval").axis(format="%")
place = alt.Y("level:N", title=None, sort=list(known["level"]))
bars = alt.Chart(known).mark_rule(strokeWidth=2, color=BLUE).encode(x=share, x2="high:Q", y=place)
dots = alt.Chart(known).mark_point(filled=True, size=70, opacity=1, color=BLUE)
mean = alt.Chart(pd.DataFrame({"all": [overall]})).mark_rule(color=GREY, strokeDash=[4, 4])
counts = alt.Chart(known.assign(n="n = " + known["n_leads"].astype(str))).mark_text(
    align="left", dx=8
)
(
    bars
    + dots.encode(x="value:Q", y=place)
    + mean.encode(x="all:Q")
    + counts.encode(x="high:Q", y=place, text="n:N")
).properties(width=460, height=240)

# %% [markdown]
# What to look for: whether the intervals of hot and cold part, and whether the bands rise. The dashed line is
# the share won of all leads; a group whose interval holds it has not shown that it is different.
#
# ### Does conversion follow the score?
#
# One number for the same question. Over leads it cannot come near 1, as most leads are not won at any score; what
# counts is that its interval leaves out 0. Over bands there are only a handful of points, and the interval says so.

# %%
table("correlation").round(3)

# %% [markdown]
# ### How interest fades
#
# Share won by the days since the lead's last own action, as they were at its first score. Beside it stands what the
# grid in force says of waiting: after how many days half of a rule's points are gone (`half_gone`). That number was
# written and signed, not measured, so it has no interval. If leads silent for a month still convert as others do, the
# grid forgets too fast; if they hardly do, too slowly. `leadscore grid learn` measures half-lives by event type.

# %%
table("inactivity").round(3)

# %% [markdown]
# ### What may not be read as an effect
#
# Sales works whom the score puts first. A higher conversion of worked leads is therefore no proof that working
# helps: the leads were better to begin with. Only `exploration` was drawn by chance, and in so small a market it is
# too few for a number. That is an answer too.

# %%
worked = table("working", "share_worked", "difference")
pd.concat([worked, table("exploration", "conversion_marked")], ignore_index=True).round(3)

# %% [markdown]
# ## Where should hot begin?
#
# Working a lead as hot costs `call_cost_eur`, a win is worth `win_value_eur`. A call pays from the chance on at which
# both are equal; warm likewise with `nurture_cost_eur`. The only question left is at which *score* that chance begins.
# By the scale alone it would be a fixed score. But probabilities drift, so the review recalibrates them first:
#
#     log-odds of a win = intercept + slope * log-odds as issued
#
# Slope 1 and intercept 0 would mean that the scores held. A lead is called once, so the line is drawn through each
# lead's best look of each quarter. It is followed through the quarters, which gives it a posterior: a most likely line
# and how far it may be off, as a 2 x 2 covariance of slope and intercept.

# %%
proposal = json.loads((page.parent / "proposal.json").read_text("utf-8"))
curve = Platt.from_dict(proposal["curve"])
deviation = np.sqrt(np.diag(curve.covariance))
line = pd.DataFrame(
    {"value": [curve.slope, curve.intercept], "held": [1.0, 0.0]}, index=["slope", "intercept"]
)
line["low"], line["high"] = line["value"] - 1.96 * deviation, line["value"] + 1.96 * deviation
print(f"{proposal['n_looks']:,} looks at {proposal['n_leads']:,} leads, {proposal['n_won']:,} won")
print(f"behind the line: {curve.n:,} best looks, {curve.n_won:,} of them won, worth "
      f"{curve.effective_weight:,.0f} independent ones after forgetting")  # fmt: skip
line[["value", "low", "high", "held"]].round(3)

# %% [markdown]
# A thousand lines drawn from that posterior show what it means for the scores. The band is where 95 % of the lines
# lie; where a line crosses the chance that pays is where hot would begin if that line were true.

# %%
scale = Scale.from_dict(seen(workspace, settings).training["scale"])
pays = proposal["hot"]["probability"]
points = np.arange(30.0, 81.0)
z = log_odds(scale.probability(points))
lines = curve.draws(1_000, seed=settings.seed)
chances = 1 / (1 + np.exp(-(lines[:, 1:] + lines[:, :1] * z)))
band = pd.DataFrame(
    {
        "score": points, "as issued": scale.probability(points), "recalibrated": curve.apply(scale.probability(points)),
        "low": np.percentile(chances, 2.5, axis=0), "high": np.percentile(chances, 97.5, axis=0),
    }
)  # fmt: skip
best = proposal["hot"]["best"]
print(f"a call pays from a chance of {pays:.1%} on")
print(f"it begins at {best['value']:.1f} points, 95 % {best['low']:.1f} to {best['high']:.1f}, "
      f"n = {best['n']:,} leads, {best['n_won']:,} won; in force: {proposal['hot']['in_force']:g}")  # fmt: skip

# %%
x = alt.X("score:Q", title="score as issued [points]").scale(domain=[30, 80])
both = band.melt("score", ["as issued", "recalibrated"], "line", "chance")
area = alt.Chart(band).mark_area(opacity=0.25, color=BLUE).encode(
    x=x, y=alt.Y("low:Q", title="chance of a win").axis(format="%"), y2="high:Q"
)  # fmt: skip
curves = alt.Chart(both).mark_line().encode(
    x=x, y=alt.Y("chance:Q"),
    color=alt.Color("line:N", title=None).scale(domain=["recalibrated", "as issued"], range=[BLUE, GREY]),
)  # fmt: skip
paying = alt.Chart(pd.DataFrame({"p": [pays]})).mark_rule(color=ORANGE, strokeDash=[4, 4])
marks = pd.DataFrame(
    {"score": [proposal["hot"]["in_force"], best["value"]], "what": ["in force", "best"]}
)
cuts = alt.Chart(marks).mark_rule(strokeWidth=2).encode(
    x=x, color=alt.Color("what:N", title=None).scale(domain=["in force", "best"], range=["#444", ORANGE])
)  # fmt: skip
alt.layer(area, curves, paying.encode(y="p:Q"), cuts).resolve_scale(color="independent").properties(
    width=460, height=280
)

# %% [markdown]
# ### A partial step
#
# The best cut is an estimate, and whoever follows every estimate all the way moves thresholds to and fro. So the
# review asks the same drawn lines: in how many of them does moving all the way gain money on the leads in between?
# That share is `p_gain`. At 0.5 the move gains as often as it loses and nothing moves; at 1 the step goes all the
# way; in between it goes `2 * p_gain - 1` of it, in whole points. Below `min_step_probability`, or by less than
# `dead_band_points`, there is no step at all: "no change" is an answer. No step is longer than `largest_step_points`.

# %%
rules = settings.thresholds
steps = pd.DataFrame(
    [
        {
            "tier": cut["tier"], "in force": cut["in_force"], "best": cut["best"]["value"],
            "low": cut["best"]["low"], "high": cut["best"]["high"], "n": cut["best"]["n"], "won": cut["best"]["n_won"],
            "p_gain": cut["p_gain"], "share": 2 * cut["p_gain"] - 1,
            "by hand": round(cut["in_force"] + (2 * cut["p_gain"] - 1) * (cut["best"]["value"] - cut["in_force"])),
            "proposed": cut["proposed"], "verdict": cut["verdict"],
        }
        for cut in (proposal["hot"], proposal["warm"])
    ]
)  # fmt: skip
print(proposal["sentence"])
print(f"a step needs p_gain of {rules.min_step_probability}, {rules.dead_band_points:g} to "
      f"{rules.largest_step_points:g} points")  # fmt: skip
steps.round(3)

# %% [markdown]
# ## What would other thresholds have meant?
#
# The report has two sliders; here are the same figures in Python. They replay the same leads under other thresholds
# and guess nothing: not how a call changes the chance of winning, and not what another market would have done. Each
# difference is drawn on the same resamples of leads, so it is narrower than two intervals side by side would suggest.

# %%
what_if = proposed(workspace, settings, seen(workspace, settings)).what_if
in_force = Thresholds(hot=proposal["hot"]["in_force"], warm=proposal["warm"]["in_force"])
wanted = Thresholds(hot=proposal["hot"]["proposed"], warm=proposal["warm"]["proposed"])


def consequences(at):
    """Return what thresholds would have meant, beside those in force."""
    words = {row.key: row.words for row in what_if.rows}
    for effect in what_if.effects(at):
        yield {
            "what": words[effect.what], "unit": effect.unit,
            "in force": effect.in_force.value, "then": effect.considered.value,
            "difference": effect.difference.value, "low": effect.difference.low, "high": effect.difference.high,
            "n": effect.difference.n, "won": effect.difference.n_won,
        }  # fmt: skip


print(
    f"hot from {in_force.hot:g} to {wanted.hot:g}, warm from {in_force.warm:g} to {wanted.warm:g}"
)
pd.DataFrame(consequences(wanted)).round(2)


# %% [markdown]
# One slider, moved from end to end: profit of calling the hot by where hot begins. The replay's own best point chases
# noise, as the width of the band says; that is why the cut comes from the line above and the replay only has a veto.


# %%
def profit(hot):
    """Return the profit of calling the hot at one cut, with its interval."""
    effects = {effect.what: effect for effect in what_if.effects(Thresholds(hot=hot, warm=0.0))}
    found = effects["call_profit"].considered
    volume = effects["hot"].considered.value
    return {
        "hot from": hot, "leads a week": volume, "EUR a week": found.value, "low": found.low,
        "high": found.high, "n": found.n,
    }  # fmt: skip


profits = pd.DataFrame([profit(float(hot)) for hot in range(30, 91, 2)])
x = alt.X("hot from:Q", title="hot from this score on [points]").scale(domain=[30, 90])
range_ = alt.Chart(profits).mark_area(opacity=0.25, color=BLUE).encode(
    x=x, y=alt.Y("low:Q", title="profit of calling the hot [EUR a week]"), y2="high:Q"
)  # fmt: skip
middle = alt.Chart(profits).mark_line(color=BLUE).encode(x=x, y="EUR a week:Q")
marks = pd.DataFrame({"hot from": [in_force.hot, wanted.hot], "what": ["in force", "proposed"]})
at = alt.Chart(marks).mark_rule(strokeWidth=2).encode(
    x=x, color=alt.Color("what:N", title=None).scale(domain=["in force", "proposed"], range=["#444", ORANGE])
)  # fmt: skip
(range_ + middle + at).properties(width=460, height=260)

# %% [markdown]
# Who would change tier, by each lead's last look, and how many of those were won:

# %%
moves = pd.DataFrame([vars(move) for move in what_if.moves(wanted)])
moves.loc[(moves["n"] > 0) & (moves["tier_in_force"] != moves["tier_considered"])]

# %% [markdown]
# ## Signing
#
# A proposal changes nothing by itself. It names the hashes of its evidence, bundle and grids, its settings and the
# decision it was made under; edited or stale, it is refused. Approving appends a line to `config/decisions.yaml`.

# %%
before = score.run(workspace, settings)
signature = Signature("head of sales", "a call pays from here on", "2026-06-28")
signed = approve(workspace, settings, page.with_name("proposal.json"), signature)
after = score.run(workspace, settings)
pd.DataFrame([told(before), told(after)], index=["before", "after"])

# %% [markdown]
# Scores and probabilities are the same: a decision moves tiers only. Both partitions stay; the decision's id tells
# them apart, and a later review takes the last one issued for a date.

# %%
two = read_partition(before).merge(read_partition(after), on="lead_id", suffixes=("_before", "_after"))  # fmt: skip
assert (two["score_before"] == two["score_after"]).all()
pd.crosstab(two["tier_before"], two["tier_after"])

# %% [markdown]
# ## Taking it back
#
# A decision is never deleted. Reverting appends a further line that brings the thresholds before back, and the next
# scores carry its id. So what was in force on any past day can be told, and by whom it was signed.

# %%
revert(workspace, settings, Signature("head of sales", "sales drowned", "2026-06-29"))
revert_day = export.observed_until + pd.Timedelta(days=1)
back = score.run(workspace, settings, as_of=revert_day)
pd.DataFrame([told(after), told(back)], index=["signed", "taken back"])

# %%
columns = ["id", "decided_on", "by", "hot", "warm", "reverts", "reason"]
pd.DataFrame([each.model_dump() for each in signed_decisions(root)])[columns]

# %%
folder.cleanup()

# %% [markdown]
# Where this is written: tables in [review/quarter](../src/leadscore/review/quarter), the proposal in
# [review/proposal.py](../src/leadscore/review/proposal.py), the step in
# [scoring/cutting.py](../src/leadscore/scoring/cutting.py). What was tried beyond this, also what failed:
# [docs/experiments.md](../docs/experiments.md).
