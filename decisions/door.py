"""`hadir decide`, `hadir close`, `hadir rebuild`: the decisions of people, also when Airflow is down."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from decisions import corrections_door
from decisions.approvals import Approval, Signature
from decisions.clock_door import clock_command
from decisions.clock_door import list_command as clock_list_command
from decisions.months import Closing, close_month, lock_month, month_of, read_month, refuse_month
from decisions.payroll import door as payroll_door
from decisions.phbi import Roll, decide_sanction, sanction_of
from decisions.pins import NOBODY, decide_pin
from decisions.rebuild import Known, Rebuilt, month_as_known, rebuild_month
from decisions.waiting import waiting
from warehouse.clock import Clock, clock_for
from warehouse.console import Exit, Problem, emit, progress
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

By = Annotated[str, typer.Option("--by", metavar="NAMA", help="Nama pengguna pejabat, menurut deciders.csv.")]
Letter = Annotated[str, typer.Option("--letter", metavar="NOMOR", help="Nomor surat keputusannya.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="WAKTU", help="Seolah-olah sekarang waktu ini (ISO).")]
AsJson = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")]


def mount(app: typer.Typer) -> None:
    """Adds `hadir decide ..`, `hadir clock`, `hadir close`, `hadir rebuild` and `hadir payroll`."""
    decide = typer.Typer(help="Keputusan orang: PHBI, PIN, jam mesin, koreksi, keberatan; dan apa yang menunggu.")
    decide.command("phbi")(phbi_command)
    decide.command("pin")(pin_command)
    decide.command("clock")(clock_command)
    decide.command("list")(list_command)
    corrections_door.mount(decide)
    app.add_typer(decide, name="decide")
    clocks = typer.Typer(help="Rekaman yang dibuat mesin selagi jamnya salah.", no_args_is_help=True)
    clocks.command("list")(clock_list_command)
    clocks.callback()(lambda: None)  # one subcommand, and yet a name of its own
    app.add_typer(clocks, name="clock")
    app.command("close")(close_command)
    app.command("rebuild")(rebuild_command)
    payroll_door.mount(app)


def phbi_command(
    event_id: Annotated[str, typer.Argument(metavar="ACARA", help="Kode acara PHBI menurut events.csv.")],
    *,
    by: By,
    letter: Letter,
    pct: Annotated[str | None, typer.Option("--pct", help="Persen dari dasar TPP, misalnya 2,5.")] = None,
    amount: Annotated[str | None, typer.Option("--amount", help="Rupiah per orang, misalnya 50000.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Tanpa sanksi.")] = False,
    excepted: Annotated[
        list[str] | None, typer.Option("--except", metavar="PEGAWAI", help="Dikecualikan; boleh diulang.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Putuskan sanksi bagi yang tidak hadir pada acara PHBI; yang lama digantikan.

    Contoh: hadir decide phbi PHBI-2017-02-24 --pct 3 --letter 451/112 --by sekda
    """
    sanction = sanction_of(_number(pct), _number(amount), none, tuple(excepted or ()))
    settings = load_settings()
    clock = _clock(settings, as_of)
    with running_server(settings):
        approval, roll = decide_sanction(settings, event_id, sanction, Signature(by, letter), clock)
    emit(
        {"approval": _plain(approval), "roll": _roll(roll), "sanction": sanction.columns()},
        as_json=as_json,
        text=lambda: _wrapped(roll.in_words + ".", _told(approval), "Angkanya berlaku sesudah 'hadir build'."),
    )


