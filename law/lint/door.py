"""`hadir rules lint`: the faults of a table of rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from law.lint.finding import told
from law.lint.lint import LintReport, lint
from warehouse.console import Exit, emit


def mount(rules: typer.Typer) -> None:
    """Adds `lint` to `hadir rules`."""
    rules.command("lint")(lint_command)


def lint_command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Folder peraturan atau folder situs; bawaan: isi sistem.")
    ] = None,
    with_notes: Annotated[bool, typer.Option("--catatan", help="Cetak juga catatan, bukan galat saja.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Periksa tabel peraturan: celah, tumpang tindih, salah cetak, jumlah jam, tarif terbalik. Galat: kode keluar 1.

    Contoh: hadir rules lint situs-cilegon
    """
    report = lint(folder)
    emit(report.as_json(), as_json=as_json, text=lambda: _text(report, with_notes=with_notes))
    if report.errors:
        raise typer.Exit(Exit.WRONG_FOUND)


def _text(report: LintReport, *, with_notes: bool) -> str:
    notes = len(report.findings) - len(report.errors)
    shown = report.findings if with_notes else report.errors
    lines = [told(finding) for finding in shown]
    lines.append(f"{report.rows} baris diperiksa: {len(report.errors)} galat, {notes} catatan.")
    if notes and not with_notes:
        lines.append("Catatan (bacaan naskah yang janggal, tarif yang tidak diketahui): --catatan")
    return "\n".join(lines)
