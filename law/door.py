"""`hadir explain` and `hadir rules ..`: the chain behind a status or a rupiah, and the law that makes it."""

from __future__ import annotations

from typing import Annotated

import typer

from law.explain import explain
from law.lint import door as lint_door
from law.telling import tell
from warehouse.console import emit
from warehouse.server import running_server
from warehouse.settings import load_settings


def mount(app: typer.Typer) -> None:
    """Adds `hadir explain` and `hadir rules ..`."""
    app.command("explain")(explain_command)
    rules = typer.Typer(no_args_is_help=True, help="Aturan: periksa tabelnya.")
    lint_door.mount(rules)
    app.add_typer(rules, name="rules")


def explain_command(
    who: Annotated[str, typer.Argument(metavar="NIP", help="NIP atau nomor pegawai.")],
    when: Annotated[str, typer.Argument(metavar="TANGGAL|BULAN", help="2017-03-21 atau 2017-03.")],
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Jelaskan satu hari atau satu bulan: pasal, jadwal, keterangan, rekaman, penarikan, bukti.

    Contoh: hadir explain 198609262015051001 2017-03-21
    """
    settings = load_settings()
    with running_server(settings):
        payload = explain(settings, who, when)
    emit(payload, as_json=as_json, text=lambda: tell(payload))
