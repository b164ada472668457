"""Why a read failed, in three families: try again, tell a person, not supported."""

from __future__ import annotations

from typing import ClassVar, Literal

ErrorClass = Literal["transient", "terminal", "unsupported"]
Phase = Literal["connect", "login", "sizes", "transfer", "decode"]


class ReadFailed(Exception):
    """A read that brought nothing; the message says what happened and what to do.

    `phase` is where it happened: connect (nobody there), login, sizes, transfer, decode.
    """

    error_class: ClassVar[ErrorClass]

    def __init__(self, phase: Phase, message: str) -> None:
        super().__init__(message)
        self.phase: Phase = phase

    @property
    def is_unreachable(self) -> bool:
        """Nobody was there: no route, refused connection, no answer to the connection."""
        return self.phase == "connect"


class ReadTransient(ReadFailed):
    """The line or the moment was bad; the same read may succeed later."""

    error_class = "transient"


class ReadTerminal(ReadFailed):
    """A person must mend something first (wrong key, another terminal at the address)."""

    error_class = "terminal"


class ReadUnsupported(ReadFailed):
    """The device speaks, but not in a form that this version can read completely."""

    error_class = "unsupported"


class WrongAddress(ValueError):
    """The address of a terminal is not of the form tcp://host:port."""
