"""The commands for Metabase."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.console import Exit, Problem, emit, progress
from warehouse.server import running_server
from warehouse.settings import load_settings

AsJson = Annotated[bool, typer.Option("--json", help="Satu objek JSON di stdout.")]


def mount(group: typer.Typer) -> None:
    """Adds `plan|apply|verify` to the dashboards' commands."""
    group.command("plan", help="Apa yang akan diubah di Metabase. Contoh: hadir dashboards plan")(_plan)
    group.command("apply", help="Menerapkan dasbor ke Metabase. Contoh: hadir dashboards apply --prune")(_apply)
    group.command("verify", help="Memeriksa Metabase yang hidup. Contoh: hadir dashboards verify --live")(_verify)


def _plan(as_json: AsJson = False) -> None:
    from dashboards.metabase.provision import plan  # brings requests: only who needs Metabase pays for it

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
        raise Problem(
            "verify membuat lalu mengarsipkan contoh di Metabase; tulis --live bila itu boleh.", Exit.WRONG_USE
        )
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
