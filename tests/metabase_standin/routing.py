"""How a request of the stand-in finds its handler, and how a handler answers or refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.metabase_standin.state import StandInState

PLAIN = "text/plain;charset=utf-8"
JSON = "application/json;charset=utf-8"


class Refused(Exception):
    """An answer that is no success; a text body goes out as plain text, everything else as JSON."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def invalid(**faults: str) -> Refused:
    """A 400 in the form of Metabase's request checks."""
    return Refused(400, {"errors": faults, "specific-errors": {name: [text] for name, text in faults.items()}})


NOT_FOUND = Refused(404, "Not found.")
FORBIDDEN = Refused(403, "You don't have permissions to do that.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user of a session, or the user behind an API key."""

    user_id: int
    groups: frozenset[int]

    @property
    def is_admin(self) -> bool:
        return 2 in self.groups


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read."""

    caller: Caller
    ids: tuple[str, ...]
    query: Mapping[str, list[str]]
    body: Any

    @property
    def id(self) -> int:
        """The first number of the path."""
        return int(self.ids[0])

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return self.query.get(name, [None])[0]

    def fields(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            Refused: 400, the body is something else.
        """
        if not isinstance(self.body, dict):
            raise invalid(body="value must be a map.")
        return self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out with a status other than 200, or in another type than JSON."""

    status: int
    body: Any = None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[["StandInState", Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    is_public: bool
    is_for_admins: bool


ROUTES: list[Route] = []


def route(method: str, path: str, *, public: bool = False, admin: bool = False) -> Callable[[Handler], Handler]:
    """Declares an endpoint; `:id` stands for a number, `:key` for a word. A trailing slash is accepted."""
    expression = path.replace(":id", r"(\d+)").replace(":key", r"([^/]+)")

    def declare(handler: Handler) -> Handler:
        ROUTES.append(Route(method, re.compile(f"{expression}/?"), handler, public, admin))
        return handler

    return declare


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The endpoint of a path.

    Raises:
        Refused: 404, there is none; also for `POST /api/dashboard/:id/cards`, which is gone since 0.50.
    """
    for known in ROUTES:
        if known.method == method and (match := known.pattern.fullmatch(path)):
            return known, match.groups()
    raise Refused(404, "API endpoint does not exist.")
