"""How right the bot rules are: on the demo, on harder mail as others have measured it, and in effect.

Run `leadscore simulate` and `leadscore ingest` first. The harder mail is made here: scanners by a
published log of 836 bursts, people by the assumptions written beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.domain.settings import BotSettings, Settings
from leadscore.history.bots import RULES, flags
from leadscore.history.log import EventLog
from leadscore.metrics import log_loss, paired_difference, roc_auc
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.snapshots import take
from leadscore.scoring.training import train

ROOT = Path(__file__).resolve().parents[1]
TYPES = ("email_clicked", "email_opened", "email_sent")
WORDS = {"Email clicked": "email_clicked"}
Rng = np.random.Generator
Row = tuple[str, float, str, str, str]
"""Lead, seconds after the send, type, link, who did it."""
ALONE = {
    "instant_click_seconds": None,
    "unopened_click_seconds": None,
    "burst_seconds": None,
    "instant_open_seconds": None,
}
VARIANTS: Sequence[Mapping[str, int | None]] = (
    {},
    *({**ALONE, "instant_click_seconds": n} for n in (2, 5, 10, 30, 60)),
    *({**ALONE, "unopened_click_seconds": n} for n in (10, 60, 300)),
    *(
        {**ALONE, "burst_links": k, "burst_seconds": n}
        for k, n in ((2, 0), (2, 3), (3, 3), (3, 10), (5, 10))
    ),
    {"instant_click_seconds": 60},
    {"unopened_click_seconds": 300},
    {"burst_links": 2},
)


def log_of(rows: pd.DataFrame) -> tuple[EventLog, npt.NDArray[np.object_]]:
    """Return a log of e-mail events and who did each, in the log's order."""
    log = EventLog.from_table(rows.assign(value=np.nan), rows["lead_id"].unique())
    lead = np.repeat(log.lead_ids, np.diff(log.start))
    link = np.array([*log.subjects, ""], dtype=object)[log.subject_code]
    kind = np.array(log.types, dtype=object)[log.type_code]
    second = rows["occurred_at"].astype("datetime64[us, UTC]").astype("int64") // 1_000_000
    keys = [rows["lead_id"].astype(object), second, rows["type"].astype(object)]
    known = pd.MultiIndex.from_arrays([*keys, rows["subject"].astype(object)])
    robots = known[(rows["by"] != "person").to_numpy()]
    by = pd.Series(rows["by"].to_numpy(), index=known)
    here = pd.MultiIndex.from_arrays([lead, log.time, kind, link])
    first = by[~by.index.duplicated()].reindex(here).to_numpy(dtype=object)
    return log, np.where(here.isin(robots), first, "person")


def demo(workspace: Workspace) -> pd.DataFrame:
    """Return the demo's e-mail events, and by whom: the truth the simulator wrote."""
    events = pd.read_parquet(workspace.folders["tables"] / "events.parquet")
    mail = events.loc[events["type"].isin(TYPES)].drop(columns="value")
    robots = pd.read_parquet(workspace.folders["truth"] / "bots.parquet")
    robots = robots.assign(type=robots["type"].map(WORDS), by="scanner")
    known = mail.merge(robots, on=["lead_id", "occurred_at", "type", "subject"], how="left")
    return known.assign(by=known["by"].fillna("person"))


