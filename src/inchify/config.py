"""Strict settings: YAML files as frozen dataclasses.

Each component defines its settings dataclass; this file only fills them. Unknown keys and wrong
types are ``ValueError``s that name the key and what is allowed. A field typed as a union of
dataclasses picks one by its ``kind``. ``base: other.yaml`` in a file names the file (beside it)
that it differs from; a list of files is merged in its order.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from inchify.setting_aliases import current_fields

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Read the settings of a file with its chain of ``base`` files.

    Args:
        path: A YAML file; the files that its ``base`` names are beside it.

    Returns:
        Plain data, the bases merged and without ``base``.

    Raises:
        ValueError: A file is missing or not YAML, or its bases form a circle; the message names it.
    """
    return _read_chain(Path(path), ())


def _read_chain(path: Path, visited: tuple[Path, ...]) -> dict[str, Any]:
    import yaml

    path = path.resolve()
    if path in visited:
        raise ValueError(f"{path}: 'base' files form a circle")
    if not path.is_file():
        raise ValueError(f"{path}: there is no such configuration file")
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: this is not YAML: {error}") from error
    if not isinstance(settings, dict):
        raise ValueError(f"{path}: expected 'key: value' lines, got a {type(settings).__name__}")
    bases = settings.pop("base", [])
    merged: dict[str, Any] = {}
    for base in [bases] if isinstance(bases, str) else bases:
        merged = merge(merged, _read_chain(path.parent / base, (*visited, path)))
    return merge(merged, settings)


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Merge ``changes`` into ``base``, key by key; another ``kind`` replaces its part."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            other_kind = "kind" in value and value["kind"] != old.get("kind")
            merged[key] = dict(value) if other_kind else merge(old, value)
        else:
            merged[key] = value
    return merged


def override(settings: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """Apply overrides to settings.

    Args:
        settings: Plain data, left unchanged.
        assignments: Overrides of the form ``part.key=value``; values are read as YAML.

    Returns:
        The changed settings.

    Raises:
        ValueError: An override has another form.
    """
    import yaml

    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path.strip():
            raise ValueError(f"'{assignment}': an override must have the form part.key=value")
        change: Any = yaml.safe_load(text) if text.strip() else ""
        for key in reversed(path.strip().split(".")):
            change = {key: change}
        settings = merge(settings, change)
    return dict(settings)


def load(path: str | Path, cls: type[T], assignments: Sequence[str] = ()) -> T:
    """Load a configuration file (with its bases) and overrides as ``cls``.

    Args:
        path: A YAML file; its ``base`` files are merged first.
        cls: The settings dataclass.
        assignments: Overrides of the form ``part.key=value``.

    Raises:
        ValueError: A key is unknown or missing, or a value is wrong; the message names file and
            key.
    """
    try:
        return build(cls, override(read_yaml(path), assignments))
    except ValueError as error:
        message = str(error)
        raise ValueError(message if str(path) in message else f"{path}: {message}") from error


def build(cls: type[T], settings: Mapping[str, Any], where: str = "") -> T:
    """Build the dataclass ``cls`` from plain data; the inverse of ``to_dict``.

    Args:
        cls: The settings dataclass.
        settings: Values by field name; nested dataclasses are nested mappings.
        where: The path of these settings in a file, for error messages.

    Raises:
        ValueError: A key is unknown or missing, or a value is wrong.
    """
    if not isinstance(settings, Mapping):
        raise ValueError(f"{where or cls.__name__}: expected keys and values, got {settings!r}")
    settings = current_fields(cls, settings)
    hints = _hints(typing.cast(Any, cls))
    fields = {item.name: item for item in dataclasses.fields(cls) if item.init}
    unknown = sorted(set(settings) - set(fields))
    if unknown:
        names = ", ".join(f"'{_join(where, key)}'" for key in unknown)
        raise ValueError(f"unknown key {names}; known here: {', '.join(sorted(fields))}")
    values = {
        key: _convert(hints[key], value, _join(where, key)) for key, value in settings.items()
    }
    missing = [
        name
        for name, item in fields.items()
        if name not in values
        and item.default is dataclasses.MISSING
        and item.default_factory is dataclasses.MISSING
    ]
    if missing:
        names = ", ".join(f"'{_join(where, key)}'" for key in missing)
        raise ValueError(f"missing key {names}")
    try:
        return cls(**values)
    except ValueError as error:
        message = str(error)
        raise ValueError(f"{where}: {message}" if where else message) from error


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _join(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _convert(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return value
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _convert_union(arguments, value, where)
    if origin is Literal:
        if value not in arguments or isinstance(value, bool) != isinstance(arguments[0], bool):
            allowed = ", ".join(str(choice) for choice in arguments)
            raise ValueError(f"'{where}' is {value!r}; it must be one of {allowed}")
        return value
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), value, where)
    if origin in (tuple, list):
        return _convert_sequence(origin, arguments, value, where)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise _wrong(where, value, "keys and values")
        return {key: _convert(arguments[1], item, _join(where, key)) for key, item in value.items()}
    return _convert_plain(hint, value, where)


def _convert_union(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in arguments:
        return None
    rest = [hint for hint in arguments if hint is not type(None)]
    if len(rest) == 1:
        return _convert(rest[0], value, where)
    kinds = {kind: cls for cls in rest for kind in typing.get_args(_hints(cls)["kind"])}
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if kind not in kinds:
        raise ValueError(
            f"'{_join(where, 'kind')}' is {kind!r}; it must be one of {', '.join(kinds)}"
        )
    return build(kinds[kind], value, where)


def _convert_sequence(origin: Any, arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    if not isinstance(value, (list, tuple)):
        raise _wrong(where, value, "a list")
    if origin is list or (len(arguments) == 2 and arguments[1] is Ellipsis):
        hints: Sequence[Any] = [arguments[0]] * len(value)
    else:
        hints = arguments
        if len(hints) != len(value):
            raise _wrong(where, value, f"a list of {len(hints)}")
    items = [
        _convert(hint, item, f"{where}[{place}]")
        for place, (hint, item) in enumerate(zip(hints, value, strict=True))
    ]
    return origin(items)


def _convert_plain(hint: Any, value: Any, where: str) -> Any:
    if hint is float:
        # YAML reads 3e-4 as a string: a number without a dot is no float to it.
        if isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                raise _wrong(where, value, "a number") from None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _wrong(where, value, "a number")
        return float(value)
    if hint is int and (isinstance(value, bool) or not isinstance(value, int)):
        raise _wrong(where, value, "a whole number")
    if hint is bool and not isinstance(value, bool):
        raise _wrong(where, value, "true or false")
    if hint is str and not isinstance(value, str):
        raise _wrong(where, value, "text")
    return value


def _wrong(where: str, value: Any, wanted: str) -> ValueError:
    return ValueError(f"'{where}' is {value!r} ({type(value).__name__}); it must be {wanted}")


def to_dict(settings: DataclassInstance) -> dict[str, Any]:
    """Convert a dataclass to plain data for JSON and YAML; ``build`` reads it back.

    Args:
        settings: A settings dataclass, with nested ones.

    Returns:
        Values by field name; tuples become lists.
    """
    return json.loads(json.dumps(dataclasses.asdict(settings)))


def digest(settings: DataclassInstance | Mapping[str, Any]) -> str:
    """Hash settings, so that equal settings have equal hashes.

    Args:
        settings: A settings dataclass or its plain data; the order of keys is ignored.

    Returns:
        Twelve hexadecimal digits of a SHA-256.
    """
    plain = settings if isinstance(settings, Mapping) else to_dict(settings)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
