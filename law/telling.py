"""The chain in Indonesian sentences, at most 80 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

Row = dict[str, Any]

WIDTH: Final = 80
_DAYS: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS: Final = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
_CHANNELS: Final = {
    "zk": "jaringan", "solution": "web server mesin", "usb_file": "berkas USB", "push": "kiriman mesin"
}  # fmt: skip
EVIDENCE_WORDS: Final = {
    "T": "naskah dibaca", "Q": "naskah dikutip utuh", "N": "berita atau pejabat", "C": "program pemerintah itu",
    "B": "blog", "I": "tafsir", "-": "tidak diberitakan",
}  # fmt: skip
# Bases of the seeds that have an everyday word.
_BASES: Final = {
    "tpp_total": "TPP", "tukin_month": "tunjangan kinerja", "tkd_month": "TKD", "all_tkd": "TKD",
    "amount": "tunjangan",
}  # fmt: skip
_STATES: Final = {
    "BELUM_LENGKAP": "ada hari yang datanya belum lengkap",
    "BELUM_DIPUTUS": "ada potongan yang belum diputuskan",
    "TERHITUNG": "semua terhitung",
}


def tell(payload: Row) -> str:
    """The text of what `law.explain.explain` returned."""
    lines = list(_tell_day(payload) if payload["kind"] == "day" else _tell_month(payload))
    return "\n".join(line for block in lines for line in _wrapped(block))


def _wrapped(block: str) -> list[str]:
    """A block keeps the indentation of its first line; lines below hang under the text of an item or a detail."""
    indent = len(block) - len(block.lstrip())
    hang = indent + 2 if indent else 3 if block[:1].isdigit() else 0
    return textwrap.wrap(block, WIDTH, subsequent_indent=" " * hang, break_on_hyphens=False) or [""]


def day_in_words(day: date) -> str:
    """`Selasa, 21 Maret 2017`."""
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_in_words(month: str) -> str:
    """`Maret 2017` for `2017-03`."""
    year, number = month.split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def state_in_words(month_state: str) -> str:
    """What a month's state means."""
    return _STATES[month_state]


def rupiah(amount: Decimal | float | None) -> str:
    """`Rp30.000`, sen only when there are any; a dash when the amount is not known."""
    if amount is None:
        return "Rp -"
    exact = Decimal(str(amount))
    text = f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact.normalize():,f}"
    return "Rp" + text.replace(",", " ").replace(".", ",").replace(" ", ".")


def percent(value: Decimal | float) -> str:
    """`1 %`, `0,5 %`."""
    return f"{Decimal(str(value)).normalize():f}".replace(".", ",") + " %"


def _clock(moment: datetime) -> str:
    return moment.strftime("%H.%M.%S")


def _tell_day(payload: Row) -> Iterator[str]:
    yield payload["employee"]["title"]
    yield day_in_words(payload["date"])
    yield ""
    yield f"Status: {', '.join(payload['status'])}."
    yield payload["reason"]
    excuses = {excuse["excuse_id"]: excuse for excuse in payload["excuses"]}
    for shift in payload["shifts"]:
        yield from _tell_shift(shift, excuses)
    for excuse in payload["excuses"]:
        if excuse["decision"] != "approved":
            yield f"Keterangan {_excuse(excuse)}: belum atau tidak disetujui, jadi tidak dihitung."
    yield from (_tell_event(event) for event in payload["events"])
    yield from (correction_in_words(correction) for correction in payload["corrections"])
    yield from (objection_in_words(one) for one in payload["objections"])
    yield from _tell_cuts(payload["deductions"], day_shown=False)
    yield from (cap_in_words(cap) for cap in payload["caps"])
    yield from _tell_pulls(payload["pulls"])


def _tell_shift(shift: Row, excuses: dict[str, Row]) -> Iterator[str]:
    yield ""
    yield (
        f"Giliran {shift['shift_no']}: jadwal {shift['schedule_code']} "
        f"{shift['starts_at_local']:%H.%M}-{shift['ends_at_local']:%H.%M}"
        + (f" ({shift['schedule_legal_basis']})." if shift["schedule_legal_basis"] else ".")
    )
    yield (
        f"  Jendela rekam {shift['window_from_local']:%d-%m %H.%M} sampai {shift['window_to_local']:%d-%m %H.%M}; "
        f"terminal {'sudah' if shift['is_read_to_end'] else 'belum'} terbaca sampai akhirnya."
    )
    if shift["excuse_id"] in excuses:
        yield f"  Keterangan: {_excuse(excuses[shift['excuse_id']])}."
    for punch in shift["punches"]:
        yield f"  Rekaman {_punch(punch)}."
    if not shift["punches"]:
        yield "  Tidak ada rekaman dalam jendela itu."