def pin_command(
    serial: Annotated[str, typer.Argument(metavar="SERI", help="Nomor seri mesin.")],
    pin: Annotated[str, typer.Argument(metavar="PIN", help="PIN yang tak dikenal.")],
    whose: Annotated[str, typer.Argument(metavar="PEGAWAI|nobody", help="Nomor pegawai, atau nobody.")],
    *,
    by: By,
    letter: Letter,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Putuskan milik siapa sebuah PIN yang tak dikenal; sampai itu alpa hari-hari itu tertahan.

    Contoh: hadir decide pin OID70460517000120 990123 nobody --letter 800/9 --by bkpp
    """
    settings = load_settings()
    employee_id = None if whose == NOBODY else whose
    clock = _clock(settings, as_of)
    with running_server(settings):
        approval = decide_pin(settings, serial, pin, employee_id, signature=Signature(by, letter), clock=clock)
    after = "Jalankan 'hadir check --replay', lalu 'hadir build'."
    if employee_id:
        after = f"Tulis juga PIN itu di pins.csv milik {employee_id}: rekamannya dihitung menurut folder situs. {after}"
    emit({"approval": _plain(approval)}, as_json=as_json, text=lambda: _wrapped(_told(approval), after))


def list_command(as_json: AsJson = False) -> None:
    """Daftar yang menunggu keputusan, yang paling lama di atas.

    Contoh: hadir decide list
    """
    settings = load_settings()
    with running_server(settings):
        rows = waiting(settings)
    lines = [
        line
        for row in rows
        for line in (f"{row['title']}: {row['people_count']} orang, sejak {row['since_date']:%d-%m-%Y}.",
                     f"  {row['what_to_do']}")
    ]  # fmt: skip
    emit({"waiting": rows}, as_json=as_json, text=lambda: _wrapped(*lines) or "Tidak ada yang menunggu keputusan.")


def close_command(
    month: Annotated[str, typer.Argument(metavar="BULAN", help="Bulan yang sudah berakhir, YYYY-MM.")],
    *,
    by: Annotated[str | None, typer.Option("--by", metavar="NAMA", help="Pejabat menurut deciders.csv.")] = None,
    letter: Annotated[str | None, typer.Option("--letter", metavar="NOMOR", help="Nomor surat penutupan.")] = None,
    with_waiting: Annotated[
        bool, typer.Option("--with-waiting", help="Tutup apa adanya walaupun masih ada yang menunggu.")
    ] = False,
    lock_only: Annotated[bool, typer.Option("--lock", help="Kunci saja; tanda tangan menyusul.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="Tolak: bulan yang terkunci dibuka lagi.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Tunjukkan keadaannya saja, dan periksa sidiknya.")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Tutup bulan: angkanya dikunci, ditandatangani, dan tidak berubah lagi.

    Contoh: hadir close 2017-02 --letter 800/77 --by sekda
    """
    settings, first = load_settings(), month_of(month)
    clock = _clock(settings, as_of)
    with running_server(settings):
        if show:
            done = read_month(settings, first)
        elif lock_only:
            done = lock_month(settings, first, clock)
        elif by is None or letter is None:
            raise Problem("Menutup atau menolak perlu --by dan --letter.", Exit.WRONG_USE)
        elif refuse:
            done = refuse_month(settings, first, Signature(by, letter), clock)
        else:
            done = close_month(settings, first, Signature(by, letter), clock, despite_waiting=with_waiting)
    emit(_month(done), as_json=as_json, text=lambda: _month_told(done))
    if done.intact and not done.intact.is_untouched:
        raise typer.Exit(Exit.WRONG_FOUND)


def rebuild_command(
    month: Annotated[str, typer.Argument(metavar="BULAN", help="Bulan, YYYY-MM.")],
    as_closed: Annotated[
        bool, typer.Option("--as-closed", help="Seperti dikunci atau ditutup, lalu dibandingkan (bila tanpa pilihan).")
    ] = False,
    as_known: Annotated[
        str | None, typer.Option("--as-known", metavar="WAKTU", help="Seperti diketahui pada waktu ini (ISO).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bangun bulan sekali lagi dari yang diketahui waktu itu, di samping; keluar 1 bila lain dari yang ditutup.

    Contoh: hadir rebuild 2017-02 --as-closed
    """
    settings, first = load_settings(), month_of(month)
    if as_known is not None and as_closed:
        raise Problem("Pilih satu: --as-closed atau --as-known.", Exit.WRONG_USE)
    with running_server(settings), progress(f"Bulan {month} dibangun ulang di samping"):
        if as_known is not None:
            known = month_as_known(settings, first, _instant(settings, as_known))
            emit(known.payload(), as_json=as_json, text=lambda: _wrapped(*_known_told(known)))
            return
        rebuilt = rebuild_month(settings, first)
    emit(rebuilt.payload(), as_json=as_json, text=lambda: _wrapped(_rebuilt_told(rebuilt)))
    if not rebuilt.is_equal:
        raise typer.Exit(Exit.WRONG_FOUND)


def _instant(settings: Settings, text: str) -> datetime:
    """A moment of the city's clocks; of a date alone its end."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(f"--as-known {text} bukan waktu; tulis misalnya 2017-03-03T18:00.", Exit.WRONG_USE) from error
    if len(text) == len("2017-03-03"):
        moment += timedelta(days=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)


def _clock(settings: Settings, as_of: str | None) -> Clock:
    try:
        return clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"--as-of {as_of} bukan waktu; tulis misalnya 2017-03-03T18:00.", Exit.WRONG_USE) from error


def _number(text: str | None) -> Decimal | None:
    """A number as people write it here: a comma or a point before the decimals."""
    if text is None:
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise Problem(f"'{text}' bukan angka.", Exit.WRONG_USE) from error


def _wrapped(*paragraphs: str) -> str:
    return "\n".join(line for paragraph in paragraphs for line in textwrap.wrap(paragraph, 80, subsequent_indent="  "))


def _told(approval: Approval) -> str:
    replaced = f" Menggantikan keputusan {approval.supersedes}." if approval.supersedes else ""
    return f"Keputusan {approval.approval_id} oleh {approval.decider.name} ({approval.decider.role}) dicatat.{replaced}"


def _plain(approval: Approval | None) -> dict[str, Any] | None:
    if approval is None:
        return None
    return {
        "approval_id": approval.approval_id, "supersedes": approval.supersedes, "decided_by": approval.decider.name,
        "role": approval.decider.role, "decided_at": approval.decided_at,
    }  # fmt: skip


def _roll(roll: Roll) -> dict[str, Any]:
    return {
        "event_id": roll.event_id, "name": roll.name, "event_date": roll.event_date,
        "expected_count": roll.expected_count, "present_count": roll.present_count,
        "excused_count": roll.excused_count, "absent_count": roll.absent_count,
        "incomplete_count": roll.incomplete_count,
    }  # fmt: skip


def _month(done: Closing) -> dict[str, Any]:
    return {
        "month": f"{done.state.month:%Y-%m}", "state": done.state.state, "people_count": done.state.people_count,
        "figures_sha256": done.state.figures_sha256, "waiting": done.waiting.counts(),
        "approval": _plain(done.approval), "intact": asdict(done.intact) if done.intact else None,
    }  # fmt: skip


def _month_told(done: Closing) -> str:
    lines = [f"Bulan {done.state.month:%Y-%m}: {done.state.state}.", done.waiting.in_words]
    if done.state.figures_sha256:
        lines.append(f"Angka {done.state.people_count} orang, sidik {done.state.figures_sha256}.")
    if done.intact:
        lines.append(done.intact.in_words)
    if done.approval:
        lines.append(_told(done.approval))
    return _wrapped(*lines)


def _rebuilt_told(rebuilt: Rebuilt) -> str:
    how = (
        "sama" if not rebuilt.differing else f"LAIN pada {len(rebuilt.differing)} orang: {', '.join(rebuilt.differing)}"
    )
    return (
        f"Bulan {rebuilt.month:%Y-%m} dari muatan {rebuilt.load_id}, pembangunan {rebuilt.build_id}: "
        f"{rebuilt.people_count} orang, {how}; potongan Rp{_grouped(rebuilt.payable_idr)}."
        + ("" if rebuilt.has_same_figures else " Baris yang dibekukan TIDAK cocok dengan sidiknya.")
        + ("" if rebuilt.has_same_pulls else " Penarikan atau rekamannya BERUBAH sejak bulan itu dikunci.")
        + ("" if rebuilt.has_same_rules else " Aturannya sudah berubah sejak bulan itu dikunci.")
    )


def _known_told(known: Known) -> Iterator[str]:
    yield (
        f"Bulan {known.month:%Y-%m} menurut yang diketahui {known.as_known:%d-%m-%Y %H.%M} (muatan {known.load_id}): "
        f"{known.people_count} orang, potongan Rp{_grouped(known.payable_idr)}, proyeksi "
        f"Rp{_grouped(known.projected_idr)}."
    )
    if known.differing:
        yield f"Lain dari yang tampil sekarang pada {len(known.differing)} orang: {', '.join(known.differing)}."
    if not known.has_same_rules:
        yield "Aturannya sudah berubah sejak waktu itu; yang dipakai ialah aturan sekarang."


def _grouped(amount: Decimal) -> str:
    return f"{amount:,.0f}".replace(",", ".")
