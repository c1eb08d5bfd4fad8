"""The page: bars, tables, pictures and raw figures, written from what was measured."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.quality import automl, bars, plots, rolling
from benchmarks.quality.figures import Gap, Judged, Opinion
from benchmarks.quality.learning import Cell
from benchmarks.quality.ours import BLEND, PARTS
from benchmarks.quality.rolling import Way
from leadscore.adapters.files import to_json
from leadscore.metrics import Figure

LIBRARIES = ("lightgbm", "scikit-learn", "catboost", "flaml", "xgboost")
SHOWN = ("brier", "auc", "ap", "lift", "ece", "slope")
FORMATS = {"lift": ".2f", "slope": ".2f"}


@dataclass(frozen=True)
class Results:
    """Everything that was measured.

    Attributes
    ----------
    curves
        Cells by set, with what they were judged on in words.
    rolling
        Title and ways by key.
    """

    splits: Sequence[Judged]
    curves: Mapping[str, Sequence[Cell]]
    judged_on: Mapping[str, str]
    rolling: Mapping[str, tuple[str, Sequence[Way]]]
    notes: Sequence[str]

    @property
    def bars(self) -> list[str]:
        """Return every bar as a line."""
        return [
            *bars.splits(self.splits),
            *bars.curves(self.curves),
            *bars.rolling(self.rolling),
        ]


def write(out: Path, results: Results) -> None:
    """Write quality.md, quality.json and the pictures to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    raw = {
        "bars": results.bars,
        "splits": [split.to_dict() for split in results.splits],
        "curves": {name: [asdict(c) for c in cells] for name, cells in results.curves.items()},
        "rolling": {
            key: [{"opinion": w.opinion, "recalibration": w.recalibration, "losses": w.losses.tolist()}
                  for w in found]
            for key, (_, found) in results.rolling.items()
        },
    }  # fmt: skip
    (out / "quality.json").write_text(to_json(plain(raw)), encoding="utf-8")
    (out / "quality.md").write_text(page(results), encoding="utf-8")
    drawn = [split for split in results.splits if split.of(BLEND)]
    if drawn:
        plots.peers(drawn).save(out / "quality.svg")
    if results.curves:
        plots.curves(results.curves).save(out / "quality_curves.svg")
    rolled = {key: told for key, told in results.rolling.items() if rolling.of_interest(told[1])}
    if rolled:
        plots.blocks(rolled).save(out / "quality_rolling.svg")


def plain(value: Any) -> Any:
    """Return the value with six decimals, and None for numbers that JSON has not, such as NaN."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def page(results: Results) -> str:
    """Return the page in Markdown."""
    parts = [_head(results), "## Bars\n", *(f"- {bar}" for bar in results.bars), ""]
    if results.splits:
        parts.append(
            "## The same rows, the same split\n\n"
            "Best first. `± ` is the standard error over leads of the difference to the blend, in brackets "
            "the 95 % interval;\nabove 0 the blend is better. Seconds are of one fit with its predictions.\n\n"
            "![Log loss minus the blend's](quality.svg)\n"
        )
        parts.append(_summary(results.splits))
        parts += [_split(split) for split in results.splits]
    if results.curves:
        parts.append(
            "## Few wins\n\n"
            "Mean log loss by the number of won leads learned from; draws are nested, the judged part is the "
            "same for all\nand learned from by none. `gap` is blend minus its best part, ± its standard error "
            "over draws. The pictures are cut off above; the tables have everything.\n\n"
            "![Learning curves](quality_curves.svg)\n"
        )
        parts += [
            _curve(name, cells, results.judged_on[name]) for name, cells in results.curves.items()
        ]
    if results.rolling:
        parts.append(
            f"## Month by month\n\n{' '.join((rolling.__doc__ or '').split())}\n\n"
            "![Log loss of each block](quality_rolling.svg)\n"
        )
        parts += [_rolling(title, found) for title, found in results.rolling.values()]
    return "\n".join(parts).rstrip() + "\n"


def _head(results: Results) -> str:
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            found.append(f"{library} not installed")
    notes = "".join(f"- {note}\n" for note in results.notes)
    return f"""# The model beside its peers, measured

`make bench-quality` measures everything below in one run and rewrites this page; 95 % intervals over leads.
{os.cpu_count()} cores ({platform.machine()}), shared with other work: CPU seconds count, wall is noise. FLAML's
budget is time on the wall, so on a busy machine it searches less; its CPU seconds say how much. Splits may have been
measured at different hours (`make bench-quality ONLY=part`), all methods of a split after each other.
Python {platform.python_version()}, {", ".join(found)}.

