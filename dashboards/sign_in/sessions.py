"""Who is signed in, and who has to wait: kept in the server's memory, so a restart signs everybody out."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from dashboards.sign_in.users import User, Users
from warehouse.clock import Clock

LIFETIME: Final = timedelta(hours=10)  # a day at the office
FREE_FAILURES: Final = 4
LONGEST_WAIT_S: Final = 300
MOST_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `form_token` must come back with each form of it."""

    user: User
    ends_at: datetime
    form_token: str


class Sessions:
    """Sessions by the SHA-256 of their token: what is in memory opens nothing."""

    def __init__(self, users: Users, clock: Clock, lifetime: timedelta = LIFETIME) -> None:
        self._users = users
        self._clock = clock
        self._lifetime = lifetime
        self._sessions: dict[str, Session] = {}

    def open(self, user: User) -> str:
        """A new token for the browser of this user."""
        now = self._clock()
        self._sessions = {digest: each for digest, each in self._sessions.items() if each.ends_at > now}
        token = secrets.token_urlsafe(32)
        self._sessions[_digest(token)] = Session(user, now + self._lifetime, secrets.token_urlsafe(32))
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token: not expired, and its user is still there with the same role and password."""
        session = self._sessions.get(_digest(token))
        if session is None or session.ends_at <= self._clock():
            return None
        return session if self._users.get(session.user.name) == session.user else None

    def close(self, token: str) -> None:
        """Ends a session."""
        self._sessions.pop(_digest(token), None)


class SlowDown:
    """After some failures each further try of a name waits twice as long, whether the name exists or not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, datetime]] = {}

    def wait_s(self, name: str) -> int:
        """Seconds until the next try of this name is looked at; 0: now."""
        _, until = self._failures.get(name, (0, self._clock()))
        return max(0, ceil((until - self._clock()).total_seconds()))

    def failed(self, name: str) -> None:
        """Counts a failure; the oldest names are forgotten when there are too many."""
        count = self._failures.pop(name, (0, self._clock()))[0] + 1
        wait = min(2 ** (count - FREE_FAILURES), LONGEST_WAIT_S) if count > FREE_FAILURES else 0
        self._failures[name] = (count, self._clock() + timedelta(seconds=wait))
        if len(self._failures) > MOST_KEPT:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, name: str) -> None:
        """Forgets the failures of a name."""
        self._failures.pop(name, None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
