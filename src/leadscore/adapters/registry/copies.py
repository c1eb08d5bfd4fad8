"""Local copies of promoted bundles, `models/registry/SOURCE/SHA12`: whole, and checked before they are parsed."""

from __future__ import annotations

import shutil
from pathlib import Path

from leadscore.adapters.bundle import Bundle, read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import sha256_of, whole_folder
from leadscore.domain.errors import InputError

CARD = "model_card.md"


def home_of(workspace: Workspace, source: str, sha256: str) -> Path:
    """Return the folder of a promoted bundle: `bundle` in it, and its model card."""
    return workspace.folders["registry"] / source / sha256[:12]


def read_exactly(folder: Path, sha256: str) -> Bundle:
    """Read a bundle that must be the one signed: the manifest's hash first, then every member's.

    Raises
    ------
    InputError
        ``missing-file``, ``other-bundle``, or as `bundle.read_bundle`.
    """
    manifest = folder / "manifest.json"
    fix = "restore the copy, or `leadscore promote` a bundle"
    if not manifest.is_file():
        raise InputError("missing-file", "the bundle is not there", file=manifest, fix=fix)
    found = sha256_of(manifest)
    if found != sha256:
        told = f"sha256 {found[:12]}, the signed one is {sha256[:12]}"
        raise InputError("other-bundle", told, file=manifest, fix=fix)
    return read_bundle(folder)


def is_kept(workspace: Workspace, source: str, sha256: str) -> bool:
    """Tell whether a whole, undamaged copy lies here."""
    try:
        read_exactly(home_of(workspace, source, sha256) / "bundle", sha256)
    except InputError:
        return False
    return True


def keep(workspace: Workspace, source: str, sha256: str, *, taken_from: Path) -> Bundle:
    """Copy a bundle whole to its home and read it there; a card that lies there stays.

    Only the manifest's members are copied, so that nothing else that came with them is kept.
    """
    members = ["manifest.json", *read_exactly(taken_from, sha256).manifest["members"]]
    home = home_of(workspace, source, sha256)
    with whole_folder(home) as filling:
        (filling / "bundle").mkdir()
        for name in members:
            shutil.copyfile(taken_from / name, filling / "bundle" / name)
        read_exactly(filling / "bundle", sha256)
        if (home / CARD).is_file():
            shutil.copyfile(home / CARD, filling / CARD)
    return read_exactly(home / "bundle", sha256)


def keep_card(workspace: Workspace, source: str, sha256: str, text: str) -> Path:
    """Write the card beside the bundle, whose hash it does not touch."""
    path = home_of(workspace, source, sha256) / CARD
    filling = path.with_name(f".{CARD}")
    filling.write_text(text, encoding="utf-8", newline="")
    return filling.replace(path)
