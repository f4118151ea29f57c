"""Checks a destination's settings against the JSON Schema of its integration, and masks what is secret in them.

Only what pydantic writes into a schema is understood; the integration's own model has the last word when it is tested
or used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.errors import Invalid
from shared.secrets import MASK

Document = dict[str, Any]
Schema = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_ADDRESSES = frozenset({"url", "host", "address", "ip"})


def check(schema: Schema, settings: Document) -> None:
    """Raises Invalid with one sentence for the first thing that is wrong."""
    _value(schema, settings, "settings", schema)


def masked(schema: Schema, settings: Document) -> Document:
    """The settings with every secret that is set replaced by the mask."""
    shown: Document = _map_secrets(schema, settings, schema, lambda value, _path: MASK if value else value)
    return shown


def unmasked(schema: Schema, settings: Document, stored: Document) -> Document:
    """The settings with every mask replaced by the stored secret.

    Raises Invalid when the address changed: a secret must not follow the settings to another host unasked.
    """

    def keep(value: object, path: tuple[str, ...]) -> object:
        if value != MASK:
            return value
        old: Any = stored
        for key in path:
            old = old.get(key) if isinstance(old, dict) else None
        if old is None or _hosts(settings) != _hosts(stored):
            raise Invalid("Type the secret again: the mask is kept only for the same address", ".".join(path))
        return old

    kept: Document = _map_secrets(schema, settings, schema, keep)
    return kept


def _hosts(settings: Document) -> set[str]:
    found = {str(value) for key, value in settings.items() if any(word in key.lower() for word in _ADDRESSES)}
    return {urlsplit(value).hostname or value for value in found}


def _map_secrets(
    schema: Schema, value: Any, root: Schema, change: Callable[[Any, tuple[str, ...]], Any], path: tuple[str, ...] = ()
) -> Any:
    if _is_secret(schema, root):
        return change(value, path)
    if not isinstance(value, dict):
        return value
    fields = _fields(schema, root)
    return {
        key: _map_secrets(fields[key], item, root, change, (*path, key)) if key in fields else item
        for key, item in value.items()
    }


def _variants(schema: Schema, root: Schema) -> list[Schema]:
    """The schema itself, or what it may be instead, references resolved."""
    if "$ref" in schema:
        target: Any = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        return _variants(target, root)
    options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    return [variant for option in options for variant in _variants(option, root)] if options else [schema]


def _is_secret(schema: Schema, root: Schema) -> bool:
    found = [schema, *_variants(schema, root)]
    return any(variant.get("writeOnly") or variant.get("format") == "password" for variant in found)


def _fields(schema: Schema, root: Schema) -> dict[str, Schema]:
    return {key: field for variant in _variants(schema, root) for key, field in variant.get("properties", {}).items()}


def _value(schema: Schema, value: Any, path: str, root: Schema) -> None:
    variants = _variants(schema, root)
    if len(variants) == 1:
        return _one(variants[0], value, path, root)
    problems: list[Invalid] = []
    for variant in variants:
        try:
            return _one(variant, value, path, root)
        except Invalid as problem:
            problems.append(problem)
    # The problem that lies deepest belongs to the variant that was meant.
    raise max(problems, key=lambda problem: len(problem.field or ""))


def _one(schema: Schema, value: Any, path: str, root: Schema) -> None:
    kind = schema.get("type")
    if kind in _TYPES and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        raise Invalid(f"{path} must be {'an' if kind[0] in 'aio' else 'a'} {kind}", path)
    allowed = [schema["const"]] if "const" in schema else schema.get("enum")
    if allowed is not None and value not in allowed:
        raise Invalid(f"{path} must be one of {', '.join(map(str, allowed))}", path)
    if isinstance(value, str):
        _text(schema, value, path)
    elif isinstance(value, dict):
        _object(schema, value, path, root)
    elif isinstance(value, list):
        _size(schema, len(value), path, "Items", "entries")
        for index, item in enumerate(value):
            _value(schema.get("items", {}), item, f"{path}.{index}", root)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _number(schema, value, path)


def _number(schema: Schema, value: float, path: str) -> None:
    bounds: tuple[tuple[str, str, Callable[[float, float], bool]], ...] = (
        ("minimum", "at least", lambda v, b: v >= b),
        ("maximum", "at most", lambda v, b: v <= b),
        ("exclusiveMinimum", "more than", lambda v, b: v > b),
        ("exclusiveMaximum", "less than", lambda v, b: v < b),
    )
    for key, words, holds in bounds:
        if key in schema and not holds(value, schema[key]):
            raise Invalid(f"{path} must be {words} {schema[key]}", path)


def _text(schema: Schema, value: str, path: str) -> None:
    _size(schema, len(value), path, "Length", "characters")
    # JSON Schema's $ is the very end; Python's also stands before a last line break.
    if "pattern" in schema and (value.endswith("\n") or not re.search(schema["pattern"], value)):
        raise Invalid(f"{path} does not have the form that is asked for", path)
    if schema.get("format") == "uri" and not urlsplit(value).netloc:
        raise Invalid(f"{path} must be a URL such as https://host/path", path)


def _size(schema: Schema, size: int, path: str, suffix: str, words: str) -> None:
    if size < schema.get(f"min{suffix}", 0):
        raise Invalid(f"{path} needs at least {schema[f'min{suffix}']} {words}", path)
    if size > schema.get(f"max{suffix}", size):
        raise Invalid(f"{path} may have at most {schema[f'max{suffix}']} {words}", path)


def _object(schema: Schema, value: Document, path: str, root: Schema) -> None:
    fields: Mapping[str, Schema] = schema.get("properties", {})
    extra = schema.get("additionalProperties", not fields)
    for name in schema.get("required", ()):
        if name not in value:
            raise Invalid(f"{path}.{name} is missing", f"{path}.{name}")
    for name, item in value.items():
        if name in fields:
            _value(fields[name], item, f"{path}.{name}", root)
        elif extra is False or (fields and extra is not True and not isinstance(extra, dict)):
            raise Invalid(f"{path}.{name} is not known here", f"{path}.{name}")
        elif isinstance(extra, dict):
            _value(extra, item, f"{path}.{name}", root)
