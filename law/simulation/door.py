"""`hadir rules simulate`: what a draft would have cost, on months that have been."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from law.simulation.run import Simulation, simulate
from law.simulation.told import told
from warehouse.console import Exit, Problem, emit, progress
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings


def mount(rules: typer.Typer) -> None:
    """Adds `simulate` to `hadir rules`."""
    rules.command("simulate")(simulate_command)


def simulate_command(
    draft: Annotated[Path, typer.Argument(metavar="FOLDER", help="Rancangan, berkas berbentuk benih peraturan.")],
    first: Annotated[str, typer.Option("--from", metavar="BULAN", help="Bulan pertama, 2017-01.")],
    last: Annotated[str, typer.Option("--to", metavar="BULAN", help="Bulan terakhir (ikut), 2017-03.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Tempat XLSX dan HTML; bawaan var/simulasi.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Coba rancangan perwal pada bulan yang lalu: rupiah, orang, kantor, sepuluh yang paling berubah.

    Basis data kota disalin dan tidak diubah. Contoh: hadir rules simulate rancangan --from 2017-01 --to 2017-03
    """
    begin, end = _month(first), _after(_month(last))
    if end <= begin:
        raise Problem(f"Bulan terakhir {last} sebelum bulan pertama {first}; tukar.", Exit.WRONG_USE)
    settings = load_settings()
    with running_server(settings), progress(f"Mencoba rancangan {draft.name}"):
        simulation = simulate(settings, draft, begin, end)
    workbook, page = _write(settings, simulation, out)
    payload = {**simulation.payload(), "xlsx": workbook, "page": page}
    emit(payload, as_json=as_json, text=lambda: f"{told(simulation)}\n\nXLSX: {workbook}\nHalaman: {page}")


def _write(settings: Settings, simulation: Simulation, out: Path | None) -> tuple[Path, Path]:
    from law.simulation.page import write_page  # brings the engine that draws: only who simulates pays for it
    from law.simulation.workbook import write_workbook

    folder = out or settings.var_dir / "simulasi"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{simulation.code}-{simulation.first:%Y-%m}-{simulation.last:%Y-%m}"
    workbook, page = folder / f"{stem}.xlsx", folder / f"{stem}.html"
    write_workbook(simulation, workbook)
    write_page(simulation, page)
    return workbook, page


def _month(text: str) -> date:
    """A month; of a date its month, since caps and triggers are of whole months."""
    match = re.fullmatch(r"(\d{4})-(\d{2})(-\d{2})?", text)
    if match is None or not 1 <= int(match[2]) <= 12:
        raise Problem(f"'{text}' bukan bulan; tulis misalnya 2017-03.", Exit.WRONG_USE)
    return date(int(match[1]), int(match[2]), 1)


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
