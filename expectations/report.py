"""What a run of the gate tells: for the screen, for JSON, for the task that called it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

from expectations.suites import BY_CODE, QUARANTINE_CODES, Severity


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One row of dq.check_results."""

    code: str
    severity: Severity
    is_success: bool
    unexpected_count: int
    element_count: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Counts of one run. `run_id` is None when there was nothing to check and so nothing was written.

    Attributes:
        quarantined: rows newly held back, by code of the check; a row may fail several checks.
        released: rows whose cause is mended, by code.
        open_count: rows held back after the run, each counted once per code.
        rejects: records of these pulls that were no punches, by reason.
        stopped_pulls: pulls that failed a check of severity stop; they stay unchecked.
        warnings: sentences for people (Indonesian), without personal data.
    """

    run_id: int | None
    pull_count: int = 0
    punch_count: int = 0
    replayed_count: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    released: dict[str, int] = field(default_factory=dict)
    open_count: int = 0
    rejects: dict[str, int] = field(default_factory=dict)
    results: tuple[CheckResult, ...] = ()
    stopped_pulls: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_stopped(self) -> bool:
        """True when a check of severity stop failed."""
        return bool(self.stopped_pulls)

    def payload(self) -> dict[str, Any]:
        """The JSON form of `hadir check --json`."""
        return {
            "run_id": self.run_id,
            "pull_count": self.pull_count,
            "punch_count": self.punch_count,
            "replayed_count": self.replayed_count,
            "quarantined": self.quarantined,
            "released": self.released,
            "open_count": self.open_count,
            "rejects": self.rejects,
            "stopped_pulls": list(self.stopped_pulls),
            "warnings": list(self.warnings),
            "checks": [
                {
                    "code": one.code,
                    "severity": one.severity,
                    "success": one.is_success,
                    "unexpected_count": one.unexpected_count,
                    "element_count": one.element_count,
                }
                for one in self.results
            ],
        }


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _held_lines(report: CheckReport) -> list[str]:
    lines = [f"{'Karantina':<44}{'baru':>9}{'dilepas':>10}"]
    for code in QUARANTINE_CODES:
        opened, released = report.quarantined.get(code, 0), report.released.get(code, 0)
        lines.append(f"  {BY_CODE[code].label:<42}{_number(opened):>9}{_number(released):>10}")
    return [*lines, f"  masih tertahan seluruhnya: {_number(report.open_count)} baris"]


def text(report: CheckReport) -> str:
    """The run in Indonesian, at most 80 columns wide."""
    if report.run_id is None:
        return f"Tidak ada penarikan baru untuk diperiksa. Masih tertahan: {_number(report.open_count)} baris."
    replayed = f", {_number(report.replayed_count)} di antaranya diuji ulang" if report.replayed_count else ""
    seen = f"{_number(report.pull_count)} penarikan, {_number(report.punch_count)} rekaman{replayed}."
    lines = [
        _wrapped(f"Pemeriksaan {report.run_id}: {seen}"),
        "",
        *_held_lines(report),
    ]
    if report.rejects:
        lines += ["", "Ditolak saat dibaca"]
        lines += [f"  {reason[:42]:<42}{_number(count):>9}" for reason, count in sorted(report.rejects.items())]
    if report.warnings:
        lines += ["", *(_wrapped(f"Peringatan: {sentence}") for sentence in report.warnings)]
    if report.is_stopped:
        ids = ", ".join(str(pull_id) for pull_id in report.stopped_pulls)
        lines += ["", _wrapped(f"BERHENTI: penarikan {ids} tidak cocok dengan catatannya dan ditahan seluruhnya.")]
    return "\n".join(lines)


def _wrapped(sentence: str) -> str:
    return textwrap.fill(sentence, width=80, subsequent_indent="  ")
