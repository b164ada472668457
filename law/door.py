"""`hadir explain` and `hadir rules ..`: the chain behind a status or a rupiah, and the law that makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from law.examples import door as examples_door
from law.explain import explain
from law.lint import door as lint_door
from law.simulation import door as simulation_door
from law.telling import tell
from warehouse.console import Problem, emit
from warehouse.server import running_server
from warehouse.settings import load_settings


def mount(app: typer.Typer) -> None:
    """Adds `hadir explain` and `hadir rules ..`."""
    app.command("explain")(explain_command)
    rules = typer.Typer(no_args_is_help=True, help="Aturan: periksa tabelnya, cocokkan contoh, coba rancangan.")
    lint_door.mount(rules)
    examples_door.mount(rules)
    simulation_door.mount(rules)
    app.add_typer(rules, name="rules")


def explain_command(
    who: Annotated[str, typer.Argument(metavar="NIP", help="NIP atau nomor pegawai.")],
    when: Annotated[str, typer.Argument(metavar="TANGGAL|BULAN", help="2017-03-21 atau 2017-03.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="BERKAS", help="Tulis juga sebagai surat untuk dicetak.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Jelaskan satu hari atau satu bulan: pasal, jadwal, keterangan, rekaman, penarikan, bukti.

    Contoh: hadir explain 198609262015051001 2017-03 --html surat.html
    """
    settings = load_settings()
    with running_server(settings):
        payload = explain(settings, who, when)
    if html is not None:
        _write(html, payload)
    emit(payload, as_json=as_json, text=lambda: tell(payload))


def _write(path: Path, payload: dict[str, Any]) -> None:
    from law.letter import letter

    try:
        path.write_text(letter(payload), encoding="utf-8")
    except OSError as error:
        raise Problem(f"Surat tidak dapat ditulis di {path}: {error.strerror}.") from error
