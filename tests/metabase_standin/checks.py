"""The stand-in's checks of request bodies, in the form of Metabase's: 400 with the name of the field."""

from __future__ import annotations

from typing import Any

from tests.metabase_standin.routing import invalid


def text(body: dict[str, Any], name: str) -> str:
    """A text that must be there and must not be blank."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(**{name: "value must be a non-blank string."})
    return value


def text_or_null(body: dict[str, Any], name: str) -> str | None:
    """A text that may be null or missing, but not blank: an empty description is a 400."""
    return None if body.get(name) is None else text(body, name)


def number_or_null(body: dict[str, Any], name: str, *, least: int = 1) -> int | None:
    """A whole number from `least`, or null."""
    value = body.get(name)
    if value is not None and (type(value) is not int or value < least):
        raise invalid(**{name: f"nullable integer greater than or equal to {least}"})
    return value


def mapping(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that must be there."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise invalid(**{name: "value must be a map."})
    return value


def flag(body: dict[str, Any], name: str) -> bool:
    """True or false."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise invalid(**{name: "value must be a boolean."})
    return value


def one_of(body: dict[str, Any], name: str, allowed: frozenset[str]) -> str:
    """One word of a closed list."""
    value = body.get(name)
    if value not in allowed:
        raise invalid(**{name: f"value must be one of: {', '.join(sorted(allowed))}."})
    return str(value)


def objects(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects; null and missing are the empty list."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise invalid(**{name: "value must be an array of maps."})
    return value
