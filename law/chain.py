"""What lies behind a fact, read from the marts and from raw as an auditor: shifts, punches, pulls, cuts.

Everything is plain data (dict, list, str, number, date), ready to be printed as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from psycopg2.extensions import cursor as Cursor

Row = dict[str, Any]

_DAYS: Final = """
select work_date, statuses, status, late_minutes, early_minutes, reason, build_id
from marts.fct_daily_attendance
where employee_id = %(employee_id)s and work_date >= %(first)s and work_date < %(end)s
order by work_date
"""
_SHIFTS: Final = """
select
    shifts.work_date, shifts.shift_no, shifts.schedule_code,
    coalesce(
        (
            select schedules.legal_basis from reference.schedules
            where schedules.schedule_code = shifts.schedule_code and schedules.load_to is null
            order by schedules.valid_from <= shifts.work_date desc, schedules.valid_from desc limit 1
        ),
        (
            select hours.legal_basis from staging.stg_law__working_hours as hours
            where hours.schedule_code = shifts.schedule_code
            order by hours.valid_from <= shifts.work_date desc, hours.valid_from desc limit 1
        )
    ) as schedule_legal_basis,
    shifts.starts_at_local, shifts.ends_at_local, shifts.window_from_local, shifts.window_to_local,
    shifts.in_at_local, shifts.out_at_local, shifts.statuses, shifts.status, shifts.late_minutes,
    shifts.early_minutes, shifts.is_read_to_end, shifts.is_alive_at_start, shifts.is_alive_at_end,
    shifts.hold_reason, shifts.warnings, shifts.excuse_id, shifts.reason
from marts.fct_shift_attendance as shifts
where shifts.employee_id = %(employee_id)s and shifts.work_date >= %(first)s and shifts.work_date < %(end)s
order by shifts.work_date, shifts.shift_no
"""
_PUNCHES: Final = """
select
    assigned.work_date, assigned.shift_no, assigned.terminal_serial, assigned.punched_at_local, assigned.ordinal,
    assigned.channel, assigned.pull_id
from intermediate.int_punches__assigned_to_shift as assigned
where assigned.employee_id = %(employee_id)s
    and assigned.work_date >= %(first)s and assigned.work_date < %(end)s
order by assigned.punched_at_local, assigned.terminal_serial
"""
_EXCUSES: Final = """
select distinct on (excuses.excuse_id)
    excuses.excuse_id, excuses.kind, kinds.label, excuses.side, excuses.date_from, excuses.date_to,
    excuses.letter_no, excuses.decision, excuses.decided_on, excuses.requested_on, excuses.deadline,
    excuses.evidence_sha256, kinds.legal_basis
from reference.excuses
left join staging.stg_law__excuse_kinds as kinds on kinds.excuse_kind = excuses.kind
where excuses.employee_id = %(employee_id)s and excuses.date_to >= %(first)s and excuses.date_from < %(end)s
    and excuses.load_to is null
order by excuses.excuse_id
"""
_EVENTS: Final = """
select
    attendance.event_date, attendance.event_id, attendance.kind, events.name, attendance.status,
    attendance.punched_at_local, attendance.terminal_serial, attendance.source, attendance.reason
from marts.fct_event_attendance as attendance
left join reference.events on events.event_id = attendance.event_id and events.load_to is null
where attendance.employee_id = %(employee_id)s
    and attendance.event_date >= %(first)s and attendance.event_date < %(end)s
order by attendance.event_date, attendance.event_id
"""
# Also those that were taken back, each with the row that took it back.
_CORRECTIONS: Final = """
select
    corrections.correction_id, corrections.work_date, corrections.what, corrections.stated_time,
    corrections.terminal_serial, corrections.punched_at_local, corrections.reason, corrections.decided_by,
    corrections.role, corrections.letter_no, corrections.decided_at, later.correction_id as withdrawn_by,
    later.reason as withdrawn_reason, later.letter_no as withdrawn_letter_no
from ops.corrections
left join ops.corrections as later on later.withdraws = corrections.correction_id
where corrections.employee_id = %(employee_id)s and corrections.what <> 'withdrawn'
    and corrections.work_date >= %(first)s and corrections.work_date < %(end)s
order by corrections.work_date, corrections.correction_id
"""
# Of a day also those against its whole month.
_OBJECTIONS: Final = """
select
    objection_id, month, work_date, event_id, deduction_id, objection_text, filed_on, letter_no, deadline_date, state,
    answer_text, answered_by, answered_role, answer_letter_no, answered_on
from marts.fct_objections
where employee_id = %(employee_id)s
    and month >= date_trunc('month', %(first)s::date) and month < %(end)s
    and (work_date is null or (work_date >= %(first)s and work_date < %(end)s))
