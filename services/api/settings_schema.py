"""Checks a destination's settings against the JSON Schema of its integration, and masks what is secret in them.

The integration's own model has the last word when it is tested or used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import extend

from shared.errors import Invalid
from shared.secrets import MASK

Document = dict[str, Any]
Schema = Mapping[str, Any]

_ADDRESSES = frozenset({"url", "host", "address", "ip"})


class InvalidSettings(Invalid):
    """Says what is most probably wrong; `every` names each wrong field once."""

    def __init__(self, first: Invalid, every: Sequence[Invalid]) -> None:
        super().__init__(str(first), first.field)
        self.every = tuple(every)


def check(schema: Schema, settings: Document) -> None:
    """Raises InvalidSettings; its sentences never quote a value."""
    found = list(_Validator(schema).iter_errors(settings))
    if wrong := best_match(found):
        each = {one.field: one for one in (_invalid(best_match([error])) for error in found)}
        raise InvalidSettings(_invalid(wrong), list(each.values()))


def _invalid(wrong: ValidationError) -> Invalid:
    field = _field(wrong)
    return Invalid(f"{field} {_SENTENCES.get(str(wrong.validator), _unfit)(wrong)}", field)


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
    """Also of parts within parts: a secret must not follow those to another host either."""
    found = {str(value) for key, value in settings.items() if any(word in key.lower() for word in _ADDRESSES)}
    inner = [_hosts(value) for value in settings.values() if isinstance(value, dict)]
    return {urlsplit(value).hostname or value for value in found}.union(*inner)


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


def _field(wrong: ValidationError) -> str:
    """`settings.login.user`; of a missing or unknown field its own name, not that of its parent."""
    path = [str(part) for part in wrong.absolute_path]
    if wrong.validator == "required":
        path.append(next(name for name in wrong.validator_value if name not in wrong.instance))
    elif wrong.validator == "additionalProperties":
        path.append(next(name for name in wrong.instance if name not in wrong.schema.get("properties", {})))
    return ".".join(["settings", *path])


def _choices(wrong: ValidationError) -> str:
    allowed = wrong.validator_value if wrong.validator == "enum" else [wrong.validator_value]
    return f"must be one of {', '.join(map(str, allowed))}"


def _kind(wrong: ValidationError) -> str:
    kind = str(wrong.validator_value)
    return f"must be {'an' if kind[0] in 'aio' else 'a'} {kind}"


def _unfit(_wrong: ValidationError) -> str:
    return "does not have the form that is asked for"


def _bound(words: str, unit: str = "") -> Callable[[ValidationError], str]:
    return lambda wrong: f"{words} {wrong.validator_value}{unit}"


_SENTENCES: dict[str, Callable[[ValidationError], str]] = {
    "required": lambda _: "is missing",
    "additionalProperties": lambda _: "is not known here",
    "type": _kind,
    "enum": _choices,
    "const": _choices,
    "minimum": _bound("must be at least"),
    "maximum": _bound("must be at most"),
    "exclusiveMinimum": _bound("must be more than"),
    "exclusiveMaximum": _bound("must be less than"),
    "minLength": _bound("needs at least", " characters"),
    "maxLength": _bound("may have at most", " characters"),
    "minItems": _bound("needs at least", " entries"),
    "maxItems": _bound("may have at most", " entries"),
}


def _pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    # JSON Schema's $ is the very end; Python's also stands before a last line break.
    if isinstance(instance, str) and (instance.endswith("\n") or not re.search(pattern, instance)):
        yield ValidationError("pattern")


def _one_of(validator: Any, options: Any, instance: object, schema: Schema) -> Iterator[ValidationError]:
    """What names its own kind is compared with that kind alone, so that its error tells what is wrong with it."""
    kinds: Schema = schema.get("discriminator", {})
    if not kinds or not isinstance(instance, dict):
        yield from Draft202012Validator.VALIDATORS["oneOf"](validator, options, instance, schema)
        return
    name, known = kinds["propertyName"], kinds["mapping"]
    kind = instance.get(name)
    if name not in instance:
        yield ValidationError("required", validator="required", validator_value=[name], instance=instance)
    elif isinstance(kind, str) and kind in known:
        yield from validator.descend(instance, {"$ref": known[kind]})
    else:
        yield ValidationError("enum", validator="enum", validator_value=list(known), instance=kind, path=[name])


_Validator = extend(Draft202012Validator, {"pattern": _pattern, "oneOf": _one_of})
