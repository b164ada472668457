"""`hadir migrate`, `build`, `incomplete`, `status`, `doctor`: the database and the marts by hand."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from warehouse.build import BuildReport, build
from warehouse.clock import Clock, clock_for
from warehouse.console import Exit, Problem, emit, progress
from warehouse.doctor import examine, findings_text
from warehouse.incomplete import incomplete_offices
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings
from warehouse.status import read_status, status_text


def mount(app: typer.Typer) -> None:
    """Adds the commands of the warehouse."""
    app.command("migrate")(migrate_command)
    app.command("build")(build_command)
    app.command("incomplete")(incomplete_command)
    app.command("status")(status_command)
    app.command("doctor")(doctor_command)


def migrate_command(
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Siapkan basis data: peran, skema, tabel. Dijalankan lagi tidak mengubah apa pun.

    Contoh: hadir migrate
    """
    settings = load_settings()
    with progress("Menyiapkan basis data"), running_server(settings):
        applied = migrate(settings)
    told = f"Basis data siap; {len(applied)} migrasi diterapkan." if applied else "Basis data sudah siap."
    emit({"applied": applied}, as_json=as_json, text=lambda: told)


def build_command(
    days: Annotated[
        str | None, typer.Option("--days", metavar="A..B", help="Hari-hari ini juga, kedua ujungnya ikut.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Semua hari, bukan hanya yang tersentuh.")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WAKTU", help="Seolah-olah sekarang waktu ini (ISO).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Hitung ulang status, alpa dan potongan untuk hari-hari yang tersentuh data baru.

    Penarikan yang belum lolos 'hadir check' tidak ikut; harinya menunggu pembangunan berikut.

    Contoh: hadir build --days 2017-03-20..2017-03-24
    """
    settings = load_settings()
    asked = days_between(days) if days else None
    clock = _clock(settings, as_of)
    with running_server(settings):
        migrate(settings)
        report = build(settings, clock, full=full, days=asked)
    emit(asdict(report), as_json=as_json, text=lambda: _told(report))


def incomplete_command(
    day: Annotated[str, typer.Argument(metavar="TANGGAL", help="Hari kerja, YYYY-MM-DD.")],
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Kantor yang pada hari itu masih BELUM_LENGKAP, untuk ditagih; sama dengan daftar penutupan hari.

    Contoh: hadir incomplete 2017-03-31
    """
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise Problem(f"'{day}' bukan tanggal; tulis misalnya 2017-03-31.", Exit.WRONG_USE) from error
    settings = load_settings()
    with running_server(settings):
        offices = incomplete_offices(settings, wanted)
    lines = [f"{office['opd_code']:<14}{office['people_count']:>5} orang  {office['opd_name']}" for office in offices]
    emit(
        {"day": wanted, "offices": offices},
        as_json=as_json,
        text=lambda: "\n".join(lines) or f"Hari {wanted:%d-%m-%Y} lengkap.",
    )


def status_command(
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WAKTU", help="Mesin yang berdiri pada saat ini (ISO).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Keadaan semuanya: mesin, pemeriksaan, karantina, pembangunan, yang masih menunggu.

    Contoh: hadir status
    """
    settings = load_settings()
    clock = _clock(settings, as_of)
    with running_server(settings):
        migrate(settings)
        status = read_status(settings, clock)
    emit(status.payload(), as_json=as_json, text=lambda: status_text(status, settings))


def doctor_command(
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WAKTU", help="Mesin yang berdiri pada saat ini (ISO).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Apa yang salah dan apa yang harus dilakukan. Kode keluar 1 bila ada yang salah.

    Contoh: hadir doctor
    """
    settings = load_settings()
    clock = _clock(settings, as_of)
    with running_server(settings):
        migrate(settings)
        findings = examine(settings, clock)
    emit(
        {"ok": not findings, "findings": [asdict(one) for one in findings]},
        as_json=as_json,
        text=lambda: findings_text(findings),
    )
    if findings:
        raise typer.Exit(Exit.WRONG_FOUND)


def _clock(settings: Settings, as_of: str | None) -> Clock:
    try:
        return clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"--as-of {as_of} bukan waktu; tulis misalnya 2017-03-31T10:00.", Exit.WRONG_USE) from error


def days_between(text: str) -> tuple[date, date]:
    """`A..B` (or one day `A`) as two dates, both ends included.

    Raises:
        Problem: not dates, or the wrong way round (exit code 2).
    """
    first, _, last = text.partition("..")
    try:
        span = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise Problem(f"--days {text} bukan rentang tanggal; tulis 2017-03-20..2017-03-24.", Exit.WRONG_USE) from error
    if span[0] > span[1]:
        raise Problem(f"--days {text}: hari pertama sesudah hari terakhir.", Exit.WRONG_USE)
    return span


def _told(report: BuildReport) -> str:
    told = f"Pembangunan {report.build_id} selesai: {report.day_count} hari-orang."
    if report.skipped:
        told = "Tidak ada hari yang tersentuh; tidak ada yang dibangun."
    if report.waiting_pull_count:
        told += (
            f"\n{report.waiting_pull_count} penarikan belum lolos pemeriksaan; harinya menunggu."
            " Jalankan 'hadir check', lalu 'hadir build'."
        )
    return told
