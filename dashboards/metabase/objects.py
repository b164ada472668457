"""What a Metabase should hold: bodies whose ids of other objects are still names, and their fingerprints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Model = Literal["collection", "card", "dashboard"]
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands in a body for the id that Metabase gives to another of our objects."""

    key: str


@dataclass(frozen=True, slots=True)
class Desired:
    """One object as it should be; `key` is ours and stays when Metabase changes its ids."""

    key: str
    model: Model
    body: Body


def resolve(body: Any, ids: Mapping[str, int]) -> Any:
    """The body with ids in place of names; what has no id yet becomes None."""
    if isinstance(body, Ref):
        return ids.get(body.key)
    if isinstance(body, Mapping):
        return {name: resolve(value, ids) for name, value in body.items()}
    if isinstance(body, list | tuple):
        return [resolve(value, ids) for value in body]
    return body


def fingerprint(body: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
