"""The command line's ground: the app, the options all verbs share, and how a verb speaks.

Heavy imports stand inside the verbs, so that ``--help`` costs nothing (0.3 s of CPU at most).
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from leadscore.adapters.catalog import Workspace
    from leadscore.domain.settings import Settings

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
    help="Which open leads would be won if sales worked them now, why, and from which score is it worth a call?",
)


grid_app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The manual grid: check, test on a lead, lint, compare, replay, learn from outcomes.",
)
app.add_typer(grid_app, name="grid")


@dataclass
class _Place:
    """What the options before the verb said."""

    root: Path = field(default_factory=Path)
    profiles: list[str] = field(default_factory=list)
    raw: Path | None = None
    config: Path | None = None


_place = _Place()


@app.callback()
def place(
    root: Annotated[
        Path, typer.Option(help="Project folder with params.yaml and config/.")
    ] = Path(),
    profile: Annotated[
        list[str] | None,
        typer.Option(help="Settings overlay config/profiles/NAME.yaml; repeatable."),
    ] = None,
    raw: Annotated[
        Path | None, typer.Option(help="Folder of the CRM export, instead of source.raw_dir.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Project folder to take params.yaml and config/ from; outputs still go to --root."
        ),
    ] = None,
) -> None:
    """Take the options all verbs share."""
    _place.root, _place.profiles = root, profile or []
    _place.raw, _place.config = raw, config


def opened() -> tuple[Workspace, Settings]:
    """Return the project's folders and its settings, as the options before the verb ask."""
    from leadscore.adapters.catalog import Workspace
    from leadscore.adapters.decisions import end_unsettled

    settings = _settings()
    if _place.raw is not None:
        source = settings.source.model_copy(update={"raw_dir": str(_place.raw.absolute())})
        settings = settings.model_copy(update={"source": source})
    config = _place.config or _place.root
    end_unsettled(config)
    return Workspace(_place.root, config), settings


def claimed() -> tuple[Path, str]:
    """Return the project's folder and its source's name, without the seconds that `opened` costs."""
    return _place.root, _settings().source.name


def _settings() -> Settings:
    from leadscore.adapters.config.params import load_settings

    config = _place.config or _place.root
    overlays = [config / "config/profiles" / f"{name}.yaml" for name in _place.profiles]
    return load_settings(config / "params.yaml", overlays)


def command(verb: str, *words: object) -> str:
    """Return a command line to copy: a verb with the options that this one was called with."""
    from shlex import join

    given = [] if _place.root == Path() else ["--root", str(_place.root)]
    given += [word for name in _place.profiles for word in ("--profile", name)]
    given += [] if _place.config is None else ["--config", str(_place.config)]
    return join(["leadscore", *given, verb, *map(str, words)])


def say(text: str) -> None:
    """Print one line; where it goes may be full, which costs no run."""
    try:
        typer.echo(text)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # what waits to be written goes there too, when the process ends
        os.close(nowhere)


@contextmanager
def working(text: str) -> Iterator[None]:
    """Show on a terminal that work goes on; elsewhere say nothing."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(text):
            yield
    else:
        yield


def show(renderable: object) -> None:
    """Print a screen of `rich`, at least 100 columns wide."""
    from rich.console import Console

    console = Console()
    Console(width=max(console.width, 100)).print(renderable)


def count_leads(done: int, wanted: int) -> None:
    """Show on a terminal how many leads are done; nothing is written where nobody looks."""
    if sys.stderr.isatty():
        typer.echo(f"\r  {done:,} of {wanted:,} leads", err=True, nl=done >= wanted)
