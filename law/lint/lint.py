"""All checks of a folder of rules, in one list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from law.lint.bands import band_findings, ladder_findings
from law.lint.book import read_book
from law.lint.finding import ERROR, NOTE, Finding
from law.lint.hours import hour_findings
from law.lint.prices import price_findings
from law.lint.references import reference_findings
from law.lint.validity import validity_findings


@dataclass(frozen=True, slots=True)
class LintReport:
    """What was found in how many rows; errors first."""

    rows: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Faults. The rest are oddities of printed texts whose reading is noted, and what is not known."""
        return tuple(finding for finding in self.findings if finding.level == ERROR)

    def as_json(self) -> dict[str, Any]:
        """The report of `hadir rules lint --json`."""
        return {
            "rows": self.rows,
            "errors": len(self.errors),
            "notes": len(self.findings) - len(self.errors),
            "findings": [finding.as_json() for finding in self.findings],
        }


def lint(folder: Path | None) -> LintReport:
    """Checks the built-in seeds (None), a folder of rules, or the `regulation/` of a site folder.

    Raises:
        Problem: the folder is not there or holds no rules (exit code 2).
    """
    book, findings = read_book(folder)
    for check in (
        band_findings, ladder_findings, hour_findings, validity_findings, price_findings, reference_findings,
    ):  # fmt: skip
        findings += check(book)
    ordered = sorted(findings, key=lambda f: (f.level == NOTE, f.file, f.line, f.kind, f.reason))
    return LintReport(sum(len(rows) for rows in book.rows.values()), tuple(ordered))
