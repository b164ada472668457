"""`hadir pins suggest|approve`: whose the PINs are that nobody owns."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from warehouse.clock import clock_for
from warehouse.console import Exit, Problem, emit, progress
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import load_settings

AsJson = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")]


def mount(app: typer.Typer) -> None:
    """Adds `hadir pins ..`."""
    pins = typer.Typer(help="PIN mesin yang belum bertuan: saran, lalu persetujuan orang.", no_args_is_help=True)
    pins.command("suggest")(suggest)
    pins.command("approve")(approve)
    app.add_typer(pins, name="pins")


def suggest(
    out: Annotated[Path, typer.Option("--out", help="Berkas CSV yang ditulis.")],
    terminal: Annotated[str | None, typer.Option("--terminal", help="Hanya mesin dengan nomor seri ini.")] = None,
    *,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="Tanyakan nama pengguna kepada mesinnya.")] = True,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WAKTU", help="Seolah-olah sekarang waktu ini.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tulis daftar PIN yang terekam tanpa pemilik, dengan saran pegawai menurut nama di mesin.

    Periksa tiap baris, isi kolom setuju dengan ya, lalu jalankan 'hadir pins approve'. Saran bukan keputusan.

    Contoh: hadir pins suggest --out pin_baru.csv
    """
    from extractors.pins import suggest_pins

    settings = load_settings()
    try:
        clock = clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"Waktu '{as_of}' tidak terbaca; tulis misalnya 2017-03-31T10:00.", Exit.WRONG_USE) from error
    with running_server(settings), progress("Mencari PIN tanpa pemilik"):
        migrate(settings)
        report = suggest_pins(settings, out, terminal, clock, is_asking=ask)
    lines = [
        f"{report.unmatched} PIN tanpa pemilik: {report.suggested} dengan saran, {report.ambiguous} dengan beberapa"
    ]
    lines += [f"mesin {serial} tidak menyebut nama penggunanya" for serial in report.silent]
    lines.append(f"Periksa {out}, isi kolom setuju dengan ya, lalu: hadir pins approve {out} --site FOLDER")
    emit(asdict(report), as_json=as_json, text=lambda: "\n".join(lines))


def approve(
    file: Annotated[Path, typer.Argument(help="CSV dari 'hadir pins suggest' yang sudah diperiksa.")],
    site: Annotated[Path, typer.Option("--site", help="Folder situs yang berisi pins.csv.")],
    as_json: AsJson = False,
) -> None:
    """Tambahkan baris yang disetujui (setuju = ya) ke pins.csv folder situs.

    Contoh: hadir pins approve pin_baru.csv --site situs
    """
    from extractors.pins import approve_pins

    done = approve_pins(file, site)
    text = f"{done.added} ditambahkan, {done.known} sudah ada, {done.open} belum disetujui."
    after = " Jalankan 'hadir site load'." if done.added else ""
    emit(asdict(done), as_json=as_json, text=lambda: text + after)
