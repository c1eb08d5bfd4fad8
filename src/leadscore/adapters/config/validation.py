"""A YAML file against a settings model: all faults at once, each with its line and its mend."""

from __future__ import annotations

import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from leadscore.adapters.config.yaml_strict import KeyPath, Lines
from leadscore.domain.errors import InputError, nearest

Model = TypeVar("Model", bound=BaseModel)
Origins = dict[KeyPath, tuple[Path, int]]

_OWN_WORDS = {
    "string_type": "must be text (quote it)",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a map of keys",
    "model_type": "must be a map of keys",
    "model_attributes_type": "must be a map of keys",
    "finite_number": "must be a finite number",
}


def origins_of(path: Path, lines: Lines) -> Origins:
    """Return, for every key path of a file, the file and its line."""
    return {key: (path, line) for key, line in lines.items()}


def validated(
    model: type[Model], value: object, origins: Origins, *, code: str, fix: str | None = None
) -> Model:
    """Return `value` as `model`.

    Parameters
    ----------
    model
        A pydantic model that refuses unknown keys.
    value
        Maps, lists and scalars as read from YAML.
    origins
        File and line of each key path.
    code
        Code of the error (`bad-settings`).
    fix
        What to do about it, where the faults themselves do not say.

    Raises
    ------
    InputError
        One error that lists every fault: key, line, what was expected, what came.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = [_fault(model, detail, origins) for detail in error.errors(include_url=False)]
        faults.sort()
        files = list(dict.fromkeys(str(file) for file, _, _ in faults))
        first_file, first_line, _ = faults[0]
        told = [
            text if i == 0 else f"line {line}: {text}" for i, (_, line, text) in enumerate(faults)
        ]
        if len(files) > 1:
            told = [f"{text} ({file})" for (file, _, _), text in zip(faults, told, strict=True)]
        message = "; ".join(told)
        raise InputError(code, message, file=first_file, row=first_line, fix=fix) from None


def _fault(model: type[BaseModel], detail: Any, origins: Origins) -> tuple[str, int, str]:
    # Parts in brackets are pydantic's own or a union's tags: no keys of the file.
    loc = tuple(part for part in detail["loc"] if not str(part).startswith("["))
    file, line = _origin(loc, origins)
    return str(file), line, _words(model, loc, detail)


def _origin(loc: KeyPath, origins: Origins) -> tuple[Path, int]:
    """Return the place of the deepest known part of a key path."""
    for end in range(len(loc), -1, -1):
        if loc[:end] in origins:
            return origins[loc[:end]]
    return next(iter(origins.values()))


def _words(model: type[BaseModel], loc: KeyPath, detail: Any) -> str:
    key = ".".join(str(part) for part in loc)
    kind = detail["type"]
    if kind == "extra_forbidden":
        owner = _model_at(model, loc[:-1])
        known = list(owner.model_fields) if owner is not None else []
        return f"{key}: unknown key; {nearest(str(loc[-1]), known)}"
    if kind == "missing":
        return f"{key}: key missing"
    if kind == "value_error":
        return f"{key}: {detail['ctx']['error']}" if key else str(detail["ctx"]["error"])
    if kind == "literal_error":
        wanted = f"must be one of {detail['ctx']['expected']}"
        close = _close_literal(detail)
        return f"{key}: {wanted}, got {_shown(detail['input'])}{close}"
    if kind == "string_pattern_mismatch":
        wanted = f"must look like {detail['ctx']['pattern']} (lower case, digits, _)"
        return f"{key}: {wanted}, got {_shown(detail['input'])}"
    wanted = _OWN_WORDS.get(kind) or str(detail["msg"]).replace("Input should be", "must be")
    return f"{key}: {wanted}, got {_shown(detail['input'])}"


def _close_literal(detail: Any) -> str:
    known = [
        word
        for word in str(detail["ctx"]["expected"]).split("'")
        if word.strip(" ,") not in ("", "or")
    ]
    hint = nearest(str(detail["input"]), known)
    return f"; {hint}" if hint.startswith("did") else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _model_at(model: type[BaseModel], loc: KeyPath) -> type[BaseModel] | None:
    """Return the model that owns the keys below `loc`, following fields, maps and lists."""
    here: Any = model
    for part in loc:
        here = _bare(here)
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            if field is None:
                return None
            here = field.annotation
        else:
            inner = typing.get_args(here)
            if not inner:
                return None
            here = inner[-1]
    here = _bare(here)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Return an annotation without Annotated and without `| None`; of several, the model."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        inner = [_bare(a) for a in typing.get_args(annotation) if a is not type(None)]
        maps = [a for a in inner if isinstance(a, type) and issubclass(a, BaseModel)]
        return next(iter(maps or inner), annotation)
    return annotation
