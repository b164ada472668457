"""`hadir docs`: the dbt docs for auditors, one file that opens without a server."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from warehouse.connection import pg_address
from warehouse.console import emit, progress
from warehouse.dbt_run import run_dbt
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings


def mount(app: typer.Typer) -> None:
    """Adds `hadir docs`."""
    app.command("docs")(docs_command)


def docs_command(
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Tulis dokumentasi dbt untuk pemeriksa: tiap kolom, asal-usulnya, SQL-nya, dalam satu berkas.

    Contoh: hadir docs
    """
    settings = load_settings()
    with running_server(settings):
        migrate(settings)
        with progress("Menulis dokumentasi untuk pemeriksa"):
            path = build_docs(settings)
    emit({"path": path}, as_json=as_json, text=lambda: f"Dokumentasi: {path}")


def build_docs(settings: Settings) -> Path:
    """Writes var/docs/index.html from the models and, where they are built, the tables; returns its path.

    The target folder is not the one of the builds: a build that runs meanwhile must find its own files.

    Raises:
        Problem: dbt could not describe the project.
    """
    host, port = pg_address(settings)
    apart = settings.model_copy(
        update={
            "var_dir": settings.docs_dir / "work",
            "secrets_folder": settings.secrets_dir,
            "pg_host": host,
            "pg_port": port,
        }
    )
    run_dbt(apart, ["docs", "generate", "--static"])
    path = settings.docs_dir / "index.html"
    draft = path.with_suffix(".draft")
    shutil.copyfile(apart.dbt_dir / "target" / "static_index.html", draft)
    draft.replace(path)
    return path
