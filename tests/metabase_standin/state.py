"""What the stand-in remembers: people, groups, content, permissions, and the databases that it may ask."""

from __future__ import annotations

import secrets
import string
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.metabase_standin.routing import FORBIDDEN, NOT_FOUND, Caller, Refused

ALL_USERS, ADMINISTRATORS = 1, 2
ROOT = "root"
NANO_ID = string.ascii_letters + string.digits + "_-"
Thing = dict[str, Any]


def now() -> str:
    """The time as Metabase writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def entity_id() -> str:
    """A new entity id: 21 characters.

    Metabase's own source makes one for each new card, dashboard and collection, whatever the client sends.
    """
    return secrets.choice(string.ascii_letters) + "".join(secrets.choice(NANO_ID) for _ in range(20))


DEFAULT_SETTINGS: dict[str, Any] = {
    "site-name": "Metabase",
    "site-url": None,
    "site-locale": "en",
    "report-timezone": None,
    "start-of-week": "sunday",
    "custom-formatting": {},
    "enable-public-sharing": True,
    "humanization-strategy": "simple",
    "anon-tracking-enabled": True,
    "check-for-updates": True,
    "admin-email": None,
    "email-from-address": "notifications@metabase.com",
    "load-sample-content": True,
    "enable-xrays": True,
    "map-tile-server-url": "https://{s}.tile.openstreetmap.org/{z}/{x}/{y}.png",
}


@dataclass(slots=True)
class StandInState:
    """Everything that a Metabase keeps in its application database.

    Args of note: `version` is the middle number of v0.N; `sync_polls` is how many readings a
    schema sync outlasts; `today` is the server's date for relative filters.
    """

    version: int
    sync_polls: int
    today: date
    setup_token: str | None = field(default_factory=lambda: str(uuid.uuid4()))
    settings: dict[str, Any] = field(default_factory=lambda: dict(DEFAULT_SETTINGS))
    users: dict[int, Thing] = field(default_factory=dict)
    passwords: dict[int, str] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    api_keys: dict[int, Thing] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=lambda: {ALL_USERS: "All Users", ADMINISTRATORS: "Administrators"})
    memberships: dict[int, tuple[int, int]] = field(default_factory=dict)
    collections: dict[int, Thing] = field(default_factory=dict)
    cards: dict[int, Thing] = field(default_factory=dict)
    dashboards: dict[int, Thing] = field(default_factory=dict)
    databases: dict[int, Thing] = field(default_factory=dict)
    tables: dict[int, Thing] = field(default_factory=dict)
    fields: dict[int, Thing] = field(default_factory=dict)
    pulses: dict[int, Thing] = field(default_factory=dict)
    # A new server lets All Users write in the root collection and query every database: who wants less must say so.
    collection_grants: dict[int, dict[str, str]] = field(
        default_factory=lambda: defaultdict(dict, {ALL_USERS: {ROOT: "write"}})
    )
    data_grants: dict[int, dict[int, Thing]] = field(default_factory=lambda: defaultdict(dict))
    collection_revision: int = 0
    data_revision: int = 0
    _last_ids: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def next_id(self, kind: str) -> int:
        """The next number of a kind; numbers are never given twice."""
        self._last_ids[kind] += 1
        return self._last_ids[kind]

    def caller_of(self, session: str | None, key: str | None) -> Caller:
        """Who asks.

        Raises:
            Refused: 401.
        """
        if key is not None:
            for known in self.api_keys.values():
                if secrets.compare_digest(known["unmasked_key"], key):
                    return self.as_caller(known["user_id"])
        if session is not None and session in self.sessions:
            return self.as_caller(self.sessions[session])
        raise Refused(401, "Unauthenticated")

    def as_caller(self, user_id: int) -> Caller:
        """The user with the groups that he is in; everybody is in All Users."""
        groups = {group for member, group in self.memberships.values() if member == user_id}
        return Caller(user_id, frozenset(groups | {ALL_USERS}))

    def add_member(self, user_id: int, group_id: int) -> None:
        """Puts a user into a group."""
        self.memberships[self.next_id("membership")] = (user_id, group_id)

    def collection(self, collection_id: int) -> Thing:
        """A collection by number.

        Raises:
            Refused: 404.
        """
        return found(self.collections, collection_id)

    def permission_on(self, caller: Caller, collection_id: int | None) -> str | None:
        """`write`, `read` or None, the best that any of his groups has; another's personal collection gives none."""
        if caller.is_admin:
            return "write"
        if collection_id is not None and (owner := self.collection(collection_id)["personal_owner_id"]) is not None:
            return "write" if owner == caller.user_id else None
        key = ROOT if collection_id is None else str(collection_id)
        given = {self.collection_grants[group].get(key) for group in caller.groups}
        return "write" if "write" in given else "read" if "read" in given else None

    def check_read(self, caller: Caller, collection_id: int | None) -> None:
        """Raises Refused 403 unless the caller may read there."""
        if self.permission_on(caller, collection_id) is None:
            raise FORBIDDEN

    def check_write(self, caller: Caller, collection_id: int | None) -> None:
        """Raises Refused 403 unless the caller may write there."""
        if self.permission_on(caller, collection_id) != "write":
            raise FORBIDDEN

    def check_native(self, caller: Caller, database_id: int) -> None:
        """Raises Refused 403 unless the caller may write SQL against that database."""
        grants = [self.data_grants[group].get(database_id, {}).get("create-queries") for group in caller.groups]
        if not caller.is_admin and "query-builder-and-native" not in grants:
            raise FORBIDDEN


def found(things: dict[int, Thing], number: int) -> Thing:
    """The thing with that number.

    Raises:
        Refused: 404.
    """
    if number not in things:
        raise NOT_FOUND
    return things[number]
