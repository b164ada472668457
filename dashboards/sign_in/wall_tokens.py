"""Tokens of wall screens: each opens one dashboard's wall form, only to read, until it is revoked."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from dashboards.sign_in.kept import changing_rows, read_rows
from dashboards.sign_in.users import NAME
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

TOKENS_FILE: Final = "page_wall_tokens.json"


class WallRow(BaseModel):
    """A row of the file, by the screen's name. A token of 256 random bits needs no slow hash."""

    model_config = ConfigDict(extra="forbid")

    dashboard: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class WallTokens:
    """The file of tokens; read at each question, so that a revoked one is dark at its next refresh."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, settings: Settings) -> WallTokens:
        """The tokens of this machine."""
        return cls(settings.secrets_dir / TOKENS_FILE)

    def all(self) -> dict[str, str]:
        """The dashboard of each screen, by its name."""
        return {name: row.dashboard for name, row in sorted(read_rows(self._path, WallRow).items())}

    def make(self, name: str, dashboard: str) -> str:
        """A new token for a screen; it is told once and never kept.

        Raises:
            Problem: the name cannot be used or has a token.
        """
        if not NAME.fullmatch(name):
            raise Problem(
                f"Nama layar '{name}' tidak dapat dipakai: 2 sampai 32 huruf kecil atau angka.", Exit.WRONG_USE
            )
        token = secrets.token_urlsafe(32)
        with changing_rows(self._path, WallRow) as rows:
            if name in rows:
                raise Problem(f"Layar '{name}' sudah punya token; cabut dulu dengan --revoke.", Exit.REFUSED)
            rows[name] = WallRow(dashboard=dashboard, sha256=_digest(token))
        return token

    def revoke(self, name: str) -> None:
        """Ends a token.

        Raises:
            Problem: no screen has that name.
        """
        with changing_rows(self._path, WallRow) as rows:
            if rows.pop(name, None) is None:
                raise Problem(f"Layar '{name}' tidak punya token.", Exit.REFUSED)

    def dashboard_of(self, token: str) -> str | None:
        """The key of the dashboard that a token opens; every row is compared, so time tells nothing."""
        digest = _digest(token)
        rows = read_rows(self._path, WallRow).values()
        found = [row.dashboard for row in rows if hmac.compare_digest(row.sha256, digest)]
        return found[0] if found else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
