"""The gate's command: `hadir check`."""

from __future__ import annotations

from typing import Annotated

import typer

from expectations.report import text
from warehouse.clock import clock_for
from warehouse.console import Exit, Problem, emit, progress
from warehouse.server import running_server
from warehouse.settings import load_settings


def mount(app: typer.Typer) -> None:
    """Adds `hadir check` to the command line."""
    app.command("check")(check_command)


def check_command(
    replay: Annotated[
        bool, typer.Option("--replay", help="Uji ulang juga baris karantina yang masih terbuka.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WAKTU", help="Saat yang dicatat, misalnya 2017-03-31T10:00.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Satu objek JSON di stdout.")] = False,
) -> None:
    """Periksa rekaman yang baru mendarat; baris yang meragukan masuk karantina.

    Karantina tidak pernah membuat alpa. Sesudah sebabnya diperbaiki (PIN atau penempatan dilengkapi di folder
    situs), lepaskan barisnya dengan --replay. Kode keluar 1 hanya bila sebuah penarikan ditahan seluruhnya.

    Contoh: hadir check --replay
    """
    from expectations.gate import check

    settings = load_settings()
    try:
        clock = clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"--as-of '{as_of}' bukan waktu; tulis misalnya 2017-03-31T10:00.", Exit.WRONG_USE) from error
    with running_server(settings), progress("Memeriksa rekaman"):
        report = check(settings, clock, replay=replay)
    emit(report.payload(), as_json=as_json, text=lambda: text(report))
    if report.is_stopped:
        raise typer.Exit(Exit.WRONG_FOUND)