order by objection_id
"""
_CUTS: Final = """
select
    cuts.deduction_id, cuts.work_date, cuts.shift_no, cuts.event_id, cuts.matter, cuts.code, cuts.minutes, cuts.pct,
    cuts.base_idr,
    trim_scale(coalesce(cuts.amount_idr, cuts.fixed_idr, cuts.pct * cuts.base_idr / 100)) as amount_idr,
    cuts.base_name, cuts.pct_total, cuts.priced_by, cuts.candidates,
    cuts.state, cuts.trace ->> 'undecided_code' as undecided_code, cuts.regulation_code,
    regulations.short_name as regulation, cuts.rule_code, cuts.rule_status, cuts.is_payable,
    cuts.legal_basis, cuts.evidence, cuts.reason, cuts.trace
from {source} as cuts
left join staging.stg_law__regulations as regulations on regulations.regulation_code = cuts.regulation_code
where cuts.employee_id = %(employee_id)s and cuts.work_date >= %(first)s and cuts.work_date < %(end)s
order by cuts.work_date, cuts.event_id nulls first, cuts.shift_no, cuts.matter
"""
_NOW: Final = "marts.fct_deductions"
_CLOSED: Final = "(select * from ops.closed_cuts where transition_id = %(frozen_id)s)"
# The day put together by the policy of its regulation, as it stands now.
_COMBINED: Final = """
select combined.work_date, combined.base_name, combined.pct, combined.is_overridden, combined.undecided_count,
    combined.regulation_code, combined.rule_status, regulations.short_name as regulation
from intermediate.int_days__combined as combined
left join staging.stg_law__regulations as regulations on regulations.regulation_code = combined.regulation_code
where combined.employee_id = %(employee_id)s
    and combined.work_date >= %(first)s and combined.work_date < %(end)s
order by combined.work_date
"""
# What proves an absence: for each terminal that the person may use, the first reading that went past the window.
_PROOFS: Final = """
select distinct on (shifts.work_date, shifts.shift_no, members.terminal_serial)
    shifts.work_date, shifts.shift_no, members.terminal_serial, pulls.pull_id
from marts.fct_shift_attendance as shifts
inner join intermediate.int_terminal_sets__by_employee as sets
    on sets.employee_id = shifts.employee_id
    and shifts.work_date >= sets.valid_from
    and shifts.work_date < coalesce(sets.valid_to, 'infinity'::date)
cross join lateral unnest(string_to_array(sets.terminal_set, ' ')) as members (terminal_serial)
inner join raw.pulls
    on pulls.terminal_serial = members.terminal_serial
    and pulls.outcome = 'ok'
    and pulls.covers_until_local >= shifts.window_to_local
where shifts.employee_id = %(employee_id)s and shifts.work_date >= %(first)s and shifts.work_date < %(end)s
order by shifts.work_date, shifts.shift_no, members.terminal_serial, pulls.covers_until_local, pulls.pull_id
"""
_PULLS: Final = """
select
    pulls.pull_id, pulls.terminal_serial, labels.label as terminal_label, pulls.channel, pulls.source, pulls.started_at,
    pulls.covers_until_local, pulls.clock_drift_s, pulls.evidence_sha256
