"""`hadir decide correction|withdraw` and `hadir decide objection ..`: what is put right, and what is objected to."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

import typer

from decisions.approvals import Signature
from decisions.corrections import Corrected, Correction, correct, withdraw
from decisions.months import month_of
from decisions.objections import Answer, Objection, answer_objection, file_objection
from warehouse.clock import Clock, clock_for
from warehouse.console import Exit, Problem, emit
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

By = Annotated[str, typer.Option("--by", metavar="NAMA", help="Nama pengguna pejabat, menurut deciders.csv.")]
Letter = Annotated[str, typer.Option("--letter", metavar="NOMOR", help="Nomor suratnya.")]
Reason = Annotated[str, typer.Option("--reason", metavar="ALASAN", help="Alasannya, dengan kata-kata.")]
Text = Annotated[str, typer.Option("--text", metavar="ISI", help="Isinya, dengan kata-kata.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="WAKTU", help="Seolah-olah sekarang waktu ini (ISO).")]
AsJson = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")]
Employee = Annotated[str, typer.Argument(metavar="PEGAWAI", help="Nomor pegawai.")]


def mount(decide: typer.Typer) -> None:
    """Adds the commands to `hadir decide`."""
    decide.command("correction")(correction_command)
    decide.command("withdraw")(withdraw_command)
    objection = typer.Typer(no_args_is_help=True, help="Keberatan pegawai: dicatat, lalu dijawab.")
    objection.command("file")(file_command)
    objection.command("answer")(answer_command)
    decide.add_typer(objection, name="objection")


def correction_command(
    employee_id: Employee,
    day: Annotated[str, typer.Argument(metavar="TANGGAL", help="Hari kerja, YYYY-MM-DD.")],
    *,
    by: By,
    letter: Letter,
    reason: Reason,
    time_in: Annotated[str | None, typer.Option("--in", metavar="JAM", help="Nyatakan jam masuk, 07:25.")] = None,
    time_out: Annotated[str | None, typer.Option("--out", metavar="JAM", help="Nyatakan jam pulang, 16:05.")] = None,
    disown: Annotated[
        str | None, typer.Option("--disown", metavar="WAKTU", help="Sangkal rekaman, 2017-02-03T07:42:00.")
    ] = None,
    serial: Annotated[
        str | None, typer.Option("--terminal", metavar="SERI", help="Terminal rekaman yang disangkal.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Koreksi satu hari: rekaman yang tidak ada dinyatakan, atau yang ada disangkal. Rekaman mesin tidak berubah.

    Contoh: hadir decide correction P0001 2017-02-03 --in 07:25 --reason "jari luka" --letter 800/41 --by bkpp
    """
    correction = _correction(employee_id, day, reason, stated=(time_in, time_out), disowned=(disown, serial))
    settings = load_settings()
    clock = _clock(settings, as_of)
    with running_server(settings):
        written = correct(settings, correction, Signature(by, letter), clock)
    emit(_plain(written), as_json=as_json, text=lambda: _told(written))


