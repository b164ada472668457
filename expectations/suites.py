"""What the gate asks of the data, as code: one entry per check, and the Great Expectations suites made of them.

The relations that the suites read are made by `expectations.batch`; their columns are described in
warehouse/ddl/0005_gate_batch.sql. This module alone says which check holds a row back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Severity = Literal["quarantine", "stop", "warn"]
Form = Literal["not_null", "is_true", "at_most"]

# A terminal that is further off than this should be set right by the OPD's admin. A matter of maintenance, not of
# law: whether drift may cost money is decided in the marts.
DRIFT_BOUND_S: Final = 60
# Torn or impossible records are normal in small numbers; above this share the terminal or its cable is suspect.
REJECT_SHARE_BOUND_PCT: Final = 5

# The words of the severities that Great Expectations knows, for the colours of Data Docs.
GX_SEVERITY: Final[dict[Severity, str]] = {"stop": "critical", "quarantine": "warning", "warn": "info"}


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the data.

    Attributes:
        code: stands in dq.quarantine and dq.check_results; never renamed.
        severity: quarantine holds the row back, stop refuses the whole pull, warn only tells.
        relation: table or view in schema dq that is asked; it is also the name of the suite.
        row_id: column that names a bad row.
        column: column that is asked. Null answers nothing, except where the form is not_null.
        form: not_null, is_true, or at_most `bound`.
        label: what was found, for tables on the screen (Indonesian, at most 40 characters).
        note: what is asked and what to do about it, for Data Docs (Indonesian).
    """

    code: str
    severity: Severity
    relation: str
    row_id: str
    column: str
    form: Form
    label: str
    note: str
    bound: int = 0


CHECKS: Final = (
    Check(
        "pin_unknown", "quarantine", "batch_punches", "row_id", "pin_owner", "not_null",
        "PIN tidak dikenal di terminal itu",
        "PIN harus terdaftar untuk terminal atau kantornya pada tanggal rekaman. Lengkapi pins di folder situs, "
        "atau putuskan bahwa PIN itu bukan milik siapa pun; lalu jalankan hadir check --replay.",
    ),
    Check(
        "posting_invalid", "quarantine", "batch_punches", "row_id", "has_posting", "is_true",
        "Pegawai tanpa penempatan pada tanggal itu",
        "Pemilik PIN harus mempunyai penempatan yang berlaku pada tanggal rekaman. "
        "Lengkapi postings di folder situs; lalu jalankan hadir check --replay.",
    ),
    Check(
        "future_punch", "quarantine", "batch_punches", "row_id", "ahead_of_clock_s", "at_most",
        "Rekaman sesudah jam terminal",
        "Rekaman tidak boleh lebih baru daripada jam terminal saat dibaca. Bila lebih baru, jamnya pernah diubah: "
        "periksa jam terminal itu.",
    ),
    Check(
        "office_hours", "warn", "batch_punches", "row_id", "is_office_hour", "is_true",
        "Rekaman di luar jam wajar kantor",
        "Rekaman wajar bila jatuh dari 4 jam sebelum masuk sampai 8 jam sesudah pulang menurut salah satu "
        "jadwal kantor itu. "
        "Hanya peringatan: periksa jam terminal atau jadwal yang belum didaftarkan.",
    ),
    Check(
        "ledger_mismatch", "stop", "batch_pulls", "pull_id", "unaccounted_count", "at_most",
        "Isi penarikan tidak sama dengan catatannya",
        "Jumlah rekaman dan penolakan yang tersimpan harus sama dengan yang dicatat. Penarikan yang berbeda ditahan "
        "seluruhnya dan diperiksa lagi pada pemeriksaan berikut.",
    ),
    Check(
        "clock_drift", "warn", "batch_pulls", "pull_id", "clock_off_s", "at_most",
        f"Jam terminal meleset lebih dari {DRIFT_BOUND_S} detik",
        "Jam terminal harus dekat dengan jam server. Hanya peringatan: setel jam terminal yang meleset.",
        DRIFT_BOUND_S,
    ),
    Check(
        "reject_share", "warn", "batch_pulls", "pull_id", "reject_share_pct", "at_most",
        f"Lebih dari {REJECT_SHARE_BOUND_PCT}% catatan ditolak",
        "Hanya sedikit catatan dari satu penarikan boleh tidak terbaca atau berwaktu mustahil. "
        "Hanya peringatan: periksa terminal, kabel atau berkasnya.",
        REJECT_SHARE_BOUND_PCT,
    ),
    Check(
        "rejects_stored", "warn", "batch_rejects", "reason", "reject_count", "at_most",
        "Sebab penolakan yang ditemukan",
        "Catatan yang ditolak saat dibaca, menurut sebabnya; bita aslinya tersimpan di raw.rejects.",
    ),
)  # fmt: skip

RELATION_LABELS: Final = {
    "batch_punches": "Rekaman",
    "batch_pulls": "Penarikan",
    "batch_rejects": "Catatan yang ditolak",
}
RELATIONS: Final = tuple(RELATION_LABELS)
BY_CODE: Final = {check.code: check for check in CHECKS}
QUARANTINE_CODES: Final = tuple(check.code for check in CHECKS if check.severity == "quarantine")


def checks_of(relation: str) -> tuple[Check, ...]:
    """The checks that read one relation of schema dq, in the order of the catalogue."""
    return tuple(check for check in CHECKS if check.relation == relation)


def suite(relation: str) -> Any:
    """The Great Expectations suite of one relation.

    Results come back in another order than the suite's, so each expectation carries its code in `meta`.
    """
    from great_expectations import ExpectationSuite

    return ExpectationSuite(name=relation, expectations=[_expectation(check) for check in checks_of(relation)])


def _expectation(check: Check) -> Any:
    from great_expectations import expectations as gxe

    told: dict[str, Any] = {
        "column": check.column,
        "meta": {"code": check.code},
        "description": check.note,
        "severity": GX_SEVERITY[check.severity],
    }
    if check.form == "not_null":
        return gxe.ExpectColumnValuesToNotBeNull(**told)
    if check.form == "is_true":
        return gxe.ExpectColumnValuesToBeInSet(value_set=[True], **told)
    return gxe.ExpectColumnValuesToBeBetween(max_value=check.bound, **told)
