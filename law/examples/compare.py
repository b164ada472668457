"""What was expected against what was answered: numbers exactly, statuses as a set, null as undecided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

# Compared without order; one word stands for a list of one.
_SETS: Final = frozenset({"status", "codes", "candidates"})
# An answer holds several, the scenario names one of them.
_NAMED: Final = {"code": "codes", "warn": "warn"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A scenario that did not come out as written, with the keys that were asked."""

    id: str
    expected: Any
    got: Any
    error: str | None = None

    def payload(self) -> dict[str, Any]:
        """The same for `--json`; `error` only where the scenario could not be tried."""
        kept = asdict(self)
        return kept if self.error else {key: value for key, value in kept.items() if key != "error"}


@dataclass(frozen=True, slots=True)
class Checked:
    """How a file came out."""

    total: int
    failed: tuple[Failure, ...]

    @property
    def passed(self) -> int:
        """Those that came out as written."""
        return self.total - len(self.failed)

    def payload(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {"total": self.total, "passed": self.passed, "failed": [failure.payload() for failure in self.failed]}


def compare(scenario_id: str, expected: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Failure | None:
    """None when every asked key came out; keys that were not asked are not looked at."""
    if answer is None:
        return Failure(scenario_id, dict(expected), None, "model tidak memberi baris untuk contoh ini")
    got = {key: _asked(key, wanted, answer) for key, wanted in expected.items()}
    if all(_is_same(key, wanted, got[key]) for key, wanted in expected.items()):
        return None
    return Failure(scenario_id, dict(expected), got)


def _asked(key: str, wanted: Any, answer: Mapping[str, Any]) -> Any:
    if key not in _NAMED:
        return answer.get(key)
    words = list(answer.get(_NAMED[key]) or [])
    if isinstance(wanted, list) or len(words) > 1:
        return wanted if wanted in words else words
    return words[0] if words else None


def _is_same(key: str, wanted: Any, got: Any) -> bool:
    if key in _SETS or isinstance(wanted, list):
        return _as_set(wanted) == _as_set(got)
    return bool(_plain(wanted) == _plain(got))


def _as_set(value: Any) -> frozenset[Any] | None:
    if value is None:
        return None
    return (
        frozenset(_plain(one) for one in value) if isinstance(value, list | tuple | set) else frozenset({_plain(value)})
    )


def _plain(value: Any) -> Any:
    """Numbers by value, 1.0 is 1; everything else as its text."""
    if value is None or isinstance(value, bool):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)
