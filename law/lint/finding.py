"""What lint finds, and how it is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

ERROR: Final = "galat"
NOTE: Final = "catatan"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one row: `article` is the row's legal basis, `example` a day on which the fault would be felt."""

    kind: str  # what is wrong, as a word
    file: str
    line: int
    row: str  # the rule's code
    article: str
    reason: str
    remedy: str
    example: str
    level: Literal["galat", "catatan"] = "galat"

    def as_json(self) -> dict[str, Any]:
        """One element of `hadir rules lint --json`."""
        return asdict(self)


def told(finding: Finding) -> str:
    """The finding in at most a few lines of 80 columns or a little more."""
    place = f"{finding.file} baris {finding.line}" if finding.line else finding.file
    lines = [f"[{finding.level}] {finding.kind}: {place}" + (f" ({finding.row})" if finding.row else "")]
    lines += [f"    {finding.article}"] if finding.article else []
    lines += [f"    {finding.reason}", f"    contoh: {finding.example}", f"    -> {finding.remedy}"]
    return "\n".join(lines)
