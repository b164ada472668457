"""The auditor's commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.export import export
from audit.glossary import PAGE, glossary_text, read_terms
from warehouse.clock import clock_for
from warehouse.console import Exit, Problem, emit, progress
from warehouse.server import running_server
from warehouse.settings import load_settings

AsJson = Annotated[bool, typer.Option("--json", help="Satu objek JSON di stdout.")]


def mount(app: typer.Typer) -> None:
    """Adds `audit export|glossary`."""
    group = typer.Typer(no_args_is_help=True, help="Untuk pemeriksa: Inspektorat, BPK.")
    group.command("export")(_export)
    group.command("glossary")(_glossary)
    app.add_typer(group, name="audit")


def _export(
    month: Annotated[str, typer.Argument(metavar="BULAN", help="2017-02")],
    folder: Annotated[
        Path, typer.Option("--output", "-o", help="Folder tujuan; di dalamnya dibuat folder bertanggal.")
    ],
    as_of: Annotated[
        str | None, typer.Option(help="Saat yang menjadi tanggal folder, misalnya 2017-04-01T08:00.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tulis dokumen untuk pemeriksa: dokumentasi dbt, laporan pemeriksaan, aturan, dan sidik tiap berkas.

    Contoh: hadir audit export 2017-02 -o /media/usb
    """
    settings = load_settings()
    try:
        clock = clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"--as-of '{as_of}' bukan waktu; tulis misalnya 2017-04-01T08:00.", Exit.WRONG_USE) from error
    with running_server(settings), progress("Menyusun dokumen untuk pemeriksa"):
        bundle = export(settings, month, folder, clock)
    emit(
        {"folder": bundle.folder, "files": bundle.file_count, "sums_sha256": bundle.sums_sha256},
        as_json=as_json,
        text=lambda: (
            f"{bundle.file_count} berkas di {bundle.folder}\n"
            f"Periksa dengan: cd {bundle.folder} && sha256sum -c SHA256SUMS\n"
            f"Sidik daftar itu, untuk berita acara: {bundle.sums_sha256}"
        ),
    )


def _glossary(as_json: AsJson = False) -> None:
    """Tulis docs/glossary.md dari docs/glossary.yml.

    Contoh: hadir audit glossary
    """
    terms = read_terms()
    PAGE.write_text(glossary_text(terms), encoding="utf-8")
    emit({"path": PAGE, "terms": len(terms)}, as_json=as_json, text=lambda: f"{len(terms)} kata di {PAGE}")
