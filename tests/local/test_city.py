"""Terminals of a city that was made earlier: a port that somebody else has by now is named before anything starts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.city import City
from local.preflight import free_port
from local.processes import ChildEnded, Family
from warehouse.console import Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.unit


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def a_city(tmp_path: Path, *ports: int) -> City:
    site = tmp_path / "city" / "site"
    site.mkdir(parents=True)
    rows = [f"T-{port},tcp://127.0.0.1:{port}" for port in ports]
    (site / "terminals.csv").write_text(
        "\n".join(["terminal_serial,address", *rows, "T-USB,"]) + "\n", encoding="utf-8"
    )
    return City(Settings(var_dir=tmp_path), Family(tmp_path / "run"))


def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path, taken: int) -> None:
    with pytest.raises(Problem, match=rf"Porta {taken} milik mesin tiruan sudah dipakai .*'make clean'"):
        a_city(tmp_path, free_port(), taken).serve()

    assert not list((tmp_path / "run").glob("*.pid"))


def test_free_ports_are_let_through(tmp_path: Path) -> None:
    """The simulator is started, and says itself that this folder is no city."""
    city = a_city(tmp_path, free_port())

    with pytest.raises(ChildEnded):
        city.serve()

    city.family.stop()