def _excuse(excuse: Row) -> str:
    letter = f", surat {excuse['letter_no']}" if excuse["letter_no"] else ", tanpa surat"
    return f"{excuse['label'] or excuse['kind']}{letter} ({excuse['legal_basis'] or 'jenis tidak dikenal'})"


def _punch(punch: Row) -> str:
    if punch["channel"] == "daftar_hadir":
        return f"{_clock(punch['punched_at_local'])} menurut daftar hadir bertanda tangan"
    if punch["channel"] == "koreksi":
        return f"{_clock(punch['punched_at_local'])} menurut koreksi"
    label = punch["terminal_label"] or punch["terminal_serial"]
    return (
        f"{_clock(punch['punched_at_local'])}, terminal {label} ({punch['terminal_serial']}), "
        f"rekaman ke-{punch['ordinal']}, penarikan {punch['pull_id']}"
    )


def _tell_event(event: Row) -> str:
    at = f", {_clock(event['punched_at_local'])}" if event["punched_at_local"] else ""
    place = f" di terminal {event['terminal_label']}" if event["terminal_label"] else ""
    return f"Acara {event['name']}: {event['status']}{at}{place}."


def correction_in_words(correction: Row) -> str:
    """What was put right, by whom and under which letter, and whether it was taken back."""
    said = {"time_in": "masuk", "time_out": "pulang"}.get(correction["what"])
    what = (
        f"{said} pukul {correction['stated_time']:%H.%M} dinyatakan"
        if said
        else f"rekaman {_clock(correction['punched_at_local'])} di {correction['terminal_serial']} disangkal"
    )
    taken_back = (
        f" Ditarik: {correction['withdrawn_reason']} (surat {correction['withdrawn_letter_no']})."
        if correction["withdrawn_by"]
        else ""
    )
    return (
        f"Koreksi {correction['correction_id']}, {correction['work_date']:%d-%m-%Y}: {what}, karena "
        f"{correction['reason']} ({correction['decided_by']}, {correction['role']}, surat {correction['letter_no']})."
        f"{taken_back}"
    )


def objection_in_words(objection: Row) -> str:
    """What was objected to, until when it is to be answered, and the answer."""
    told = (
        f"Keberatan {objection['objection_id']} ({objection['filed_on']:%d-%m-%Y}, surat {objection['letter_no']}): "
        f"{objection['objection_text']}"
    )
    state = objection["state"]
    if objection["answered_by"] is None:
        late = "; tenggatnya sudah lewat" if state == "LEWAT_TENGGAT" else ""
        return f"{told} - {state}, dijawab paling lambat {objection['deadline_date']:%d-%m-%Y}{late}."
    return (
        f"{told} - {state} {objection['answered_on']:%d-%m-%Y} oleh {objection['answered_by']} "
        f"({objection['answered_role']}), surat {objection['answer_letter_no']}: {objection['answer_text']}."
    )


def _tell_cuts(cuts: list[Row], *, day_shown: bool) -> Iterator[str]:
    yield ""
    yield "Potongan:" if cuts else "Tidak ada potongan."
    for number, cut in enumerate(cuts, start=1):
        day = f"{day_in_words(cut['work_date'])}: " if day_shown else ""
        yield f"{number}. {day}{cut_in_words(cut)}"
        yield f"   Dasar: {cut['legal_basis']}."
        yield f"   Aturan {cut['rule_code']}, bukti {cut['evidence']} ({EVIDENCE_WORDS[cut['evidence']]})."
        if cut["decision"]:
            yield f"   {_decision(cut['decision'])}"
        if cut["undecided_code"]:
            yield f"   {cut['undecided_code']}: {cut['reason']}"
        if day_shown:
            yield from (f"   {objection_in_words(one)}" for one in cut["objections"])
        if cut["pull"]:
            yield f"   Penarikan {cut['pull']['pull_id']}, bukti sha256"
            yield f"   {cut['evidence_sha256']}"


def _decision(decision: Row) -> str:
    said = {"pct": "persen", "amount": "rupiah", "none": "tanpa sanksi"}[decision["answer"]]
    free = "dikecualikan dari " if decision["is_excepted"] else ""
    at = datetime.fromisoformat(decision["decided_at"])
    return (
        f"Keputusan {decision['approval_id']}: {free}{said}, {decision['decided_by']} ({decision['role']}), surat "
        f"{decision['letter_no']}, {at:%d-%m-%Y}."
    )


