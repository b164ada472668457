"""The commands that run everything on one machine: `hadir demo`, `hadir up`, `hadir stop`."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from local.demo import DemoPlan, run_demo
from local.processes import stop_command
from local.up import FIRST_CLOCK, UpPlan, run_up
from warehouse.console import Exit, emit
from warehouse.server import EmbeddedServer, running_server
from warehouse.settings import Settings, load_settings

INTERRUPTED = 130
AsJson = Annotated[bool, typer.Option("--json", help="Satu objek JSON di stdout.")]
AirflowPort = Annotated[
    int | None, typer.Option("--airflow-port", min=1, max=65535, help="Porta Airflow di 127.0.0.1; kosong: yang bebas.")
]


def mount(app: typer.Typer) -> None:
    """Adds `demo`, `up` and `stop` to the command line."""
    app.command("demo")(demo_command)
    app.command("up")(up_command)
    app.command("stop")(stop_command_line)


def demo_command(airflow_port: AirflowPort = None, as_json: AsJson = False) -> None:
    """Kota Cilegon kecil melewati seluruh mesin, sampai halaman pimpinan.

    Yang sudah selesai tidak diulang. Semua proses yang dimulai dihentikan, juga sesudah Ctrl-C.

    Contoh: hadir demo
    """
    try:
        summary, is_new = run_demo(load_settings(), DemoPlan(airflow_port=airflow_port))
    except KeyboardInterrupt:
        typer.echo("Dihentikan; ulangi 'make demo' untuk meneruskan.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    heading = "Selesai." if is_new else "Kota sudah ada dan lengkap; tidak ada yang diubah."
    emit({"changed": is_new, **summary.payload()}, as_json=as_json, text=lambda: f"{heading}\n{summary.text()}")


def up_command(
    clock: Annotated[
        str | None,
        typer.Option("--clock", metavar="WAKTU", help=f"Jam kota; bawaan {FIRST_CLOCK}, lalu meneruskan yang lama."),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Porta halaman di 127.0.0.1.")] = 8017,
    every: Annotated[int, typer.Option("--every", min=1, max=30, help="Mesin dibaca tiap sekian menit.")] = 2,
    airflow_port: AirflowPort = None,
) -> None:
    """Kota itu hidup: mesin terus diabsen, dibaca tiap beberapa menit, halaman ikut berubah. Berhenti: Ctrl-C.

    Contoh: hadir up --clock 2017-04-03T07:15
    """
    try:
        run_up(load_settings(), UpPlan(clock, port, every, DemoPlan(airflow_port=airflow_port)))
    except KeyboardInterrupt:
        typer.echo("Semua dihentikan; 'make up' meneruskan kota yang sama.", err=True)


def stop_command_line(
    remove: Annotated[bool, typer.Option("--remove", help="Hapus juga semua yang pernah ditulis (var/).")] = False,
    as_json: AsJson = False,
) -> None:
    """Menghentikan demo atau kota hidup yang berjalan di folder ini, beserta sisa prosesnya.

    Contoh: hadir stop
    """
    settings = load_settings()
    was_running = stop_command(settings.var_dir, settings.var_dir / "run")
    _end_idle_server(settings)
    if remove:
        _remove(settings)
    emit(
        {"stopped": was_running, "removed": remove},
        as_json=as_json,
        text=lambda: "Dihentikan." if was_running else "Tidak ada yang berjalan.",
    )
    raise typer.Exit(Exit.DONE)


def _end_idle_server(settings: Settings) -> None:
    """A killed command leaves the embedded server behind; whoever uses it last stops it."""
    if settings.pg_host is None and EmbeddedServer(settings).is_running():
        with running_server(settings):
            pass


def _remove(settings: Settings) -> None:
    server = EmbeddedServer(settings)
    if settings.pg_host is None and server.is_running():
        server.stop()
    if server.elsewhere is not None:
        shutil.rmtree(server.elsewhere, ignore_errors=True)
    shutil.rmtree(settings.var_dir, ignore_errors=True)
