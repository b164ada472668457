"""Runs dbt as a program of its own, in the same environment, and says in one sentence what went wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from warehouse.claim import DBT_PROJECT, SESSION_NAME
from warehouse.connection import pg_address
from warehouse.console import Problem
from warehouse.settings import TELEMETRY_OFF, Settings, child_environment

_SHOWN: Final = 400
# Facts are joined whole: hash joins beat merge joins that sort millions of punches first, and compiling a plan takes
# longer than the small builds it would serve (figures: benchmarks/). A nested loop is right only where nothing else is
# possible: after a delta the statistics are old, and a loop over people that was guessed to be short takes minutes.
_PLANNER: Final = "-c enable_mergejoin=off -c enable_nestloop=off -c jit=off -c work_mem=64MB"


def run_dbt(settings: Settings, arguments: Sequence[str], *, build_id: int | None = None) -> None:
    """`dbt ARGUMENTS` as hadir_dbt, with its target folder kept so that the project is parsed once.

    Args:
        settings: where the database and var/ are.
        arguments: the command and its options, without folders.
        build_id: given to each session of this dbt, so that one that outlives its build stops.

    Raises:
        Problem: dbt failed; the sentence names the first node that failed and why.
    """
    settings.dbt_dir.mkdir(parents=True, exist_ok=True)
    options = [
        *arguments, "--no-version-check", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
        "--log-path", str(settings.dbt_dir), "--target-path", str(settings.dbt_dir / "target"),
    ]  # fmt: skip
    failed = call_dbt(options, _environment(settings, build_id), settings.dbt_dir)
    if failed:
        raise Problem(f"dbt gagal: {' '.join(failed[0].split())[:_SHOWN]}")


def call_dbt(options: Sequence[str], environment: Mapping[str, str], folder: Path) -> list[str]:
    """Runs dbt as a program of its own; gives what failed (warehouse/dbt_program.py), empty when all went well."""
    done = subprocess.run(
        [sys.executable, "-m", "warehouse.dbt_program", *options], env=environment, cwd=folder, check=False, text=True,
        stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    if done.returncode == 0:
        return []
    try:
        return [str(one) for one in json.loads(done.stdout.splitlines()[-1])]
    except (IndexError, ValueError):  # it was killed, or could not start
        said = " ".join(done.stderr.split())[-_SHOWN:]
        return [said or f"program berakhir dengan kode {done.returncode} tanpa pesan"]


def _environment(settings: Settings, build_id: int | None) -> dict[str, str]:
    host, port = pg_address(settings)
    number = f" -c hadir.build_id={build_id}" if build_id is not None else ""
    return {
        **child_environment(settings),
        **TELEMETRY_OFF,
        "HADIR_DBT_HOST": host,
        "HADIR_DBT_PORT": str(port),
        "HADIR_DBT_DATABASE": settings.pg_database,
        "HADIR_DBT_SESSION": SESSION_NAME,
        "DBT_ENV_SECRET_PASSWORD": settings.secret_made_once("pg_dbt"),
        "PGOPTIONS": _PLANNER + number,
    }
