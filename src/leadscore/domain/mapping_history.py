"""Which files of an export tell the history of which property, and whether the mapping agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from leadscore.domain.errors import nearest
from leadscore.domain.mapping_files import Column, File

Form = Literal["changes with old values", "changes", "versions"]
"""One row is one change of a field, with the value before it or without; or one state of a lead."""


def form_of(file: File) -> Form | None:
    """Return how a file tells histories; None if it tells none."""
    roles = {c.role for c in file.columns.values()}
    if "valid_from" in roles:
        return "versions"
    if "field" in roles:
        return "changes with old values" if "old_value" in roles else "changes"
    return None


def told_by(file: File) -> list[str]:
    """Return the properties whose history a file tells, as often as it names them."""
    form = form_of(file)
    if form == "versions":
        return [c.name for c in file.properties().values() if c.name is not None]
    if form is None:
        return []
    field = next(c for c in file.columns.values() if c.role == "field")
    return list(dict.fromkeys(field.values.values()))  # noqa: PD011  # a setting, no table


def only_in_history(files: Mapping[str, File], own: Mapping[str, Column]) -> dict[str, Column]:
    """Return the properties of files of versions that are not among the leads' `own`."""
    found: dict[str, Column] = {}
    for _, column in _of_versions(files):
        if column.name is not None and column.name not in own:
            found.setdefault(column.name, column.model_copy(update={"known": "history"}))
    return found


def history_faults(
    files: Mapping[str, File], declared: Mapping[str, Column], *, shape: str
) -> list[str]:
    """Return where files of changes and declared properties contradict each other.

    Parameters
    ----------
    files
        Files by name, those without history too.
    declared
        Columns of all properties by name (`SourceMapping.property_columns`).
    shape
        Of the export; without dates there is no history.
    """
    faults = []
    forms: dict[str, set[Form]] = {}
    for place, file in files.items():
        form = form_of(file)
        if form is None:
            continue
        if shape == "wide":
            faults.append(
                f"files.{place}: shape `wide` looks at a lead once; a history needs `dated` or `events`"
            )
        for name, n in Counter(told_by(file)).items():
            forms.setdefault(name, set()).add(form)
            if n > 1:
                faults.append(f"files.{place}: two columns have the name `{name}`")
            if name not in declared:
                faults.append(
                    f"files.{place}: `{name}` is no property of the leads; {nearest(name, declared)}"
                )
            elif declared[name].known != "history":
                faults.append(
                    f"files.{place} tells the history of `{name}`: declare it `known: history` in "
                    "the file of the leads"
                )
    faults += [
        f"the history of `{name}` is told in two ways ({', '.join(sorted(told))}); take one"
        for name, told in forms.items()
        if len(told) > 1
    ]
    faults += [
        f"property `{name}` has `known: history`, but no file tells it: a column of role `field` "
        "with its word in `values`, or a property of that name beside `valid_from`"
        for name, column in declared.items()
        if column.known == "history" and name not in forms
    ]
    return [*faults, *_version_faults(files, declared)]


def _version_faults(files: Mapping[str, File], declared: Mapping[str, Column]) -> list[str]:
    """Return where columns of versions say what only the file of the leads may say."""
    faults = []
    for place, column in _of_versions(files):
        named = f"files.{place}: `{column.name}`"
        first = declared[str(column.name)]
        if column.kind != first.kind:
            faults.append(f"{named} is of kind `{column.kind}` here and `{first.kind}` elsewhere")
        if "known" in column.model_fields_set and column.known != "history":
            faults.append(f"{named} stands beside `valid_from`: it can only be `known: history`")
        if (column.label, column.excluded) not in ((first.label, first.excluded), (None, None)):
            faults.append(f"{named} has another `label` or `excluded` elsewhere; say it there only")
        if column.is_private and not first.is_private:
            faults.append(f"{named} is private here and not elsewhere; say `is_private` there too")
    return faults


def _of_versions(files: Mapping[str, File]) -> Iterator[tuple[str, Column]]:
    for place, file in files.items():
        if form_of(file) == "versions":
            yield from ((place, column) for column in file.properties().values())
