"""The commands of the dashboards."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboards.definition import read_dashboards
from dashboards.exposures import write_exposures
from dashboards.lint import Finding, lint, lint_in_database
from dashboards.serve import LOOPBACK, serve
from warehouse.connection import connect
from warehouse.console import Exit, Problem, emit, progress
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

DEFAULT_PORT = 8017
AsJson = Annotated[bool, typer.Option("--json", help="Satu objek JSON di stdout.")]


def mount(app: typer.Typer) -> None:
    """Adds `dashboards lint|preview|serve|exposures|plan|apply|verify`."""
    group = typer.Typer(no_args_is_help=True, help="Dasbor wali kota dan sekda: periksa, tampilkan, layani.")
    group.command("lint", help="Memeriksa definisi dasbor. Contoh: hadir dashboards lint --database")(_lint)
    group.command("preview", help="Menulis var/pages/index.html dari marts. Contoh: hadir dashboards preview")(_preview)
    group.command("serve", help="Melayani halaman di 127.0.0.1 saja. Contoh: hadir dashboards serve")(_serve)
    group.command("exposures", help="Menulis exposures dbt dari dasbor. Contoh: hadir dashboards exposures")(_exposures)
    group.command("plan", help="Apa yang akan diubah di Metabase. Contoh: hadir dashboards plan")(_plan)
    group.command("apply", help="Menerapkan dasbor ke Metabase. Contoh: hadir dashboards apply --prune")(_apply)
    group.command("verify", help="Memeriksa Metabase yang hidup. Contoh: hadir dashboards verify --live")(_verify)
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


def _plan(as_json: AsJson = False) -> None:
    from dashboards.metabase.provision import plan

    settings = load_settings()
    with running_server(settings), progress("Metabase dibandingkan"):
        result = plan(settings)
    emit(result.as_row(), as_json=as_json, text=result.as_text)


def _apply(
    prune: Annotated[bool, typer.Option("--prune", help="Arsipkan yang tidak lagi dinyatakan.")] = False,
    as_json: AsJson = False,
) -> None:
    from dashboards.metabase.provision import apply

    settings = load_settings()
    with running_server(settings), progress("Dasbor diterapkan ke Metabase"):
        result = apply(settings, prune=prune)
    emit(result.as_row(), as_json=as_json, text=result.as_text)


def _verify(
    live: Annotated[bool, typer.Option("--live", help="Ya: buat dan arsipkan contoh di Metabase yang hidup.")] = False,
    as_json: AsJson = False,
) -> None:
    from dashboards.metabase.verify import verify

    if not live:
        raise Problem("verify membuat lalu mengarsipkan contoh di Metabase; tulis --live bila itu boleh.", Exit.WRONG_USE)
    settings = load_settings()
    with running_server(settings), progress("Metabase diperiksa"):
        checks = verify(settings)
    is_ok = all(check.outcome != "FAIL" for check in checks)
    emit(
        {"ok": is_ok, "checks": [check.as_row() for check in checks]},
        as_json=as_json,
        text=lambda: "\n".join(check.as_text() for check in checks),
    )
    if not is_ok:
        raise typer.Exit(Exit.WRONG_FOUND)
