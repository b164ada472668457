"""The commands of the dashboards."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from dashboards.definition import read_dashboards
from dashboards.exposures import write_exposures
from dashboards.lint import Finding, lint, lint_in_database
from dashboards.metabase import door as metabase_door
from dashboards.sign_in import door as sign_in_door
from dashboards.sign_in.users import Users
from warehouse.connection import connect
from warehouse.console import Exit, emit
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

DEFAULT_PORT = 8017
LOOPBACK = "127.0.0.1"
AsJson = Annotated[bool, typer.Option("--json", help="Satu objek JSON di stdout.")]


def mount(app: typer.Typer) -> None:
    """Adds `dashboards lint|preview|serve|exposures|user|wall-token|plan|apply|verify`."""
    group = typer.Typer(no_args_is_help=True, help="Dasbor pimpinan, BKPP dan OPD: periksa, tampilkan, layani.")
    group.command("lint", help="Memeriksa definisi dasbor. Contoh: hadir dashboards lint --database")(_lint)
    group.command("preview", help="Menulis var/pages/ dari marts. Contoh: hadir dashboards preview")(_preview)
    group.command("serve", help="Melayani halaman, dengan nama dan kata sandi. Contoh: hadir dashboards serve")(_serve)
    group.command("exposures", help="Menulis exposures dbt dari dasbor. Contoh: hadir dashboards exposures")(_exposures)
    sign_in_door.mount(group)
    metabase_door.mount(group)
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


def _serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Porta.")] = DEFAULT_PORT,
    address: Annotated[str, typer.Option(help="Alamat yang didengar.")] = LOOPBACK,
    public_url: Annotated[str | None, typer.Option(help="https://nama dari proksi TLS di depannya.")] = None,
    first_users: Annotated[
        bool,
        typer.Option("--first-users", help="Bila belum ada pengguna: satu per peran, kata sandi di folder rahasia."),
    ] = False,
) -> None:
    from dashboards.serve import PageServer  # brings the web server: only who serves pays for it

    settings = load_settings()
    server = PageServer(settings, port, address=address, public_url=public_url)
    users = Users.of(settings)
    if first_users:
        users.add_first(dict.fromkeys(role for each in read_dashboards() for role in each.roles), settings)
    if not users.all():
        typer.echo("Belum ada pengguna; tambahkan dengan hadir dashboards user add.", err=True)
    typer.echo(f"Halaman: {public_url or f'http://{server.host}:{server.port}'}/ (Ctrl-C untuk berhenti)", err=True)
    with suppress(KeyboardInterrupt):
        server.serve_forever()


def _exposures(as_json: AsJson = False) -> None:
    path = write_exposures()
    emit({"exposures": str(path)}, as_json=as_json, text=lambda: f"Exposures ditulis: {path}")
