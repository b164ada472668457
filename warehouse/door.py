"""`hadir build`: the marts by hand."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from warehouse.build import BuildReport, build
from warehouse.clock import clock_for
from warehouse.console import Exit, Problem, emit
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import load_settings


def mount(app: typer.Typer) -> None:
    """Adds `hadir build`."""
    app.command("build")(build_command)


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

    Contoh: hadir build --days 2017-03-20..2017-03-24
    """
    settings = load_settings()
    asked = days_between(days) if days else None
    try:
        clock = clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"--as-of {as_of} bukan waktu; tulis misalnya 2017-03-31T10:00.", Exit.WRONG_USE) from error
    with running_server(settings):
        migrate(settings)
        report = build(settings, clock, full=full, days=asked)
    emit(asdict(report), as_json=as_json, text=lambda: _told(report))


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
    if report.skipped:
        return "Tidak ada hari yang tersentuh; tidak ada yang dibangun."
    return f"Pembangunan {report.build_id} selesai: {report.day_count} hari-orang."
