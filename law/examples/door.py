"""`hadir rules check`: a legal office's worked examples, answered by the models that judge the city."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Annotated, Any

import typer

from law.examples.check import check_file
from law.examples.compare import Checked, Failure
from warehouse.console import Exit, emit, progress
from warehouse.server import running_server
from warehouse.settings import load_settings


def mount(rules: typer.Typer) -> None:
    """Adds `check` to `hadir rules`."""
    rules.command("check")(check_command)


def check_command(
    file: Annotated[Path, typer.Argument(metavar="BERKAS", help="Contoh hitungan (docs/worked_examples.md).")],
    site: Annotated[
        Path | None,
        typer.Option("--situs", metavar="FOLDER", help="Folder situs atau rancangan: peraturannya ikut berlaku."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")] = False,
) -> None:
    """Cocokkan contoh hitungan dengan jawaban model, di basis data coba.

    Contoh: hadir rules check contoh.yaml --situs situs-cilegon
    """
    settings = load_settings()
    with running_server(settings), progress(f"Menghitung contoh di {file.name}"):
        checked = check_file(settings, file, site)
    emit(checked.payload(), as_json=as_json, text=lambda: told(checked))
    if checked.failed:
        raise typer.Exit(Exit.WRONG_FOUND)


def told(checked: Checked) -> str:
    """How it came out, in lines of at most 80 columns."""
    lines = [f"{checked.total} contoh, {checked.passed} cocok, {len(checked.failed)} tidak cocok."]
    for failure in checked.failed:
        lines += ["", *_failure_lines(failure)]
    return "\n".join(lines)


def _failure_lines(failure: Failure) -> list[str]:
    if failure.error is not None:
        return [failure.id, *textwrap.wrap(failure.error, 78, initial_indent="  ", subsequent_indent="  ")]
    lines = [f"{failure.id:<22}{'diharapkan':<28}{'jawaban model':<28}"]
    for key, wanted in failure.expected.items():
        got = failure.got.get(key)
        left, right = textwrap.wrap(_shown(wanted), 27), textwrap.wrap(_shown(got), 27)
        for number in range(max(len(left), len(right))):
            name = f"  {key}" if number == 0 else ""
            cells = (left[number] if number < len(left) else "", right[number] if number < len(right) else "")
            lines.append(f"{name:<22}{cells[0]:<28}{cells[1]}".rstrip())
    return lines


def _shown(value: Any) -> str:
    if value is None:
        return "belum diputus (null)"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value) if not isinstance(value, bool) else json.dumps(value)
