"""Real photographs for the tests of the face check: fetched from package registries, unmodified, never committed.

The pictures are press photographs inside the source package of face_recognition, whose captions forbid that altered
ones are published, and NASA's portrait of an astronaut inside scikit-image. They serve measurements here and nothing
else. They lie in var/real_photos once fetched; each is compared with its SHA-256 on every use.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CACHE: Final = ROOT / "var" / "real_photos"
TIMEOUT_S: Final = 300


@dataclass(frozen=True)
class Package:
    """A package of a registry, in the form that holds the pictures; SHA-256 by path inside it."""

    requirement: str
    form: str
    pictures: dict[str, str]


PACKAGES: Final = (
    Package(
        "face_recognition==1.3.0",
        "--no-binary",
        {
            f"face_recognition-1.3.0/tests/test_images/{name}": sha256
            for name, sha256 in {
                "biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
                "obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
                "obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
                "obama3.jpg": "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
                "obama_partial_face.jpg": "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
                "obama_partial_face2.jpg": "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
            }.items()
        },
    ),
    Package(
        "scikit-image==0.26.0",
        "--only-binary",
        {"skimage/data/astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"},
    ),
)


class NotFetched(Exception):
    """The registry, or what it gave, does not hold the pictures; there is no test without them."""


def real_photos(cache: Path = CACHE, packages: tuple[Package, ...] = PACKAGES) -> dict[str, bytes]:
    """The pictures by name without ending.

    Raises:
        NotFetched: no network, or a picture is another one than it was.
    """
    for package in packages:
        if any(not (cache / Path(inside).name).exists() for inside in package.pictures):
            _fetch(package, cache)
    found: dict[str, bytes] = {}
    for inside, sha256 in (pair for package in packages for pair in package.pictures.items()):
        path = cache / Path(inside).name
        content = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise NotFetched(f"{path} is not the picture that it was (SHA-256); remove it and run the tests again")
        found[path.stem] = content
    return found


def _fetch(package: Package, cache: Path) -> None:
    """Through the ordinary client: uv, which made the environment, runs pip, which can download without installing."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        command = [uv, "tool", "run", "--python", sys.executable, "pip", "download", "--no-deps", package.form, ":all:"]
        try:
            subprocess.run(
                [*command, "--dest", folder, package.requirement],
                check=True, capture_output=True, text=True, timeout=TIMEOUT_S,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or error
            raise NotFetched(f"{package.requirement} cannot be fetched; the face tests need it once: {said}") from error
        for name, content in _members(next(Path(folder).iterdir()), set(package.pictures)):
            draft = Path(folder) / "draft"
            draft.write_bytes(content)
            draft.replace(cache / Path(name).name)


def _members(archive: Path, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """The wanted files of a wheel or of a source package."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in sorted(wanted & set(wheel.namelist())):
                yield name, wheel.read(name)
        return
    with tarfile.open(archive) as source:
        for member in source:
            file = source.extractfile(member) if member.name in wanted else None
            if file is not None:
                yield member.name, file.read()
