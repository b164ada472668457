"""What a plan or an apply has found or done, object by object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["created", "updated", "unchanged", "orphaned"]
_WORDS: dict[Action, str] = {
    "created": "baru", "updated": "diubah", "unchanged": "tetap", "orphaned": "tak terpakai",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One object: what happens to it and why."""

    action: Action
    key: str
    reason: str


@dataclass(slots=True)
class Result:
    """The changes in the order in which they happen; in a plan nothing is written."""

    is_plan: bool
    changes: list[Change] = field(default_factory=list)
    walls: dict[str, str] = field(default_factory=dict)
    note: str = ""
    request_count: int = 0

    def add(self, action: Action, key: str, reason: str = "") -> None:
        """Notes what happens to one object."""
        self.changes.append(Change(action, key, reason))

    def count(self, action: Action) -> int:
        """How many objects this happens to."""
        return sum(change.action == action for change in self.changes)

    def as_row(self) -> dict[str, Any]:
        """For --json."""
        told = [change for change in self.changes if change.action != "unchanged"]
        return {
            "created": self.count("created"),
            "updated": self.count("updated"),
            "unchanged": self.count("unchanged"),
            "orphaned": self.count("orphaned"),
            "changes": [{"action": change.action, "key": change.key, "reason": change.reason} for change in told],
            "walls": self.walls,
            "note": self.note,
            "requests": self.request_count,
        }

    def as_text(self) -> str:
        """For people: what changes, the sum, and the links of the wall screens."""
        lines = [
            f"{_WORDS[change.action]:<13} {change.key}" + (f" ({change.reason})" if change.reason else "")
            for change in self.changes
            if change.action != "unchanged"
        ]
        sums = ", ".join(f"{self.count(action)} {word}" for action, word in _WORDS.items())
        lines.append(f"{'Rencana' if self.is_plan else 'Metabase'}: {sums}.")
        lines += [self.note] if self.note else []
        lines += [f"Layar dinding {key}: {link}" for key, link in self.walls.items()]
        return "\n".join(lines)