from raw.pulls
left join lateral (
    select terminals.label from marts.dim_terminal as terminals
    where terminals.terminal_serial = pulls.terminal_serial
    order by terminals.installed_on desc limit 1
) as labels on true
where pulls.pull_id = any(%(pull_ids)s)
order by pulls.pull_id
"""
_LABELS: Final = "select terminal_serial, label from marts.dim_terminal order by installed_on"


def rows(cursor: Cursor, query: str, values: Row) -> list[Row]:
    """The answer of a query, a dict per row."""
    cursor.execute(query, values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_chain(cursor: Cursor, employee_id: str, first: date, end: date, frozen_id: int | None = None) -> Row:
    """Days, shifts, events and cuts of a person in [first, end), each with its punches and pulls.

    With `frozen_id` the cuts are those of that closed month, and `late_deductions` what would be cut now instead.
    """
    span = {"employee_id": employee_id, "first": first, "end": end}
    chain = {
        "days": rows(cursor, _DAYS, span),
        "shifts": rows(cursor, _SHIFTS, span),
        "excuses": rows(cursor, _EXCUSES, span),
        "events": rows(cursor, _EVENTS, span),
        "corrections": rows(cursor, _CORRECTIONS, span),
        "objections": rows(cursor, _OBJECTIONS, span),
        "deductions": rows(cursor, _CUTS.format(source=_NOW), span),
        "late_deductions": [],
    }
    if frozen_id is not None:
        closed = rows(cursor, _CUTS.format(source=_CLOSED), {**span, "frozen_id": frozen_id})
        chain["late_deductions"] = [cut for cut in chain["deductions"] if _priced(cut) not in map(_priced, closed)]
        chain["deductions"] = closed
    proofs = rows(cursor, _PROOFS, span)
    punches = rows(cursor, _PUNCHES, span)
    pulls = _pulls_of(cursor, punches, proofs)
    cursor.execute(_LABELS)
    labels = dict(cursor.fetchall())
    for shift in chain["shifts"]:
        shift["punches"] = [_punch(punch, labels) for punch in punches if _shift_of(punch) == _shift_of(shift)]
    for event in chain["events"]:
        event["terminal_label"] = labels.get(event["terminal_serial"])
    for cut in (*chain["deductions"], *chain["late_deductions"]):
        _complete_cut(cut, labels, pulls, proofs)
        cut["objections"] = [one for one in chain["objections"] if _concerns(one, cut)]
    chain["pulls"] = list(pulls.values())
    chain["caps"] = _caps(rows(cursor, _COMBINED, span), chain["deductions"], chain["late_deductions"])
    return chain


def _caps(combined: list[Row], cuts: list[Row], late: list[Row]) -> list[Row]:
    """Days on which the cuts together cost something else than their sum; not where something came after a close."""
    moved = {cut["work_date"] for cut in late}
    capped = []
    for day in combined:
        same = ("work_date", "regulation_code", "rule_status")
        counted = [cut for cut in cuts if cut["state"] == "DIHITUNG" and all(cut[name] == day[name] for name in same)]
        if len({cut["base_name"] for cut in counted}) > 1:
            continue  # on several bases the day has no one sum
        single = [cut["pct"] for cut in counted if cut["pct"] is not None]
        if day["pct"] is None or day["work_date"] in moved or not single:
            continue
        if day["is_overridden"] or sum(single) != day["pct"]:
            capped.append({**day, "sum_pct": sum(single), "max_pct": max(single)})
    return capped


def _concerns(objection: Row, cut: Row) -> bool:
    """Whether an objection is against this very cut, or against its day."""
    if objection["deduction_id"] is not None:
        return bool(objection["deduction_id"] == cut["deduction_id"])
    return bool(objection["work_date"] == cut["work_date"])


def _priced(cut: Row) -> tuple[Any, ...]:
    """What is cut and how much: equal when nothing has changed since a close."""
    return tuple(cut[name] for name in ("work_date", "event_id", "shift_no", "matter", "state", "amount_idr", "pct"))


def _shift_of(row: Row) -> tuple[date, int]:
    return row["work_date"], row["shift_no"]


def _pulls_of(cursor: Cursor, punches: list[Row], proofs: list[Row]) -> dict[int, Row]:
    wanted = {row["pull_id"] for row in (*punches, *proofs)}
    found = rows(cursor, _PULLS, {"pull_ids": sorted(wanted - {None})})
    return {pull["pull_id"]: pull for pull in found}


def _punch(punch: Row, labels: dict[str, str]) -> Row:
    return {
        "terminal_serial": punch["terminal_serial"],
        "terminal_label": labels.get(punch["terminal_serial"]),
        "punched_at_local": punch["punched_at_local"],
        "ordinal": punch["ordinal"],
        "channel": punch["channel"],
        "pull_id": punch["pull_id"],
    }


def _complete_cut(cut: Row, labels: dict[str, str], pulls: dict[int, Row], proofs: list[Row]) -> None:
    """Puts the punches behind the cut, the pull that decided it and the hash of that pull's bytes into it."""
    trace = cut.pop("trace")
    judged = trace["judged"] or {}
    punches = [_punch(punch, labels) for punch in trace["punches"]]
    for punch in punches:
        punch["punched_at_local"] = datetime.fromisoformat(punch["punched_at_local"])
        punch["is_judged"] = bool(judged) and (
            punch["terminal_serial"] == judged["terminal_serial"]
            and punch["punched_at_local"] == datetime.fromisoformat(judged["punched_at_local"])
        )
    deciding = [judged.get("pull_id")] if judged else _deciding(cut, punches, proofs)
    cut["rule"], cut["roster"], cut["excuse"] = trace["rule"], trace["roster"], trace["excuse"]
    cut["decision"] = trace.get("decision")
    cut["punches"] = punches
    cut["pulls"] = [pulls[pull_id] for pull_id in deciding if pull_id in pulls]
    cut["pull"] = cut["pulls"][-1] if cut["pulls"] else None
    cut["evidence_sha256"] = cut["pull"]["evidence_sha256"] if cut["pull"] else None


def _deciding(cut: Row, punches: Iterable[Row], proofs: list[Row]) -> list[int | None]:
    """What is missing is proven by the readings past the shift's window; else by those that brought punches."""
    proven = [proof["pull_id"] for proof in proofs if _shift_of(proof) == _shift_of(cut)]
    return sorted(set(proven)) or [punch["pull_id"] for punch in punches]