def cut_in_words(cut: Row) -> str:
    """One cut: what happened (time, terminal, record), its rate, its regulation, its rupiah."""
    fact = cut["reason"].split("; ")[0].split(" (masuk ")[0].split(" (pulang ")[0]
    judged = [punch for punch in cut["punches"] if punch.get("is_judged")]
    if judged:
        label = judged[0]["terminal_label"] or judged[0]["terminal_serial"]
        fact += f" ({_clock(judged[0]['punched_at_local'])}, terminal {label}, rekaman ke-{judged[0]['ordinal']})"
    rate = _rate(cut)
    amount = f" = {rupiah(cut['amount_idr'])}" if cut["amount_idr"] is not None else ""
    return f"{fact} -> {rate} ({cut['regulation']}){amount}{_standing(cut)}."


def _rate(cut: Row) -> str:
    """`TL 1 % TPP`, of a base with a name `1 % bagian kehadiran`; what is open names its readings."""
    base = _base(cut["base_name"])
    if cut["state"] == "UNDECIDED" and cut["pct"] is None:
        readings = " atau ".join(percent(reading) for reading in cut["candidates"] or ())
        return f"belum diputuskan, {readings} {base}" if readings else "belum diputuskan"
    return str(cut["code"]) if cut["pct"] is None else f"{cut['code']} {percent(cut['pct'])} {base}"


def _standing(cut: Row) -> str:
    is_projection = cut["rule_status"] == "announced" and cut["state"] == "DIHITUNG"
    return ", baru diumumkan: proyeksi" if is_projection else ""


def _tell_pulls(pulls: list[Row]) -> Iterator[str]:
    if pulls:
        yield ""
        yield "Penarikan:"
    for pull in pulls:
        drift = pull["clock_drift_s"]
        clock = "jam mesin tidak diketahui" if drift is None else f"jam mesin {drift:+d} detik"
        yield (
            f"  {pull['pull_id']}: terminal {pull['terminal_label'] or pull['terminal_serial']}, "
            f"{_CHANNELS[pull['channel']]}, {pull['started_at']:%d-%m-%Y %H.%M.%S}, {clock}, "
            f"terbaca sampai {pull['covers_until_local']:%d-%m-%Y %H.%M}; bukti sha256"
        )
        yield f"    {pull['evidence_sha256']}"


def _tell_month(payload: Row) -> Iterator[str]:
    totals = payload["totals"]
    yield payload["employee"]["title"]
    yield f"{month_in_words(payload['month'])}: {state_in_words(payload['status'])}."
    yield from closing_in_words(payload["closing"])
    yield f"Dasar (TPP akhir bulan): {rupiah(totals['base_idr'])}."
    yield from _tell_cuts(payload["deductions"], day_shown=True)
    yield from (cap_in_words(cap) for cap in payload["caps"])
    yield from (trigger_in_words(trigger) for trigger in payload["triggers"])
    yield ""
    yield from sums_in_words(totals)
    for day in payload["incomplete_days"]:
        yield f"  {day_in_words(day['date'])}: {day['reason']}"
    yield from (correction_in_words(correction) for correction in payload["corrections"])
    yield from (objection_in_words(one) for one in payload["objections"] if one["work_date"] is None)
    yield from _tell_susulan(payload["susulan"])


def sums_in_words(totals: Row) -> Iterator[str]:
    """What the month costs, why it is not the plain sum where it is not, and what stands outside of it."""
    yield _sum("Dibayar berkurang", totals, "payable")
    yield _sum("Proyeksi (baru diumumkan)", totals, "projected")
    if totals.get("reason"):
        yield totals["reason"]
    if totals.get("candidates"):
        readings = " atau ".join(percent(reading) for reading in totals["candidates"])
        yield f"Menurut bacaannya, sebulan {readings}; belum diputuskan mana yang berlaku."
    yield (
        f"Di luar jumlah itu: {totals['undecided_count']} potongan belum diputuskan, "
        f"{totals['incomplete_day_count']} hari belum lengkap datanya."
    )


