"""The commands of the dashboards."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboards.definition import read_dashboards
from dashboards.exposures import write_exposures
from dashboards.lint import Finding, lint, lint_in_database
from dashboards.serve import LOOPBACK, serve
from warehouse.connection import connect
from warehouse.console import Exit, emit
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

DEFAULT_PORT = 8017
AsJson = Annotated[bool, typer.Option("--json", help="Satu objek JSON di stdout.")]


def mount(app: typer.Typer) -> None:
    """Adds `dashboards lint|preview|serve|exposures`."""
    group = typer.Typer(no_args_is_help=True, help="Dasbor wali kota dan sekda: periksa, tampilkan, layani.")
    group.command("lint", help="Memeriksa definisi dasbor. Contoh: hadir dashboards lint --database")(_lint)
    group.command("preview", help="Menulis var/pages/index.html dari marts. Contoh: hadir dashboards preview")(_preview)
    group.command("serve", help="Melayani halaman di 127.0.0.1 saja. Contoh: hadir dashboards serve")(_serve)
    group.command("exposures", help="Menulis exposures dbt dari dasbor. Contoh: hadir dashboards exposures")(_exposures)
    app.add_typer(group, name="dashboards")


def _lint(
    database: Annotated[bool, typer.Option("--database", help="Juga jalankan tiap kartu di basis data.")] = False,
    as_json: AsJson = False,
) -> None:
    findings = lint()
    if database and not findings:
        findings = _lint_with_database(load_settings())
    emit(
        {"ok": not findings, "findings": [finding.as_row() for finding in findings]},
        as_json=as_json,
        text=lambda: "\n".join(finding.as_text() for finding in findings) or "Dasbor: tidak ada yang salah.",
    )
    if findings:
        raise typer.Exit(Exit.WRONG_FOUND)


def _lint_with_database(settings: Settings) -> list[Finding]:
    with running_server(settings):
        conn = connect(settings, "metabase")
        try:
            return lint_in_database(conn, read_dashboards())
        finally:
            conn.close()


def _preview(as_json: AsJson = False) -> None:
    from dashboards.page import render  # brings altair: only who renders pays for it

    settings = load_settings()
    with running_server(settings):
        path = render(settings)
    emit({"page": str(path)}, as_json=as_json, text=lambda: f"Halaman ditulis: {path}")


def _serve(port: Annotated[int, typer.Option(min=1, max=65535, help="Porta di 127.0.0.1.")] = DEFAULT_PORT) -> None:
    typer.echo(f"Halaman: http://{LOOPBACK}:{port}/ (Ctrl-C untuk berhenti)", err=True)
    serve(load_settings(), port)


def _exposures(as_json: AsJson = False) -> None:
    path = write_exposures()
    emit({"exposures": str(path)}, as_json=as_json, text=lambda: f"Exposures ditulis: {path}")
