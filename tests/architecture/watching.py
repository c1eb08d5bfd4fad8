"""What a stage really reads: settings that remember their keys, and the files opened meanwhile."""

import builtins
import io
from contextlib import contextmanager
from pathlib import Path
from typing import get_args, get_origin

import pyarrow.parquet as pq
import pytest

from leadscore.domain.settings import Settings
from leadscore.domain.strict import Strict

WHOLE = ("model_dump", "model_dump_json", "model_copy")  # whoever calls these reads every key
CODE_OR_ITS_CACHE = {".py", ".pyc", ".nbi", ".nbc"}  # numba's caches lie beside the sources


def watched(settings: Settings):
    """Return the same settings, and the set that fills with the dotted names read from them."""
    seen: set[str] = set()
    return _watched(settings, "", seen), seen


def _watched(block, prefix, seen):
    kind = type(block)

    class Watched(kind):
        def __getattribute__(self, name):
            if name in kind.model_fields:
                seen.add(prefix + name)
            if name in WHOLE:
                seen.update(leaves(kind, prefix))
            return super().__getattribute__(name)

    values = {
        name: _watched(value, f"{prefix}{name}.", seen) if isinstance(value, Strict) else value
        for name, value in dict(block).items()
    }
    return Watched.model_construct(**values)


def leaves(block=Settings, prefix=""):
    """Return the dotted names of all settings below a block."""
    for name, field in block.model_fields.items():
        kinds = [k for k in (field.annotation, *get_args(field.annotation)) if isinstance(k, type)]
        inner = next((kind for kind in kinds if issubclass(kind, Strict)), None)
        if inner is None or get_origin(field.annotation) is list:  # a list is one value
            yield prefix + name
        else:
            yield from leaves(inner, f"{prefix}{name}.")


def keys_read(seen):
    """Return the narrowest names read: a section only where it was taken as a whole."""
    return {name for name in seen if not any(other.startswith(f"{name}.") for other in seen)}


@contextmanager
def files_read(*roots):
    """Give a set that fills with the files read below the roots, as paths from their root.

    It sees what Python's `open` and Parquet read. Folders being filled (their name starts with a
    dot), modules and their caches are left out.
    """
    read: set[str] = set()

    def note(path, mode="r", *_, **__):
        if isinstance(path, str | Path) and not set(mode) & set("wax+"):
            for root in (root for root in roots if Path(path).absolute().is_relative_to(root)):
                name = Path(path).absolute().relative_to(root)
                hidden = any(part.startswith(".") for part in name.parts)
                if not hidden and name.suffix not in CODE_OR_ITS_CACHE:
                    read.add(str(name))

    def noting(opener, *fixed):
        def call(path, *args, **kwargs):
            note(path, *(fixed or args[:1]), **{k: v for k, v in kwargs.items() if k == "mode"})
            return opener(path, *args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(io, "open", noting(io.open))
        patch.setattr(builtins, "open", noting(builtins.open))
        patch.setattr(pq, "read_table", noting(pq.read_table, "r"))
        yield read