{notes}"""


def _summary(splits: Sequence[Judged]) -> str:
    """Return log losses by method and split; a method ahead of the blend by more than 1 SE is bold."""
    names = dict.fromkeys(o.name for split in splits for o in split.opinions)
    first = [BLEND, *PARTS.values()]
    lines = [
        "| log loss; bold: ahead of the blend by more than 1 SE | "
        + " | ".join(split.title for split in splits)
        + " |",
        "|---" * (len(splits) + 1) + "|",
    ]
    for name in [n for n in first if n in names] + [n for n in names if n not in first]:
        cells = []
        for split in splits:
            if (opinion := split.of(name)) is None:
                cells.append("")
                continue
            told = f"{opinion.figures['log_loss'].value:.4f}"
            gap = opinion.gaps.get("log_loss")
            ahead = gap is not None and gap.figure.value < -gap.se
            cells.append(f"**{told}**" if ahead else told)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _split(split: Judged) -> str:
    truth = split.truth_loss
    told = (
        ""
        if truth is None
        else (
            f" The true probabilities, which know what no event shows, would reach {truth:.4f}; `off the truth` is "
            "the mean distance from them by tenths of the rows."
        )
    )
    lines = [
        f"### {split.title}\n",
        f"{split.n:,} leads judged, {split.n_won:,} won; {split.columns} columns; a fit learns from "
        f"{split.learned:,} rows.{told}\n",
        "| method | log loss | minus blend | Brier | AUC | AP | lift, top 10 % | ECE | slope | CPU s | wall s |"
        + (" off the truth |" if any(o.off_truth is not None for o in split.opinions) else ""),
        "|---" * (12 if any(o.off_truth is not None for o in split.opinions) else 11) + "|",
    ]
    lines += [_row(opinion) for opinion in split.opinions]
    lines += [f"\n{name}: {why}." for name, why in split.missing.items()]
    return "\n".join(lines) + "\n"


def _row(opinion: Opinion) -> str:
    gap = opinion.gaps.get("log_loss")
    cells = [
        f"**{opinion.name}**" if opinion.name == BLEND else opinion.name,
        _figure(opinion.figures["log_loss"]),
        "" if gap is None else _gap(gap),
        *(_shown(opinion.figures[m].value, FORMATS.get(m, ".4f")) for m in SHOWN),
        "" if opinion.cpu is None else f"{opinion.cpu:.1f}",
        "" if opinion.wall is None else f"{opinion.wall:.1f}",
    ]
    if opinion.off_truth is not None:
        cells.append(f"{opinion.off_truth:.4f}")
    return f"| {' | '.join(cells)} |"


def _shown(value: float, how: str) -> str:
    return format(value, how) if math.isfinite(value) else "-"


def _figure(figure: Figure) -> str:
    return f"{figure.value:.4f} [{figure.low:.4f}, {figure.high:.4f}]"


def _gap(gap: Gap) -> str:
    f = gap.figure
    return f"{f.value:+.4f} ± {gap.se:.4f} [{f.low:+.4f}, {f.high:+.4f}]"


def _curve(name: str, cells: Sequence[Cell], judged_on: str) -> str:
    names = sorted({opinion for cell in cells for opinion in cell.means})
    first = [BLEND, *PARTS.values()]
    names = [n for n in first if n in names] + [n for n in names if n not in first]
    head = " | ".join(f"{cell.wins}" for cell in cells)
    lines = [
        f"### {name}\n",
        f"{judged_on}; {max(cell.repeats for cell in cells)} draws.\n",
        f"| won leads | {head} |",
        "|---" * (len(cells) + 1) + "|",
        "| leads | " + " | ".join(f"{cell.leads:,}" for cell in cells) + " |",
    ]
    for opinion in names:
        values = [cell.means.get(opinion) for cell in cells]
        shown = ["" if v is None else f"{v:.4f}" for v in values]
        lines.append(f"| {opinion} | {' | '.join(shown)} |")
    lines.append("| best part | " + " | ".join(c.best_part.split(": ")[1] for c in cells) + " |")
    lines.append("| gap | " + " | ".join(f"{c.gap:+.4f} ± {c.se:.4f}" for c in cells) + " |")
    others = [n for n in names if n not in first]
    for opinion in others:
        gaps = [c.gaps.get(opinion) for c in cells]
        shown = ["" if g is None else f"{g[0]:+.4f} ± {g[1]:.4f}" for g in gaps]
        lines.append(f"| blend minus {opinion} | {' | '.join(shown)} |")
    if automl.NAME in others:
        lines.append(f"\n{automl.NAME} was run at one size, with fewer draws and less time.")
    return "\n".join(lines) + "\n"


def _rolling(title: str, found: Sequence[Way]) -> str:
    names = (rolling.NONE, rolling.ALL, rolling.ONE, rolling.FOLLOWED)
    lines = [
        f"### {title}\n",
        f"Mean over {len(found[0].losses)} blocks of a block's log loss, by recalibration.\n",
        f"| fitted before each block | {' | '.join(names)} |",
        "|---" * (len(names) + 1) + "|",
    ]
    for opinion, means in rolling.shown(found):
        name = f"**{opinion}**" if opinion == BLEND else opinion
        lines.append(f"| {name} | {' | '.join(f'{means[way]:.4f}' for way in names)} |")
    plain = rolling.named(found, PARTS["trees"], rolling.NONE)
    for how in (rolling.FOLLOWED, rolling.ONE):
        ours = rolling.named(found, BLEND, how)
        if ours is not None and plain is not None:
            value, se = rolling.gap(ours, plain)
            lines.append(
                f"\nBlend, {how}, minus trees that are not recalibrated: {value:+.4f} ± {se:.4f} over blocks."
            )
    return "\n".join(lines) + "\n"
