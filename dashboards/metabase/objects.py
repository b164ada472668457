"""What a Metabase should hold: bodies whose ids of other objects are still names, and their fingerprints."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Model = Literal["collection", "card", "dashboard"]
Body = dict[str, Any]
ENTITY_ID_LETTERS: Final = 21


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

    @property
    def entity_id(self) -> str:
        """The id that travels between Metabase servers, always the same for the same key.

        An id that begins with '-' would be read as an option by Metabase's own command line.
        """
        digest = urlsafe_b64encode(hashlib.sha256(f"hadir/{self.model}/{self.key}".encode()).digest()).decode()
        return f"h{digest[: ENTITY_ID_LETTERS - 1]}"


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
