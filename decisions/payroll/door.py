"""`hadir payroll export`: what the treasurer gets of a locked or closed month."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from decisions.months import month_of
from decisions.payroll.export import HandOver, export_payroll
from warehouse.console import emit, progress
from warehouse.server import running_server
from warehouse.settings import load_settings


def mount(app: typer.Typer) -> None:
    """Adds `hadir payroll export`."""
    group = typer.Typer(no_args_is_help=True, help="Penyerahan angka bulan kepada bendahara.")
    group.callback()(_group)
    group.command("export")(export_command)
    app.add_typer(group, name="payroll")


def _group() -> None:
    """Penyerahan angka bulan kepada bendahara."""


def export_command(
    month: Annotated[str, typer.Argument(metavar="BULAN", help="Bulan yang terkunci atau tertutup, YYYY-MM.")],
    folder: Annotated[Path, typer.Option("--output", "-o", help="Folder tujuan.")],
    opd: Annotated[str | None, typer.Option("--opd", metavar="KODE", help="Satu OPD saja.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Tulis potongan tiap OPD: XLSX, CSV, kendali, blok tanda tangan, sidik. Diulang, hasilnya sama persis.

    Contoh: hadir payroll export 2017-02 -o /media/usb --opd SETDA
    """
    settings, first = load_settings(), month_of(month)
    with running_server(settings), progress(f"Menyusun penyerahan gaji {month}"):
        written = export_payroll(settings, first, folder, opd)
    emit(
        {"month": month, "state": written[0].state, "offices": [_office(one) for one in written]},
        as_json=as_json,
        text=lambda: "\n".join(_told(one) for one in written),
    )


def _office(one: HandOver) -> dict[str, Any]:
    return {"opd_code": one.opd_code, "folder": one.folder, "sha256": one.sha256, "totals": one.totals}


def _told(one: HandOver) -> str:
    totals = one.totals
    rupiah = f"{totals['payable_idr']:,.0f}".replace(",", ".")
    waiting = f"; {totals['undecided_count']} potongan belum diputuskan" if totals["undecided_count"] else ""
    late = f"; {totals['susulan_count']} susulan" if totals["susulan_count"] else ""
    return f"{one.opd_code}: {totals['people_count']} orang, potongan Rp{rupiah}{waiting}{late}\n  {one.folder}"
