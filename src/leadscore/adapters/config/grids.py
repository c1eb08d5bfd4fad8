"""Reads a grid file: every fault at its line and column, all of them in one error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leadscore.adapters.config.yaml_strict import load_yaml, load_yaml_with_places
from leadscore.domain.errors import InputError
from leadscore.domain.rules import Grid
from leadscore.domain.settings import GridSettings
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.grid.several import AnyGrid, grids_of, together
from leadscore.scoring.grid.versions import refuse_unversioned
from leadscore.scoring.grid.vocabulary import Vocabulary


@dataclass(frozen=True)
class GridFiles:
    """The grids in force, in the order in which they are asked, and the files they were read from."""

    paths: tuple[Path, ...]
    grid: AnyGrid

    def plain(self) -> object:
        """Return what the files hold, as a bundle keeps it."""
        sources = [load_yaml(path) for path in self.paths]
        return sources[0] if len(sources) == 1 else {"grids": sources}


def read_grid(path: Path, *, vocabulary: Vocabulary | None = None) -> Grid:
    """Return the grid of a file.

    Parameters
    ----------
    vocabulary
        The names of the source the grid is for; names it does not have are refused then.

    Raises
    ------
    InputError
        As `adapters.config.yaml_strict.load_yaml` and `scoring.grid.parse_grid`.
    """
    value, lines, columns = load_yaml_with_places(Path(path))
    return parse_grid(value, file=path, lines=lines, columns=columns, vocabulary=vocabulary)


def read_grids(config: Path, settings: GridSettings) -> GridFiles:
    """Return the grids in force: those of `grid.others`, each for whom it serves, then `grid.file`.

    Raises
    ------
    InputError
        As `read_grid`, or ``duplicate-grid`` and ``bad-order``.
    """
    paths = [config / name for name in (*settings.others, settings.file)]
    return GridFiles(tuple(paths), together([read_grid(path) for path in paths]))


def read_bundled(path: Path) -> AnyGrid:
    """Return the grid or grids of a bundle's `grid.yaml`."""
    value = load_yaml(path)
    if isinstance(value, dict) and set(value) == {"grids"}:
        return together([parse_grid(one, file=path) for one in value["grids"]])
    return parse_grid(value, file=path)


def refuse_changed_in_place(files: GridFiles, bundle: Path) -> None:
    """Refuse a grid that differs from the one of the last training and has no later version.

    Parameters
    ----------
    files
        The grids in force; each is held against the trained one of its name.
    bundle
        Folder of the last training's bundle. Where none is, or where its grid cannot be read,
        nothing is known of the past and nothing refused: the training replaces it.

    Raises
    ------
    InputError
        ``version-not-raised``.
    """
    try:
        trained = {grid.name: grid for grid in grids_of(read_bundled(bundle / "grid.yaml"))}
    except InputError:
        return
    for file, grid in zip(files.paths, grids_of(files.grid), strict=True):
        if (old := trained.get(grid.name)) is None:
            continue
        _, lines, columns = load_yaml_with_places(file)
        place = (lines.get(("version",)), columns.get(("version",)))
        against = "the grid of the last training"
        refuse_unversioned(old, grid, file=file, place=place, against=against)
