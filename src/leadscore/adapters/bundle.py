"""The bundle: a scorer as a folder of text files with a manifest of hashes. No pickle.

Every hash is checked before any file is parsed: damaged LightGBM text kills the process that reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from leadscore.adapters.config.grids import read_bundled
from leadscore.adapters.files import sha256_of, to_json, whole_folder
from leadscore.adapters.sealed import is_sealed, read_manifest, sealed
from leadscore.domain.errors import InputError
from leadscore.scoring.blend.levels import NO_LEVELS, Levels
from leadscore.scoring.blend.linear import NO_LINE, Linear
from leadscore.scoring.blend.parts import Parts
from leadscore.scoring.blend.stack import TREES_ALONE, Weights
from leadscore.scoring.calibration import GridCurve, Platt
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.model import Trees
from leadscore.scoring.reasons import Typical
from leadscore.scoring.reference import Usual
from leadscore.scoring.scale import Scale
from leadscore.scoring.scorer import Model, Scorer

FORMAT = 4
# 1: trees alone; 2: no levels of segments; 3: no facts of features, no typical values, no checksum of the manifest
READ = (1, 2, 3, 4)
Golden = tuple[np.ndarray, np.ndarray]
_FIX = "run `leadscore train` again, or restore the bundle it came from"
_GOLDEN_TOLERANCE = 1e-9  # another processor may round the last bits otherwise
_KINDS = {".json", ".txt", ".yaml"}
_LIBRARIES = ("lightgbm", "numpy")


@dataclass(frozen=True)
class Bundle:
    """A scorer read from disk, its hash (of the manifest), its manifest, what was typical in training, its folder."""

    scorer: Scorer
    sha256: str
    manifest: dict[str, Any]
    typical: tuple[Typical, ...]
    folder: Path

    @property
    def usual(self) -> tuple[Usual, ...]:
        """How leads' properties were in training; empty in a bundle that does not tell."""
        return tuple(Usual.from_dict(column) for column in self.manifest.get("usual", ()))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Libraries that are newer here than where the bundle was trained; the golden rows scored the same."""
        trained: dict[str, str] = self.manifest.get("libraries", {})
        return tuple(
            f"{name} {version(name)} is newer than the {was} of the training; the golden rows score the same"
            for name, was in sorted(trained.items())
            if name in _LIBRARIES and _parts(version(name)) > _parts(was)
        )


def write_bundle(
    folder: Path, scorer: Scorer, *, grid_source: Any, golden: Golden, about: dict[str, Any],
    typical: Sequence[Typical] = (),
) -> str:  # fmt: skip
    """Write a scorer as text; return the manifest's sha256.

    Parameters
    ----------
    grid_source
        The grid file's plain content, as it was read; of several ``{grids: [...]}``.
    golden
        Encoded rows and grid points, whose probabilities are kept and checked when the bundle is read.
    about
        Where it comes from: data hashes, window borders, gates. Plain values, no times of day.
    typical
        Typical values of the features, with which reasons compare; of a scorer with a model.
    """
    files = {
        "grid.yaml": yaml.safe_dump(grid_source, allow_unicode=True, sort_keys=False),
        "scorer.json": to_json(
            {
                "opinion": scorer.opinion,
                "base_rate": scorer.base_rate,
                "grid_curve": scorer.grid_curve.to_dict(),
                "scale": scorer.scale.to_dict(),
            }
        ),
    }
    if scorer.model is not None:
        files |= _of_model(scorer.model, golden)
        files["typical.json"] = to_json([one.to_dict() for one in typical])
    with whole_folder(folder) as filling:
        for name, text in files.items():
            (filling / name).write_text(text, encoding="utf-8", newline="")
        manifest = {
            "format": FORMAT,
            "libraries": {name: version(name) for name in _LIBRARIES},
            "trees_sha256": scorer.model.trees.sha256 if scorer.model is not None else None,
            "members": {name: sha256_of(filling / name) for name in sorted(files)},
            **about,
        }
        (filling / "manifest.json").write_text(sealed(manifest), encoding="utf-8", newline="")
        return sha256_of(filling / "manifest.json")


def _of_model(model: Model, golden: Golden) -> dict[str, str]:
    rows, points = golden
    return {
        "model.txt": model.trees.text,
        "encoder.json": to_json(model.encoder.to_dict()),
        "logistic.json": to_json(model.parts.linear.to_dict()),
        "calibration.json": to_json(
            {
                "platt": model.platt.to_dict(),
                "rounds": model.trees.rounds,
                "weights": model.weights.to_dict(),
                "curve": model.parts.curve.to_dict(),
                "levels": model.levels.to_dict(),
            }
        ),
        "golden.json": to_json(
            {
                "rows": [[None if np.isnan(v) else float(v) for v in row] for row in rows],
                "points": [float(p) for p in points],
                "probability": [float(p) for p in model.probability_of(rows, points)],
            }
        ),
    }


def read_bundle(folder: Path) -> Bundle:
    """Check every hash, then parse, then re-score the golden rows.

    Raises
    ------
    InputError
        ``missing-file``, ``bad-json``, ``bundle-format``, ``bundle-damaged`` or ``bundle-golden``.
    """
    path = folder / "manifest.json"
    manifest = read_manifest(path, fix="run `leadscore train` first")
    _refuse_format(path, manifest)
    if manifest["format"] >= 4 and not is_sealed(path, manifest):
        raise _damaged(path, "the manifest does not fit its own checksum")
    _check_members(folder, manifest)
    try:
        scorer, typical = _parse(folder), _typical(folder)
        _refuse_nonsense(folder, scorer)
        _check_golden(folder, scorer)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        told = f"the members fit their hashes and make no scorer: {error!r}"
        raise _damaged(folder, told) from error
    return Bundle(scorer, sha256_of(path), manifest, typical, folder)


def _damaged(path: Path, told: str) -> InputError:
    return InputError("bundle-damaged", told, file=path, fix=_FIX)


def _refuse_format(path: Path, manifest: Any) -> None:
    found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
    if type(found) is int and found > FORMAT:
        raise InputError(
            "bundle-format",
            f"a bundle of format {found} needs a newer leadscore; this one reads up to {FORMAT}",
            file=path,
            fix="update leadscore, or run `leadscore train` again with this one",
        )
    if type(found) is not int or found not in READ:
        known = f"{', '.join(map(str, READ[:-1]))} or {FORMAT}"
        raise InputError(
            "bundle-format", f"expected format {known}, got {found}", file=path, fix=_FIX
        )


def _check_members(folder: Path, manifest: dict[str, Any]) -> None:
    members = manifest.get("members")
    if not isinstance(members, dict) or not {"grid.yaml", "scorer.json"} <= set(members):
        raise _damaged(folder / "manifest.json", "the manifest lists no members")
    for name, expected in sorted(members.items()):
        path = folder / name
        if Path(name).name != name or path.is_symlink() or not path.is_file():
            raise _damaged(path, "a member is missing or no plain file")
        if path.suffix not in _KINDS:
            raise _damaged(path, f"a member is no text ({', '.join(sorted(_KINDS))})")
        if sha256_of(path) != expected:
            raise _damaged(path, "sha256 differs from the manifest's")
    extra = {p.name for p in folder.iterdir()} - set(members) - {"manifest.json"}
    if extra:
        raise _damaged(folder, f"files not in the manifest: {', '.join(sorted(extra))}")


def _parse(folder: Path) -> Scorer:
    plain = json.loads((folder / "scorer.json").read_text(encoding="utf-8"))
    model = None
    if (folder / "model.txt").exists():
        model = _model(folder)
    grid = read_bundled(folder / "grid.yaml")
    return Scorer(
        plain["opinion"],
        model,
        grid,
        GridCurve.from_dict(plain["grid_curve"]),
        plain["base_rate"],
        Scale.from_dict(plain["scale"]),
    )


def _typical(folder: Path) -> tuple[Typical, ...]:
    path = folder / "typical.json"
    if not path.exists():  # formats 1 to 3, and a scorer without a model
        return ()
    return tuple(Typical.from_dict(one) for one in json.loads(path.read_text(encoding="utf-8")))


def _model(folder: Path) -> Model:
    def plain(name: str) -> Any:
        return json.loads((folder / name).read_text(encoding="utf-8"))

    told = plain("calibration.json")
    encoder = Encoder.from_dict(plain("encoder.json"))
    trees = Trees((folder / "model.txt").read_text(encoding="utf-8"), told["rounds"])
    platt = Platt.from_dict(told["platt"])
    if not (folder / "logistic.json").exists():  # format 1: trees alone
        curve = GridCurve.from_dict(plain("scorer.json")["grid_curve"])
        return Model(Parts(encoder, curve, NO_LINE, trees), TREES_ALONE, platt, NO_LEVELS)
    curve, line = GridCurve.from_dict(told["curve"]), Linear.from_dict(plain("logistic.json"))
    levels = Levels.from_dict(told["levels"]) if "levels" in told else NO_LEVELS
    weights = Weights.from_dict(told["weights"])
    return Model(Parts(encoder, curve, line, trees), weights, platt, levels)


def _check_golden(folder: Path, scorer: Scorer) -> None:
    if scorer.model is None:
        return
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    rows = np.array(
        [[np.nan if v is None else v for v in row] for row in golden["rows"]], dtype=np.float64
    )
    expected = np.array(golden["probability"])
    if "points" in golden:
        found = scorer.model.probability_of(rows, np.array(golden["points"], dtype=np.float64))
    else:  # format 1
        found = scorer.model.trees.predict(rows)
    worst = float(np.abs(found - expected).max(initial=0.0))
    if worst > _GOLDEN_TOLERANCE:
        raise InputError(
            "bundle-golden",
            f"golden rows score differently here: {worst:.2g} apart, {_GOLDEN_TOLERANCE:g} allowed",
            file=folder / "golden.json",
            fix="use the locked LightGBM version (`uv sync --frozen`)",
        )


def _refuse_nonsense(folder: Path, scorer: Scorer) -> None:
    """Refuse curves that would turn an order round, or leave 0 to 1."""
    lines: dict[str, list[GridCurve | Platt]] = {"scorer.json": [scorer.grid_curve]}
    if scorer.model is not None:
        lines["calibration.json"] = [scorer.model.platt, scorer.model.parts.curve]
    for name, curves in lines.items():
        for curve in curves:
            if not (np.isfinite([curve.slope, curve.intercept]).all() and curve.slope >= 0):
                told = f"a calibration of slope {curve.slope:g} and intercept {curve.intercept:g}"
                raise _damaged(folder / name, f"{told} keeps no order of leads")
    if not 0 <= scorer.base_rate <= 1:
        raise _damaged(folder / "scorer.json", f"a base rate of {scorer.base_rate:g}")


def _parts(told: str) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", told.split("+")[0])[:3])
