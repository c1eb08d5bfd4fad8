# %% [markdown]
# # A first look: does a model beat the points grid?
#
# A small simulated CRM of 1,000 leads goes through the same doors as the pipeline: ingest, snapshot,
# train, evaluate. Everything is written to a temporary folder; the project is only read.
# Words in use here are explained in [GLOSSARY.md](../GLOSSARY.md).

# %%
import tempfile
from pathlib import Path

import altair as alt
import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.crm_export import write_export
from leadscore.metrics import row_rate
from leadscore.simulation.world import default_world
from leadscore.stages import evaluate, ingest, snapshot, train

alt.renderers.enable("png")  # drawn here, so that a chart needs no net
HERE = Path.cwd()
PROJECT = next(place for place in (HERE, *HERE.parents) if (place / "params.yaml").exists())
settings = load_settings(PROJECT / "params.yaml")
folder = tempfile.TemporaryDirectory(prefix="leadscore-first-look-")
workspace = Workspace(root=Path(folder.name), config=PROJECT)

# %% [markdown]
# ## A CRM export
#
# Six CSV files, as a CRM would give them: who the leads are, what they did, how it ended.

# %%
raw = workspace.root / settings.source.raw_dir
written = write_export(
    default_world(), raw, workspace.folders["truth"], n_leads=1_000, seed=settings.seed
)
pd.Series(written, name="rows").to_frame()

# %%
export = ingest.run(workspace, settings)
export.outcomes["status"].value_counts().to_frame()

# %% [markdown]
# ## Looks at leads through time
#
# Each Monday, each open lead, as it was known on that day. The label says whether the lead was won
# within the horizon; where the horizon is not over yet there is no label, and the look never trains.

# %%
counts = snapshot.run(workspace, settings)
looks = workspace.table("snapshots", "snapshots")
print(f"{counts['looks']:,} looks, {counts['mature']:,} mature, {counts['won']:,} won")
looks[["lead_id", "as_of", "age_days", "grid_points", "label", "is_mature"]].head()

# %% [markdown]
# ## Two opinions, judged on later weeks
#
# The grid adds points by rules; the model learns from outcomes. Both were turned into probabilities
# before the last window began, so neither has seen the weeks it is judged on. Every figure has its
# number of leads and a 95 % interval that resamples leads, not rows.

# %%
trained = train.run(workspace, settings)
compared = evaluate.run(workspace, settings)
figures = compared.figures.loc[
    compared.figures["metric"].isin(["log_loss", "roc_auc", "lift_top_decile"])
]
figures[["metric", "opinion", "value", "low", "high", "n", "n_won"]].sort_values(
    ["metric", "opinion"], ignore_index=True
).round(3)

# %% [markdown]
# Twenty or thirty won leads in the last window are few, and the intervals say so. Hence the gates: until
# a model has shown enough, the calibrated grid leads, and where even that shows nothing, the base rate.

# %%
print(f"in the lead: {trained.verdict.opinion}")
pd.DataFrame([vars(gate) for gate in trained.verdict.gates])

# %% [markdown]
# ## Are the probabilities true?
#
# Fifths of the last window's looks by probability, against the share that was won. On the dashed line
# promise and outcome agree; a bar that misses it is a promise not kept.

# %%
evidence = workspace.table("evidence", "evidence")
test = evidence.loc[evidence["window"] == "test"]


def fifths(opinion, column):
    """Return one row a fifth: mean probability, share won, 95 % interval over leads."""
    place = pd.qcut(test[column].rank(method="first"), 5, labels=False)
    for _, group in test.groupby(place):
        won = row_rate(group["label"], cluster=group["lead_id"])
        yield {"opinion": opinion, "mean_p": group[column].mean(), **vars(won)}


groups = pd.DataFrame([*fifths("model", "p_model"), *fifths("grid", "p_grid")])
groups[["opinion", "mean_p", "value", "low", "high", "n", "n_won"]].round(3)

# %%
top = float(max(groups["high"].max(), groups["mean_p"].max()))
axis = alt.Scale(domain=[0, top])
x = alt.X("mean_p:Q", title="mean probability", scale=axis).axis(format="%")
y = alt.Y("low:Q", title="share won within the horizon", scale=axis).axis(format="%")
colour = alt.Color("opinion:N", title=None).scale(
    domain=["model", "grid"], range=["#2f7fc1", "#c86a00"]
)
diagonal = (
    alt.Chart(pd.DataFrame({"p": [0.0, top]}))
    .mark_line(color="#8a8f98", strokeDash=[4, 4])
    .encode(x=alt.X("p:Q", scale=axis), y=alt.Y("p:Q", scale=axis))
)
bars = alt.Chart(groups).mark_rule(strokeWidth=2).encode(x=x, y=y, y2="high:Q", color=colour)
dots = (
    alt.Chart(groups)
    .mark_point(filled=True, size=60, opacity=1)
    .encode(x=x, y=alt.Y("value:Q", scale=axis), color=colour)
)
(diagonal + bars + dots).properties(width=420, height=320)

# %%
folder.cleanup()

# %% [markdown]
# What was tried beyond this, with its figures and what failed: [docs/experiments.md](../docs/experiments.md).
# With the full demo, `make demo`, the evidence is twenty times as large.
