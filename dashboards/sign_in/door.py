"""The commands of the sign-in: users and the tokens of wall screens."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dashboards.definition import read_dashboards
from dashboards.sign_in.passwords import LONGEST
from dashboards.sign_in.users import Users
from dashboards.sign_in.wall_tokens import WallTokens
from warehouse.console import Exit, Problem, emit
from warehouse.settings import load_settings

AsJson = Annotated[bool, typer.Option("--json", help="Satu objek JSON di stdout.")]
Name = Annotated[str, typer.Argument(metavar="NAMA")]


def mount(group: typer.Typer) -> None:
    """Adds `user add|remove|list` and `wall-token`."""
    users = typer.Typer(no_args_is_help=True, help="Pengguna halaman: nama, peran, kata sandi.")
    users.command("add", help="Menambah pengguna. Contoh: hadir dashboards user add sri --role sekda")(_add)
    users.command("remove", help="Menghapus pengguna. Contoh: hadir dashboards user remove sri")(_remove)
    users.command("list", help="Pengguna dan layar dinding. Contoh: hadir dashboards user list")(_list)
    group.add_typer(users, name="user")
    group.command("wall-token", help="Alamat satu layar dinding. Contoh: hadir dashboards wall-token ruang-rapat")(
        _wall_token
    )


def _add(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="wali_kota, wakil, sekda, bkpp, auditor atau opd:KODE.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Baca kata sandi dari stdin, satu baris.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    users = Users.of(load_settings())
    users.add(name, role, _password(password_stdin))
    emit({"added": name, "role": role}, as_json=as_json, text=lambda: f"Pengguna {name} ({role}) ditambahkan.")


def _password(from_stdin: bool) -> str:
    """Never an argument: those stand in the list of processes and in the shell's history."""
    if from_stdin:
        return sys.stdin.readline(LONGEST + 2).rstrip("\r\n")
    return str(typer.prompt("Kata sandi", hide_input=True, confirmation_prompt="Sekali lagi", err=True))


def _remove(name: Name, as_json: AsJson = False) -> None:
    Users.of(load_settings()).remove(name)
    emit({"removed": name}, as_json=as_json, text=lambda: f"Pengguna {name} dihapus; ia keluar saat itu juga.")


def _list(as_json: AsJson = False) -> None:
    settings = load_settings()
    users = Users.of(settings).all()
    screens = WallTokens.of(settings).all()
    lines = [f"{user.name:<32}  {user.role}" for user in users]
    lines += [f"{name:<32}  layar dinding: {dashboard}" for name, dashboard in screens.items()]
    emit(
        {
            "users": [{"name": user.name, "role": user.role} for user in users],
            "wall_tokens": [{"name": name, "dashboard": dashboard} for name, dashboard in screens.items()],
        },
        as_json=as_json,
        text=lambda: "\n".join(lines) or "Belum ada pengguna; tambahkan dengan hadir dashboards user add.",
    )


def _wall_token(
    name: Annotated[str, typer.Argument(metavar="LAYAR")],
    dashboard: Annotated[str, typer.Option("--dashboard", help="Dasbor yang tampil di layar itu.")] = "wali_kota",
    revoke: Annotated[bool, typer.Option("--revoke", help="Cabut tokennya; layar menjadi gelap.")] = False,
    as_json: AsJson = False,
) -> None:
    tokens = WallTokens.of(load_settings())
    if revoke:
        tokens.revoke(name)
        emit({"revoked": name}, as_json=as_json, text=lambda: f"Token layar {name} dicabut.")
        return
    with_wall = [each.key for each in read_dashboards() if each.wall]
    if dashboard not in with_wall:
        reason = f"Dasbor '{dashboard}' tidak punya bentuk layar dinding; pilih {', '.join(with_wall)}."
        raise Problem(reason, Exit.WRONG_USE)
    path = f"/layar/{tokens.make(name, dashboard)}"
    emit(
        {"name": name, "dashboard": dashboard, "path": path},
        as_json=as_json,
        text=lambda: f"Buka sekali di layar {name}: {path}\nAlamat ini hanya tampil sekarang; ia hanya dapat membaca.",
    )