def withdraw_command(
    correction_id: Annotated[int, typer.Argument(metavar="KOREKSI", help="Nomor koreksi yang ditarik.")],
    *,
    by: By,
    letter: Letter,
    reason: Reason,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Tarik koreksi yang keliru; barisnya tetap terbaca.

    Contoh: hadir decide withdraw 3 --reason "salah orang" --letter 800/44 --by bkpp
    """
    settings = load_settings()
    clock = _clock(settings, as_of)
    with running_server(settings):
        written = withdraw(settings, correction_id, reason, Signature(by, letter), clock)
    emit(_plain(written), as_json=as_json, text=lambda: _told(written))


def file_command(
    employee_id: Employee,
    when: Annotated[str, typer.Argument(metavar="TANGGAL|BULAN", help="2017-02-06 atau 2017-02.")],
    *,
    by: By,
    letter: Annotated[str, typer.Option("--letter", metavar="NOMOR", help="Nomor surat keberatannya.")],
    text: Text,
    filed_on: Annotated[str, typer.Option("--filed-on", metavar="TANGGAL", help="Tanggal diajukan.")],
    cut: Annotated[
        str | None, typer.Option("--cut", metavar="KUNCI", help="Satu potongan: deduction_id dari hadir explain.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Catat keberatan pegawai terhadap potongannya; ia berdiri di samping potongan itu dan tidak mengubahnya.

    Contoh: hadir decide objection file P0001 2017-02-06 --text "dinas luar" --filed-on 2017-03-02 --letter 1 --by bkpp
    """
    is_month = len(when) == len("2017-02")
    work_date = None if is_month else _day(when)
    month = month_of(when) if work_date is None else work_date.replace(day=1)
    objection = Objection(employee_id, month, text, _day(filed_on), work_date, cut)
    settings = load_settings()
    clock = _clock(settings, as_of)
    with running_server(settings):
        objection_id = file_objection(settings, objection, Signature(by, letter), clock)
    emit({"objection_id": objection_id}, as_json=as_json, text=lambda: f"Keberatan {objection_id} dicatat.")


def answer_command(
    objection_id: Annotated[int, typer.Argument(metavar="NOMOR", help="Nomor keberatan.")],
    *,
    by: By,
    letter: Letter,
    text: Text,
    is_accepted: Annotated[bool, typer.Option("--accept/--reject", help="Diterima atau ditolak.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Jawab keberatan, sekali. Yang diterima diperbaiki dengan koreksi, keterangan atau keputusan.

    Contoh: hadir decide objection answer 4 --accept --text "surat tugas ada" --letter 800/50 --by bkpp
    """
    settings = load_settings()
    answer: Answer = "DITERIMA" if is_accepted else "DITOLAK"
    clock = _clock(settings, as_of)
    with running_server(settings):
        answer_objection(settings, objection_id, answer, text, signature=Signature(by, letter), clock=clock)
    after = " Perbaiki sekarang penyebabnya: koreksi, keterangan atau keputusan." if is_accepted else ""
    emit(
        {"objection_id": objection_id, "answer": answer},
        as_json=as_json,
        text=lambda: f"Keberatan {objection_id}: {answer}.{after}",
    )


def _correction(
    employee_id: str,
    day: str,
    reason: str,
    *,
    stated: tuple[str | None, str | None],
    disowned: tuple[str | None, str | None],
) -> Correction:
    time_in, time_out = stated
    at, serial = disowned
    if [time_in, time_out, at].count(None) != 2 or (at is None) != (serial is None):
        raise Problem("Isi tepat satu: --in, --out, atau --disown bersama --terminal.", Exit.WRONG_USE)
    work_date = _day(day)
    if at is not None:
        moment = _parsed(datetime.fromisoformat, at, "waktu; tulis misalnya 2017-02-03T07:42:00")
        return Correction(employee_id, work_date, "disowned", reason, None, serial, moment)
    at_time = _parsed(time.fromisoformat, str(time_in or time_out), "jam; tulis misalnya 07:25")
    return Correction(employee_id, work_date, "time_in" if time_in else "time_out", reason, at_time)


def _day(text: str) -> date:
    day: date = _parsed(date.fromisoformat, text, "tanggal; tulis misalnya 2017-02-06")
    return day


def _parsed(parse: Any, text: str, what: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise Problem(f"'{text}' bukan {what}.", Exit.WRONG_USE) from error


def _clock(settings: Settings, as_of: str | None) -> Clock:
    try:
        return clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"--as-of {as_of} bukan waktu; tulis misalnya 2017-03-03T18:00.", Exit.WRONG_USE) from error


def _plain(written: Corrected) -> dict[str, Any]:
    return {
        "correction_id": written.correction_id, "withdraws": written.withdraws, "decided_by": written.decider.name,
        "role": written.decider.role,
    }  # fmt: skip


def _told(written: Corrected) -> str:
    what = f"Koreksi {written.withdraws} ditarik" if written.withdraws else f"Koreksi {written.correction_id} dicatat"
    return f"{what} oleh {written.decider.name} ({written.decider.role}). Berlaku sesudah 'hadir build'."
