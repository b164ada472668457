"""`make bench [SUBJECT...]`: transfer, landing, marts, cards, push, airflow, faces; prints one table."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import airflow, cards, faces, landing, marts, push, transfer
from benchmarks.ratio import HEADER, Figure
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings

SUBJECTS = ("transfer", "landing", "marts", "cards", "push", "airflow", "faces")


@contextmanager
def own_server() -> Iterator[Settings]:
    var_dir = Path(tempfile.mkdtemp(prefix="hadir-bench-"))
    var_dir.chmod(0o755)  # as root Postgres runs as another account and must come in
    settings = Settings(var_dir=var_dir)
    try:
        with running_server(settings):
            yield settings
    finally:
        shutil.rmtree(var_dir)


def database(settings: Settings, name: str) -> Settings:
    own = settings.model_copy(update={"pg_database": f"bench_{name}"})
    migrate(own)
    return own


def figures(subject: str) -> list[Figure]:
    if subject == "transfer":
        return transfer.run()
    if subject == "faces":
        return faces.run()
    with own_server() as settings:
        if subject == "landing":
            return landing.run(database(settings, "landing"))
        if subject == "cards":
            return cards.run(database(settings, "cards"))
        if subject == "airflow":
            return airflow.run(database(settings, "airflow"))
        if subject == "push":
            return push.run(database(settings, "push"))
        return marts.run(*(database(settings, name) for name in ("year", "month", "tenth")))


def main() -> None:
    chosen = sys.argv[1:] or list(SUBJECTS)
    unknown = set(chosen) - set(SUBJECTS)
    if unknown:
        sys.exit(f"unknown subject: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    print(HEADER)
    for subject in chosen:
        for figure in figures(subject):
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
