"""The gate: checks the pulls that it has not seen, holds bad rows back, and tests held rows again when asked.

Raw is never changed. A row in open quarantine is not used by the marts and never makes an alpa; each opening or
release touches the days concerned in the same transaction, so that a build sees both or neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime

from psycopg2.extensions import connection as Connection

from expectations import batch, data_docs, verdicts
from expectations.report import CheckReport, CheckResult
from expectations.validation import Outcome, Validated, make_context, open_source, validate
from warehouse.clock import Clock
from warehouse.connection import connect
from warehouse.settings import Settings


def check(settings: Settings, clock: Clock, replay: bool = False) -> CheckReport:
    """Checks every pull that is not in dq.checked_pulls; with `replay` the open quarantine rows too.

    Each pull is checked once, so a second call changes nothing. Two callers at once take turns.

    Args:
        settings: where the database is and where Data Docs go (docs_dir/gx).
        clock: its moment is stored as as_of, opened_at and resolved_at.
        replay: rows whose cause is mended (PIN or posting now known, PIN decided to be nobody's) are released.

    Raises:
        GateInconsistent: Great Expectations counted other rows than it named; nothing is written.
        Problem: the database is away.
    """
    as_of = clock()
    with closing(connect(settings, "check")) as conn, _turn(conn):
        if not batch.has_work(conn, replay):
            report = CheckReport(run_id=None, open_count=verdicts.open_count(conn))
            conn.rollback()
            return report
        laid = batch.lay_out(conn, replay)
        conn.commit()
        validated = _validate(settings, conn, as_of) if laid.answered_count or laid.punch_count else []
        outcomes = [outcome for suite in validated for outcome in suite.outcomes]
        report = _write(conn, laid, outcomes, as_of)
        conn.commit()
        if validated and report.run_id is not None:
            data_docs.publish(settings, validated, report.run_id, as_of)
    return report


@contextmanager
def _turn(conn: Connection) -> Iterator[None]:
    """One gate at a time: the table that Great Expectations reads is there once. The lock ends with the session."""
    with conn.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('hadir.gate'))")
    conn.commit()
    yield


def _validate(settings: Settings, conn: Connection, ran_at: datetime) -> list[Validated]:
    """Pulls first: a pull that is refused as a whole is taken away before its punches are judged."""
    context = make_context()
    source = open_source(settings, context)
    try:
        pulls = validate(context, source, "batch_pulls", ran_at)
        batch.take_off(conn, _stopped(pulls.outcomes))
        conn.commit()
        return [
            validate(context, source, "batch_punches", ran_at),
            pulls,
            validate(context, source, "batch_rejects", ran_at),
        ]
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


def _stopped(outcomes: Sequence[Outcome]) -> list[int]:
    found = {int(pull_id) for one in outcomes if one.check.severity == "stop" for pull_id in one.bad_ids}
    return sorted(found)


def _write(conn: Connection, laid: batch.Batch, outcomes: Sequence[Outcome], as_of: datetime) -> CheckReport:
    changes = verdicts.apply_outcomes(conn, outcomes, as_of)
    warnings = _warnings(outcomes, verdicts.pins_decided_but_not_listed(conn))
    run_id = verdicts.write_run(conn, as_of, changes, warnings)
    verdicts.write_results(conn, run_id, outcomes)
    return CheckReport(
        run_id=run_id,
        pull_count=laid.pull_count,
        punch_count=laid.punch_count,
        replayed_count=laid.replayed_count,
        quarantined=changes.opened,
        released=changes.released,
        open_count=verdicts.open_count(conn),
        rejects=verdicts.rejects_by_reason(conn),
        results=tuple(
            CheckResult(one.check.code, one.check.severity, one.is_success, len(one.bad_ids), one.element_count)
            for one in outcomes
        ),
        stopped_pulls=tuple(_stopped(outcomes)),
        warnings=warnings,
    )


def _warnings(outcomes: Sequence[Outcome], unlisted_pins: int) -> tuple[str, ...]:
    """Sentences about what only warns; the rejects by reason have a list of their own."""
    sentences = [
        f"{one.check.label}: {len(one.bad_ids)} dari {one.element_count}."
        for one in outcomes
        if one.check.severity == "warn" and one.bad_ids and one.check.relation != "batch_rejects"
    ]
    if unlisted_pins:
        sentences.append(
            f"{unlisted_pins} PIN sudah diputuskan milik pegawai, tetapi belum ada di folder situs; tambahkan di pins."
        )
    return tuple(sentences)
