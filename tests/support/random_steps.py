"""What may happen in a history, one step at a time: to one person, or to everybody of one office."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from decisions.approvals import Signature
from decisions.clocks import clock_runs, decide_clock
from decisions.corrections import Correction, correct, withdraw
from decisions.objections import Objection, answer_objection, file_objection
from decisions.phbi import Sanction, decide_sanction
from decisions.pins import decide_pin
from extractors.site.files import LAW
from tests.support.random_city import (
    OFFICES,
    City,
    Person,
    office_code,
    own_regulation,
    serial_of,
    stranger_of,
)
from warehouse.clock import clock_at
from warehouse.connection import connect

BKPP = Signature("bkpp", "800/41")
WHOLE_DAYS = (
    "sakit_with_doctor_letter", "sakit_without_letter", "sakit", "dinas_luar", "cuti_tahunan", "cuti_besar",
    "cuti_bersalin", "cuti_sakit", "izin", "rawat_inap", "tugas_belajar",
)  # fmt: skip
PRICED = ("minute_bands", "day_matters", "event_rules", "excuse_rules")


def punch_late(city: City, person: Person) -> None:
    """A stick brings punches of a day long past."""
    day = city.day(city.today - timedelta(days=3))
    times = [city.minute("06:50", "08:00"), city.minute("15:45", "17:00")]
    for at in city.random.sample(times, city.random.randint(1, 2)):
        city.late[serial_of(person.office)].append((datetime.combine(day, at), person.pin))


def change_excuse(city: City, person: Person) -> None:
    """An excuse comes, is another one, or is withdrawn."""
    stated = city.found("excuses", employee_id=person.employee_id)
    if stated and city.random.random() < 0.6:
        row = city.random.choice(stated)
        city.take("excuses", row["excuse_id"])
        if city.random.random() < 0.7:
            city.put("excuses", **{**row, **_kind(city)})
        return
    day = city.day()
    last = day + timedelta(days=city.random.choice((0, 0, 1, 4)))
    if any(row["date_from"] <= str(last) and str(day) <= row["date_to"] for row in stated):
        return
    number = f"{person.employee_id}/{day}"
    city.put("excuses", excuse_id=number, employee_id=person.employee_id, date_from=day, date_to=last,
             letter_no="440/1", requested_on=city.random.choice((None, day)), **_kind(city))  # fmt: skip


def _kind(city: City) -> dict[str, str]:
    decision = city.random.choice(("approved", "approved", "pending", "refused"))
    if city.random.random() < 0.3:
        return {"kind": "izin_sebelah", "side": city.random.choice(("masuk", "pulang")), "decision": decision}
    return {"kind": city.random.choice(WHOLE_DAYS), "side": "full", "decision": decision}


def correct_day(city: City, person: Person) -> None:
    """A punch is stated or disowned by letter, or that is taken back."""
    now = clock_at(city.now)
    if person.corrections and city.random.random() < 0.4:
        key = city.random.choice(list(person.corrections))
        withdraw(city.settings, person.corrections.pop(key), "keliru", BKPP, now)
        return
    if person.punches and city.random.random() < 0.4:
        serial, at = city.random.choice(person.punches)
        correction = Correction(person.employee_id, at.date(), "disowned", "bukan dia", None, serial, at)
        key = (at.date(), f"{serial} {at}")
    else:
        day = city.day()
        key = (day, city.random.choice(("time_in", "time_out")))
        stated = time(7, 25) if key[1] == "time_in" else time(16, 31)
        correction = Correction(person.employee_id, day, key[1], "lupa", stated)  # type: ignore[arg-type]
    if key not in person.corrections and _has_pin(city, person, correction):
        person.corrections[key] = correct(city.settings, correction, BKPP, now).correction_id


def _has_pin(city: City, person: Person, correction: Correction) -> bool:
    """A punch can only be disowned by whom the folder, as it was loaded last, gives its PIN."""
    if correction.what != "disowned":
        return True
    conn = connect(city.settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "select exists (select 1 from reference.pins where load_to is null and employee_id = %s"
            " and scope_code = %s and valid_from <= %s and coalesce(valid_to, 'infinity') > %s)",
            (person.employee_id, f"K{(correction.terminal_serial or '')[1:]}", correction.punched_at_local,
             correction.punched_at_local),
        )  # fmt: skip
        row = cursor.fetchone()
    conn.close()
    return row == (True,)


def move(city: City, person: Person) -> None:
    """He is posted to another office since a day, or never was."""
    who = person.employee_id
    postings = sorted(city.found("postings", employee_id=who), key=lambda row: row["valid_from"])
    pins = sorted(city.found("pins", employee_id=who), key=lambda row: row["valid_from"])
    if len(postings) > 1:
        city.take("postings", who, postings[1]["valid_from"])
        city.take("pins", "opd", pins[1]["scope_code"], person.pin, pins[1]["valid_from"])
        city.put("postings", **{**postings[0], "valid_to": ""})
        city.put("pins", **{**pins[0], "valid_to": ""})
        person.office = int(postings[0]["opd_code"][1:])
        return
    day = city.day() + timedelta(days=1)
    office = city.random.choice([one for one in range(OFFICES) if one != person.office])
    city.put("postings", **{**postings[0], "valid_to": day})
    city.put("pins", **{**pins[0], "valid_to": day})
    city.put("postings", employee_id=who, opd_code=office_code(office), valid_from=day)
    city.put("pins", scope="opd", scope_code=office_code(office), pin=person.pin, employee_id=who, valid_from=day)
    person.office = office


def pay_otherwise(city: City, person: Person) -> None:
    """The base of his allowance was another one, since ever or since a day."""
    rows = city.found("tpp", employee_id=person.employee_id)
    amount = 1_500_000 + city.random.randrange(1_000_000)
    if len(rows) == 1 and city.random.random() < 0.5:
        day = city.day()
        city.put("tpp", **{**rows[0], "valid_to": day})
        city.put("tpp", employee_id=person.employee_id, base_idr=amount, valid_from=day)
    else:
        city.put("tpp", **{**city.random.choice(rows), "base_idr": amount})


def note_day(city: City, person: Person) -> None:
    """A hand list, an absence at noon or a punishment of one day comes, or goes again."""
    table = city.random.choice(("manual_attendance", "midday_absences", "day_overrides"))
    stated = city.found(table, employee_id=person.employee_id)
    if stated and city.random.random() < 0.4:
        city.take(table, person.employee_id, city.random.choice(stated)["work_date"])
        return
    more = {
        "manual_attendance": {"time_in": "07:24", "time_out": "16:31", "signer": "Kasubag"},
        "midday_absences": {"minutes": city.random.choice(("10", "45", "95"))},
        "day_overrides": {"kind": "HUKUMAN", "pct": "5", "decided_by": "Kepala"},
    }
    city.put(table, employee_id=person.employee_id, work_date=city.day(), letter_no="800/31", **more[table])


def exempt(city: City, person: Person) -> None:
    """He is exempt from something for a while, or no longer."""
    stated = city.found("exemptions", scope_code=person.employee_id)
    if stated:
        row = stated[0]
        city.take("exemptions", "employee", person.employee_id, row["activity"], row["valid_from"])
        return
    day = city.day()
    city.put("exemptions", scope="employee", scope_code=person.employee_id,
             activity=city.random.choice(("apel", "upacara", "phbi", "presensi")), valid_from=day,
             valid_to=day + timedelta(days=city.random.randint(1, 15)), letter_no="800/35")  # fmt: skip


def roster_otherwise(city: City, person: Person) -> None:
    """He stands guard at night since a day, or does not."""
    stated = city.found("shift_assignments", scope_code=person.employee_id)
    if stated:
        city.take("shift_assignments", "employee", person.employee_id, stated[0]["valid_from"])
        return
    day = city.day()
    city.put("shift_assignments", scope="employee", scope_code=person.employee_id, schedule_code="JAGA",
             valid_from=day, valid_to=day + timedelta(days=6))  # fmt: skip


def state_count(city: City, person: Person) -> None:
    """A count of a month is taken over by letter, is another one, or is withdrawn."""
    key = (person.employee_id, city.random.choice(("2017-01", "2017-02", "2017-03")), "absent_days")
    if city.take("stated_counters", *key) is None or city.random.random() < 0.5:
        city.put("stated_counters", employee_id=key[0], month=key[1], counter=key[2],
                 quantity=city.random.randint(1, 12), letter_no="800/45")  # fmt: skip


def object_to(city: City, person: Person) -> None:
    """He objects to a month, or gets his answer."""
    now = clock_at(city.now)
    if person.objections:
        number = person.objections.pop()
        answer_objection(city.settings, number, "DITOLAK", "tidak ada surat", signature=BKPP, clock=now)
        return
    objection = Objection(person.employee_id, date(2017, 2, 1), "keberatan", city.today - timedelta(days=2))
    person.objections.append(file_objection(city.settings, objection, BKPP, now))


PERSONAL: tuple[tuple[Callable[[City, Person], None], int], ...] = (
    (punch_late, 3), (change_excuse, 4), (correct_day, 3), (move, 2), (pay_otherwise, 2), (note_day, 2), (exempt, 1),
    (roster_otherwise, 1), (state_count, 1), (object_to, 1),
)  # fmt: skip


def hold_event(city: City, office: int) -> None:
    """An event was held after all, with its roll from the terminal or by hand, or was not."""
    code = office_code(office)
    stated = city.found("events", opd_code=code)
    if stated and city.random.random() < 0.4:
        event_id = city.random.choice(stated)["event_id"]
        city.take("events", event_id)
        for row in city.found("event_attendance", event_id=event_id):
            city.take("event_attendance", event_id, row["employee_id"])
        return
    day, kind = city.day(), city.random.choice(("apel", "apel", "upacara", "phbi"))
    by_hand = city.random.random() < 0.4
    event_id = f"{kind}-{code}-{day}"
    city.put("events", event_id=event_id, kind=kind, name="Acara", event_date=day, opd_code=code, starts_at="07:30",
             window_from="07:00", window_to="07:25", terminal_serial=None if by_hand else serial_of(office),
             attendance_by="daftar_hadir" if by_hand else "terminal", legal_basis="Instruksi")  # fmt: skip
    if by_hand:
        call_roll(city, office)


def call_roll(city: City, office: int) -> None:
    """The hand list of an event names somebody, or says the contrary of him."""
    events = city.found("events", opd_code=office_code(office), attendance_by="daftar_hadir")
    colleagues = [person for person in city.people if person.office == office]
    if events and colleagues:
        event_id = city.random.choice(events)["event_id"]
        for person in city.random.sample(colleagues, min(2, len(colleagues))):
            city.put("event_attendance", event_id=event_id, employee_id=person.employee_id,
                     is_present=city.random.choice(("ya", "tidak")))  # fmt: skip


def change_rule(city: City, office: int) -> None:
    """The regulation of the office says another rate, or measures otherwise."""
    own = own_regulation(office)
    seed = city.random.choice((*PRICED, "day_measures"))
    rows = city.found(f"{LAW}{seed}", regulation_code=own)
    if seed == "day_measures":
        changes = [{"grace_seconds": "0"}, {"grace_seconds": "59"}, {"request_expiry_days": "3"},
                   {"quorum_share_pct": "50.00"}, {"quorum_share_pct": ""}]  # fmt: skip
        change = city.random.choice(changes)
    else:
        rows = [row for row in rows if row["pct"] not in ("", "0.00")]
        change = {"pct": f"{city.random.randint(1, 19) / 4:.2f}"}
    if rows:
        city.put(f"{LAW}{seed}", **{**city.random.choice(rows), **change})


def apply_otherwise(city: City, office: int) -> None:
    """The office is under its regulation since another day, or by announcement only."""
    (row,) = city.found(f"{LAW}regulation_applications", opd_code=office_code(office))
    city.take(f"{LAW}regulation_applications", row["regulation_code"], "potongan", row["opd_code"], row["valid_from"])
    begin, end = city.random.choice((("2017-01-01", ""), (str(city.day()), ""), ("2017-01-01", str(city.day()))))
    status = city.random.choice(("announced", "in_force"))
    city.put(f"{LAW}regulation_applications", **{**row, "valid_from": begin, "valid_to": end, "rule_status": status})


def break_down(city: City, office: int) -> None:
    """The terminal was broken for a day, with a complete list on paper or not, or was not."""
    stated = city.found("outages", terminal_serial=serial_of(office))
    if stated and city.random.random() < 0.5:
        city.take("outages", serial_of(office), stated[0]["from_at_local"])
        return
    day = city.day()
    city.put("outages", terminal_serial=serial_of(office), from_at_local=f"{day} 06:00:00",
             to_at_local=f"{day} 18:00:00", letter_no="800/30",
             list_complete=city.random.choice(("ya", "tidak")))  # fmt: skip


def settle_clock(city: City, office: int) -> None:
    """Somebody says when punches with a wrong clock were made, or leaves them out; later perhaps otherwise."""
    for run, _ in clock_runs(city.settings, serial_of(office)):
        if run.low_s is None or run.high_s is None or run.low_s > run.high_s:
            continue
        shift = city.random.choice((None, (run.low_s + run.high_s) // 2))
        decide_clock(city.settings, serial_of(office), run.run, shift, signature=BKPP, clock=clock_at(city.now))


def settle_pin(city: City, office: int) -> None:
    """Somebody says whose the unknown PIN is, and with an owner it comes into the folder."""
    conn = connect(city.settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute("select exists (select 1 from raw.punches where pin = %s)", (stranger_of(office),))
        is_punched = cursor.fetchone() == (True,)
    conn.close()
    owners = [person for person in city.people if person.office == office]
    if not is_punched or not owners:
        return
    pin, serial = stranger_of(office), serial_of(office)
    owner = city.random.choice((None, city.random.choice(owners).employee_id))
    decide_pin(city.settings, serial, pin, owner, signature=BKPP, clock=clock_at(city.now))
    city.take("pins", "terminal", serial, pin, "2017-02-06")
    if owner is not None:
        city.put("pins", scope="terminal", scope_code=serial, pin=pin, employee_id=owner, valid_from="2017-02-06")


def settle_ceremony(city: City, office: int) -> None:
    """The leadership says what absence from a ceremony costs."""
    conn = connect(city.settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "select event_id from reference.events where load_to is null and kind = 'phbi' and opd_code = %s",
            (office_code(office),),
        )
        events = [event_id for (event_id,) in cursor.fetchall()]
    conn.close()
    for event_id in events:
        sanction = city.random.choice((Sanction("none"), Sanction("pct", pct=Decimal("2.50"))))
        decide_sanction(city.settings, event_id, sanction, BKPP, clock_at(city.now))


OF_OFFICES: tuple[tuple[Callable[[City, int], None], int], ...] = (
    (hold_event, 4), (call_roll, 2), (change_rule, 4), (apply_otherwise, 1), (break_down, 2), (settle_clock, 3),
    (settle_pin, 3), (settle_ceremony, 1),
)  # fmt: skip
