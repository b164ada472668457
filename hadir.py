"""The `hadir` command: mounts the doors of the rooms, nothing else."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import typer

from warehouse import console

DOORS = (
    "warehouse.door",
    "warehouse.docs",
    "extractors.site.door",
    "extractors.door",
    "extractors.pins_door",
    "extractors.push_door",
    "expectations.door",
    "biometrics.door",
    "law.door",
    "audit.door",
    "decisions.door",
    "dashboards.door",
    "local.door",
    "simulator.door",  # not in the images of a real city
)

app = typer.Typer(
    name="hadir",
    help="Gudang data kehadiran: dari mesin absensi sampai halaman pimpinan.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def mount_doors() -> typer.Typer:
    """The whole command line, without the rooms that this installation does not have."""
    for name in DOORS:
        if find_spec(name.split(".")[0]) is not None:
            import_module(name).mount(app)
    return app


def main() -> None:
    """Entry point of the `hadir` command."""
    console.run(mount_doors())


if __name__ == "__main__":
    main()