def hard_mail(n: int, seed: int) -> pd.DataFrame:
    """Return one message to each of `n` leads; 3 in 10 lie behind a scanner of one of three kinds."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for i in range(n):
        lead = f"L{i:06d}"
        rows.append((lead, 0.0, "email_sent", "News", "person"))
        kind = rng.choice(["", "sweep", "walker", "probe"], p=[0.7, 0.16, 0.07, 0.07])
        if kind:
            rows += _scanner(rng, lead, kind)
        rows += _person(rng, lead)
    table = pd.DataFrame(rows, columns=["lead_id", "at", "type", "subject", "by"])
    start = pd.Timestamp("2026-01-05 09:00", tz="UTC")
    at = start + pd.to_timedelta(np.floor(table.pop("at")), unit="s")
    return table.assign(occurred_at=at.astype("datetime64[us, UTC]")).drop_duplicates(
        ["lead_id", "occurred_at", "type", "subject"]
    )


def _scanner(rng: Rng, lead: str, kind: str) -> list[Row]:
    """Draw one scan: when it starts as craft-campaign measured (GitHub thread 546: 836 bursts, 2026).

    A sweep clicks 3 to 10 links within a second after an open of its own (96 %, median 9 s); a
    walker takes a second a link (mautic, GitHub thread 9798); a probe clicks a single link.
    """
    edges = np.array([1, 10, 20, 60, 300, 1_800, 86_400], dtype=float)
    step = rng.choice(6, p=np.array([0.5, 2.2, 66.4, 28.3, 1.9, 0.7]) / 100)
    start = float(np.exp(rng.uniform(np.log(edges[step]), np.log(edges[step + 1]))))
    opens = float(rng.lognormal(np.log(9), 0.8))
    rows: list[Row] = []
    if kind == "sweep" and rng.random() < 0.96 and opens < start:
        rows.append((lead, opens, "email_opened", "News", kind))
    links = 1 if kind == "probe" else int(rng.integers(3, 11))
    gap = 1.0 if kind == "walker" else 0.8 / links
    return rows + [(lead, start + gap * k, "email_clicked", f"/{k}", kind) for k in range(links)]


def _person(rng: Rng, lead: str) -> list[Row]:
    """Draw a person: 1 in 4 clicks, 3 in 10 of these with pictures blocked, so without an open.

    Reading starts after 2 hours (median; 1 in 100 within the first minute); 1 in 4 clicks more than
    one link, 12 seconds apart (median; 2 in 100 within a second and a half), 1 in 20 clicks twice.
    """
    if rng.random() > 0.25:
        return []
    at = 6 + float(rng.lognormal(np.log(7_200), 2.0))
    rows: list[Row] = []
    if rng.random() > 0.3:
        rows.append((lead, at, "email_opened", "News", "person"))
    at += 2 + float(rng.lognormal(np.log(15), 1.0))
    for link in rng.permutation(10)[: rng.choice([1, 2, 3, 4], p=[0.75, 0.15, 0.06, 0.04])]:
        rows.append((lead, at, "email_clicked", f"/{link}", "person"))
        if rng.random() < 0.05:
            rows.append((lead, at + 1, "email_clicked", f"/{link}", "person"))
        at += float(rng.lognormal(np.log(12), 1.0))
    return rows


def judged(rows: pd.DataFrame, rules: BotSettings) -> list[str]:
    """Return a Markdown table: right and missed clicks, of each rule and of other thresholds."""
    log, by = log_of(rows)
    is_click = log.type_code == log.types.index("email_clicked")
    robot = is_click & (by != "person")
    kinds = [kind for kind in ("sweep", "walker", "probe") if (by == kind).any()]
    lines = [
        f"{int(is_click.sum()):,} clicks, {int(robot.sum()):,} by robots",
        "| rules | flagged | precision | people's clicks lost | recall |"
        + "".join(f" {kind} |" for kind in kinds),
        "|---|---|---|---|---|" + "---|" * len(kinds),
    ]
    for changes in VARIANTS:
        variant = rules.model_copy(update=dict(changes))
        bits = flags(log, variant, declared=TYPES)
        parts = {"all": bits > 0}
        if not changes:
            parts |= {rule: (bits >> i & 1) > 0 for i, rule in enumerate(RULES[:3])}
        for name, hit in parts.items():
            words = ", ".join(f"{k} {v}" for k, v in changes.items() if v is not None) or name
            lines.append(_line(words, hit & is_click, robot, is_click & ~robot, by, kinds))
    return lines


def _line(
    words: str,
    hit: npt.NDArray[np.bool_],
    robot: npt.NDArray[np.bool_],
    person: npt.NDArray[np.bool_],
    by: npt.NDArray[np.object_],
    kinds: Sequence[str],
) -> str:
    n = int(hit.sum())
    right = f"{(hit & robot).sum() / n:.4f}" if n else "-"
    each = "".join(f" {hit[robot & (by == kind)].mean():.3f} |" for kind in kinds)
    lost, found = hit[person].mean(), hit[robot].mean()
    return f"| {words} | {n:,} | {right} | {lost:.4f} | {found:.4f} |{each}"


def effect(workspace: Workspace, settings: Settings) -> list[str]:
    """Return what the screen changes in the test window: on minus off, resampling leads."""
    file = ROOT / settings.grid.file
    grid, until = parse_grid(load_yaml(file), file=file), workspace.observed_until()
    tests = []
    for enabled in (True, False):
        bots = settings.bots.model_copy(update={"enabled": enabled})
        chosen = settings.model_copy(update={"bots": bots})
        taken = take(workspace.sources(), grid, chosen, shape=workspace.shape(), until=until)
        trained = train(taken.snapshots, taken.features, grid, chosen, until=until)
        evidence = trained.evidence
        tests.append(evidence.loc[evidence["window"] == "test"].reset_index(drop=True))
    on, off = tests
    hidden = pd.read_parquet(workspace.folders["truth"] / "truth_leads.parquet")
    scanned = on["lead_id"].isin(hidden.loc[hidden["is_scanned"], "lead_id"]).to_numpy()
    lines = ["| leads | opinion | log loss, on - off | ROC AUC, on - off | leads | won |"]
    lines.append("|---|---|---|---|---|---|")
    for name, rows in {
        "all": np.ones(len(on), bool),
        "scanned": scanned,
        "others": ~scanned,
    }.items():
        for opinion in ("p_model", "p_grid"):
            gaps = [
                paired_difference(
                    metric, on["label"][rows], on[opinion][rows], off[opinion][rows],
                    lower_is_better=lower, cluster=on["lead_id"][rows].to_numpy(object),
                    n_resamples=settings.review.bootstrap, seed=settings.seed,
                ).figure
                for metric, lower in ((log_loss, True), (roc_auc, False))
            ]  # fmt: skip
            told = " | ".join(f"{g.value:+.4f} [{g.low:+.4f}, {g.high:+.4f}]" for g in gaps)
            lines.append(f"| {name} | {opinion[2:]} | {told} | {gaps[0].n:,} | {gaps[0].n_won:,} |")
    return lines


def main() -> int:
    """Print the three tables."""
    settings, workspace = load_settings(ROOT / "params.yaml"), Workspace(ROOT, ROOT)
    print("## The demo\n", *judged(demo(workspace), settings.bots), sep="\n")
    print("\n## Harder mail\n", *judged(hard_mail(40_000, settings.seed), settings.bots), sep="\n")
    print("\n## Effect on the demo\n", *effect(workspace, settings), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
