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
        "--no-use-colors", "--quiet", "--log-format", "json", "--log-format-file", "text", "--no-version-check",
        "--log-path", str(settings.dbt_dir), *arguments, "--project-dir", str(DBT_PROJECT),
        "--profiles-dir", str(DBT_PROJECT), "--target-path", str(settings.dbt_dir / "target"),
    ]  # fmt: skip
    code, output = call_dbt(options, _environment(settings, build_id), settings.dbt_dir)
    if code != 0:
        raise Problem(f"dbt gagal: {_first_failure(output) or _tail(output, code)}")


def call_dbt(options: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """Exit code and output of dbt, a program of its own."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *options], env=environment, cwd=folder, check=False, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout


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


def _first_failure(output: str) -> str | None:
    """The first node that failed and why; what stops dbt before any node (a wrong ref, no database) otherwise."""
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    for event in events:
        if event["info"]["name"] == "RunResultError":
            return f"{event['data']['node_info']['node_name']}: {_short(event['data']['msg'])}"
    return _short(events[0]["info"]["msg"]) if events else None


def _short(text: str) -> str:
    return " ".join(text.split())[:_SHOWN]


def _tail(output: str, code: int) -> str:
    said = " ".join(output.split())[-_SHOWN:]
    return said or f"program berakhir dengan kode {code} tanpa pesan"
