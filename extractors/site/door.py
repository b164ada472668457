"""`hadir site`: the site folder by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from extractors.site.load import SiteLoad, load_site
from extractors.site.template import GUIDE, InitReport, init_site
from warehouse import console
from warehouse.clock import Clock, clock_for
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

SHOWN: Final = 20

AsJson = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")]


def mount(app: typer.Typer) -> None:
    """Adds `hadir site init` and `hadir site load`."""
    site = typer.Typer(help="Folder situs: apa yang kota beri tahukan kepada sistem.", no_args_is_help=True)
    site.command("init")(init)
    site.command("load")(load)
    app.add_typer(site, name="site")


def init(folder: Annotated[Path, typer.Argument(help="Folder yang akan diisi.")], as_json: AsJson = False) -> None:
    """Tulis folder situs kosong dengan penjelasan; berkas yang sudah ada tidak disentuh.

    Contoh: hadir site init situs-cilegon
    """
    try:
        report = init_site(folder)
    except OSError as error:
        raise console.Problem(
            f"Folder '{folder}' tidak dapat ditulis: {error.strerror}", console.Exit.WRONG_USE
        ) from None
    payload = {"folder": str(folder), "written": report.written, "kept": report.kept}
    console.emit(payload, as_json=as_json, text=lambda: _init_text(folder, report))


def load(
    folder: Annotated[Path | None, typer.Argument(help="Folder situs; bawaan: folder situs dari pengaturan.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Muat seolah-olah pada waktu ini (ISO).")] = None,
    as_json: AsJson = False,
) -> None:
    """Muat folder situs sebagai versi berikutnya. Kode keluar 1 bila ada baris yang ditolak.

    Contoh: hadir site load situs-cilegon --as-of 2017-02-28T08:00
    """
    settings = load_settings()
    report = _loaded(settings, folder or settings.site_dir, _clock(settings, as_of))
    console.emit(report.as_json(), as_json=as_json, text=lambda: _load_text(report))
    if report.refused:
        raise typer.Exit(console.Exit.WRONG_FOUND)


def _clock(settings: Settings, as_of: str | None) -> Clock:
    try:
        return clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError:
        raise console.Problem(
            f"Waktu '{as_of}' tidak terbaca; tulis misalnya 2017-02-28T08:00.", console.Exit.WRONG_USE
        ) from None


def _loaded(settings: Settings, folder: Path, clock: Clock) -> SiteLoad:
    with running_server(settings), console.progress(f"Memuat folder situs {folder}"):
        migrate(settings)
        return load_site(settings, folder, clock)


def _init_text(folder: Path, report: InitReport) -> str:
    if not report.written:
        return f"Folder {folder} sudah lengkap; tidak ada yang diubah."
    kept = f" {len(report.kept)} berkas yang sudah ada tidak disentuh." if report.kept else ""
    return (
        f"{len(report.written)} berkas ditulis di {folder}.{kept}\n"
        f"Mulai dari {folder / GUIDE}, lalu: hadir site load {folder}"
    )


def _load_text(report: SiteLoad) -> str:
    if report.is_new:
        lines = [f"Versi {report.load_id}: {report.loaded} baris berubah, {len(report.refused)} ditolak."]
    else:
        lines = [f"Tidak ada yang baru; versi {report.load_id} tetap berlaku, {len(report.refused)} ditolak."]
    for refusal in report.refused[:SHOWN]:
        place = f"{refusal.file} baris {refusal.line}" + (f", kolom {refusal.column}" if refusal.column else "")
        lines += [f"  {place}:", f"    {refusal.reason}", f"    -> {refusal.remedy}"]
    if len(report.refused) > SHOWN:
        lines.append(f"  ... dan {len(report.refused) - SHOWN} lagi; semuanya dengan --json")
    return "\n".join(lines)