def cap_in_words(cap: Row) -> str:
    """Why the cuts of a day together cost something else than their sum."""
    day, base = day_in_words(cap["work_date"]), f" {_base(cap['base_name'])}"
    if cap["is_overridden"]:
        return f"{day}: hukuman yang ditetapkan pimpinan, {percent(cap['pct'])}{base}, menggantikan potongan hari itu."
    how = (
        "yang dipotong hanya yang terbesar"
        if cap["pct"] == cap["max_pct"]
        else "dibatasi"
        if cap["pct"] < cap["sum_pct"]
        else "digabung"
    )
    return (
        f"{day}: potongan hari itu berjumlah {percent(cap['sum_pct'])} dan {how} menurut {cap['regulation']}: "
        f"{percent(cap['pct'])}{base}."
    )


def _word(code: str) -> str:
    """A code of the seeds, which is Indonesian, as words."""
    return code.replace("_", " ")


def _base(name: str | None) -> str:
    """The base of a percentage as offices call it; one without a word of its own is told by its name."""
    return "TPP" if name is None else _BASES.get(name, _word(name))


def _counted(trigger: Row) -> str:
    """`alpa 5 hari`, `alpa 3 hari berturut-turut`, `terlambat 2 kali`; an unknown counter by its own name."""
    what = trigger.get("matter") or trigger.get("excuse_kind")
    if what is None:
        return f"{trigger['counter']} = {trigger['quantity']:g}"
    unit = {"days": "hari", "count": "kali", "minutes": "menit", "months": "bulan", "pct": "persen"}[trigger["unit"]]
    code = trigger.get("code")
    how = " berturut-turut" if code == "berturut" else f" (golongan {code})" if code else ""
    return f"{_word(what)} {trigger['quantity']:g} {unit}{how}".replace(".", ",")


def trigger_in_words(trigger: Row) -> str:
    """What the count of a month has set off."""
    effect = {
        "set_base_pct": "potongannya menjadi", "sanction": "dijatuhi", "cuts_apply": "potongan berlaku",
    }[trigger["effect"]]  # fmt: skip
    rate = f" {percent(trigger['pct'])}" if trigger["pct"] is not None else ""
    base = f" {_base(trigger['base_name'])}" if trigger["base_name"] else ""
    sanction = f" {_word(trigger['sanction'])}" if trigger["sanction"] else ""
    return (
        f"Dalam sebulan {_counted(trigger)}: {effect}{rate}{base}{sanction} "
        f"({trigger['legal_basis']}; aturan {trigger['rule_code']})."
    )


def closing_in_words(closing: Row | None) -> Iterator[str]:
    """Whether the figures stand still, and by whose signature."""
    if closing is None or closing["state"] == "OPEN":
        return
    if closing["state"] == "LOCKED":
        yield "Bulan ini terkunci: angkanya diam dan menunggu tanda tangan."
        return
    yield (
        f"Ditutup {closing['changed_at']:%d-%m-%Y %H.%M} oleh {closing['decided_by']} ({closing['role']}), surat "
        f"{closing['letter_no']}. Yang tertulis di bawah ialah yang ditutup dan tidak berubah lagi."
    )


def _tell_susulan(late: Row | None) -> Iterator[str]:
    if late is None:
        return
    yield ""
    yield susulan_in_words(late)
    yield from _tell_cuts(late["deductions"], day_shown=True)


def susulan_in_words(late: Row) -> str:
    """The difference since the close, its cause, and with which month it is paid."""
    paid = f" Sudah diserahkan {rupiah(late['settled_payable_idr'])}." if late["settled_payable_idr"] else ""
    due = (
        f" Dibayar bersama {month_in_words(format(late['payment_month'], '%Y-%m'))}: {rupiah(late['due_payable_idr'])}."
        if late["payment_month"]
        else ""
    )
    return (
        f"Susulan (tidak mengubah yang ditutup): yang berlaku {rupiah(late['difference_payable_idr'])}, proyeksi "
        f"{rupiah(late['difference_projected_idr'])}. Sebabnya: {late['causes']}.{paid}{due}"
    )


def _sum(title: str, totals: Row, name: str) -> str:
    percentages, amount = totals[f"{name}_pct"], totals[f"{name}_idr"]
    exact = totals[f"{name}_exact_idr"]
    if exact == amount:
        rounding = "tanpa pembulatan"
    elif abs(exact - amount) < 1:
        rounding = f"dibulatkan sekali dari {rupiah(exact)}"
    else:
        rounding = f"potongan satu per satu berjumlah {rupiah(exact)}"
    return f"{title}: {percent(percentages)} = {rupiah(amount)} ({rounding})."
