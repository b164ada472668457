"""Metabase's official command line as a witness: it reads answers by its own strict schemas and says when they differ.

`make test-witness` brings it by npm to var/witness-node; nothing of it is kept in this repository.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.settings import PROJECT_DIR

NODE_BIN = PROJECT_DIR / "var" / "witness-node" / "node_modules" / ".bin"


@dataclass(frozen=True, slots=True)
class Told:
    """What the command line said: its exit code, its JSON or text, its complaint."""

    exit_code: int
    answer: Any
    complaint: str


def program(name: str) -> Path:
    """The path of a program that npm brought."""
    found = NODE_BIN / name
    assert found.exists(), f"{name} is not there: 'make test-witness' brings it (tests/witness/bring.sh)"
    return found


def run_node(name: str, *arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of npm's with a home of its own, so that it finds and leaves nothing in the user's."""
    own = {"HOME": str(folder), "PATH": os.environ["PATH"], "MB_CLI_DISABLE_KEYRING": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [program(name), *arguments], env=own | environment, cwd=folder, capture_output=True, text=True, timeout=120,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class MetabaseCli:
    """The command line `mb`, signed in with an API key."""

    url: str
    key: str
    folder: Path

    def __call__(self, *arguments: str, body: Any = None) -> Told:
        """One command with JSON out, and a JSON body in."""
        more = () if body is None else ("--body", json.dumps(body))
        done = run_node("mb", *arguments, *more, "--json", folder=self.folder, MB_URL=self.url, MB_API_KEY=self.key)
        return Told(done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr.strip())


def schemas(command: str, folder: Path) -> dict[str, Any]:
    """What a command takes and gives, as JSON Schema: `inputSchema` and `outputSchema`."""
    done = run_node("mb", *command.split(), "--help", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    described: dict[str, Any] = json.loads(done.stdout)
    return described
