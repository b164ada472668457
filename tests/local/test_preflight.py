"""What cannot work is said in one sentence before anything starts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from local.preflight import check_disk, check_port, check_python, free_port, is_free
from warehouse.console import Problem

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_supported_pythons_pass(version: tuple[int, int]) -> None:
    check_python(version)


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_other_pythons_are_named(version: tuple[int, int]) -> None:
    with pytest.raises(Problem, match=rf"Python 3\.{version[1]} tidak didukung; pakai 3\.11"):
        check_python(version)


def test_too_little_disk_is_said_with_numbers(tmp_path: Path) -> None:
    check_disk(tmp_path / "var", needed_mb=1)

    with pytest.raises(Problem, match=r"Ruang disk kurang: butuh 999999999 MB bebas di .*, ada \d+ MB"):
        check_disk(tmp_path, needed_mb=999_999_999)


def test_a_taken_port_is_named_with_its_option() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert not is_free(port)
        with pytest.raises(Problem, match=rf"Porta {port} sudah dipakai program lain; .* --port"):
            check_port(port, "--port")


def test_a_free_port_is_free() -> None:
    check_port(free_port(), "--port")
