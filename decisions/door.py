"""`hadir decide`, `hadir close`, `hadir rebuild`: the decisions of people, also when Airflow is down."""

from __future__ import annotations

import textwrap
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from decisions.approvals import Approval, Signature
from decisions.clock_door import clock_command
from decisions.clock_door import list_command as clock_list_command
from decisions.months import Closing, close_month, lock_month, month_of, read_month, refuse_month
from decisions.phbi import Roll, decide_sanction, sanction_of
from decisions.pins import NOBODY, decide_pin
from decisions.rebuild import Rebuilt, rebuild_month
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
    """Adds `hadir decide ..`, `hadir close` and `hadir rebuild`."""
    decide = typer.Typer(help="Keputusan orang: sanksi PHBI, PIN tak dikenal, jam mesin; dan apa yang menunggu.")
    decide.command("phbi")(phbi_command)
    decide.command("pin")(pin_command)
    decide.command("clock")(clock_command)
    decide.command("list")(list_command)
    app.add_typer(decide, name="decide")
    clocks = typer.Typer(help="Rekaman yang dibuat mesin selagi jamnya salah.", no_args_is_help=True)
    clocks.command("list")(clock_list_command)
    clocks.callback()(lambda: None)  # one subcommand, and yet a name of its own
    app.add_typer(clocks, name="clock")
    app.command("close")(close_command)
    app.command("rebuild")(rebuild_command)


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
    show: Annotated[bool, typer.Option("--show", help="Tunjukkan keadaannya saja.")] = False,
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


def rebuild_command(
    month: Annotated[str, typer.Argument(metavar="BULAN", help="Bulan yang terkunci atau tertutup, YYYY-MM.")],
    as_json: AsJson = False,
) -> None:
    """Bangun bulan tertutup sekali lagi dari yang diketahui waktu itu, di samping; keluar 1 bila hasilnya lain.

    Contoh: hadir rebuild 2017-02
    """
    settings, first = load_settings(), month_of(month)
    with running_server(settings), progress(f"Bulan {month} dibangun ulang di samping"):
        rebuilt = rebuild_month(settings, first)
    emit(rebuilt.payload(), as_json=as_json, text=lambda: _wrapped(_rebuilt_told(rebuilt)))
    if not rebuilt.is_equal:
        raise typer.Exit(Exit.WRONG_FOUND)


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
        "approval": _plain(done.approval),
    }  # fmt: skip


def _month_told(done: Closing) -> str:
    lines = [f"Bulan {done.state.month:%Y-%m}: {done.state.state}.", done.waiting.in_words]
    if done.state.figures_sha256:
        lines.append(f"Angka {done.state.people_count} orang, sidik {done.state.figures_sha256}.")
    if done.approval:
        lines.append(_told(done.approval))
    return _wrapped(*lines)


def _rebuilt_told(rebuilt: Rebuilt) -> str:
    how = "sama" if rebuilt.is_equal else f"LAIN pada {len(rebuilt.differing)} orang: {', '.join(rebuilt.differing)}"
    return (
        f"Bulan {rebuilt.month:%Y-%m} dari muatan {rebuilt.load_id}, pembangunan {rebuilt.build_id}: "
        f"{rebuilt.people_count} orang, {how}."
        + ("" if rebuilt.has_same_rules else " Aturannya sudah berubah sejak bulan itu dikunci.")
    )
