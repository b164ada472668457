"""The one place where the environment enters: paths, database, secrets, clock offset."""

from __future__ import annotations

import json
import os
import secrets
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR: Final = Path(__file__).resolve().parent.parent

# Nothing calls home: dbt, Great Expectations, Airflow and Scarf pixels are switched off in every process we start.
TELEMETRY_OFF: Final = {
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "GX_ANALYTICS_ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}


class SecretMissing(Exception):
    """A secret that a configuration names is not in the secrets folder."""


class Settings(BaseSettings):
    """Machine settings; law lives in seeds and inventory in the site folder, never here."""

    model_config = SettingsConfigDict(env_prefix="HADIR_", frozen=True)

    var_dir: Path = PROJECT_DIR / "var"
    site_folder: Path | None = Field(default=None, description="default: var/site")
    secrets_folder: Path | None = Field(default=None, description="default: var/secrets; in Docker /run/secrets")
    pg_host: str | None = Field(default=None, description="none: the embedded server under var/pg")
    pg_port: int | None = Field(default=None, description="none: a free port, chosen once")
    pg_database: str = "hadir"
    pg_superuser: str = "postgres"
    timezone: str = "Asia/Jakarta"
    clock_offset_s: int = Field(default=0, description="added to the machine's clock; the live demo city lives in 2017")
    workers: int = Field(default=8, ge=1, description="terminals read at once by one process")
    face_workers: int = Field(default=2, ge=1, description="processes that compare faces, one core and 170 MB each")
    photo_days: dict[date, int] = Field(
        default={date(1900, 1, 1): 90}, description="from which day on photos are kept how many days"
    )
    metabase_url: str | None = Field(default=None, description="none: no Metabase, the page alone")
    metabase_db_host: str | None = Field(default=None, description="the database as Metabase sees it; none: as we do")
    metabase_db_port: int | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the city, for clocks of the host; offices may have their own in reference.opd."""
        return ZoneInfo(self.timezone)

    @property
    def pg_dir(self) -> Path:
        return self.var_dir / "pg"

    @property
    def evidence_dir(self) -> Path:
        return self.var_dir / "evidence"

    @property
    def photos_dir(self) -> Path:
        """Encrypted attendance photos."""
        return self.var_dir / "photos"

    @property
    def inbox_dir(self) -> Path:
        return self.var_dir / "inbox"

    @property
    def pages_dir(self) -> Path:
        return self.var_dir / "pages"

    @property
    def docs_dir(self) -> Path:
        return self.var_dir / "docs"

    @property
    def logs_dir(self) -> Path:
        return self.var_dir / "logs"

    @property
    def dbt_dir(self) -> Path:
        return self.var_dir / "dbt"

    @property
    def site_dir(self) -> Path:
        return self.site_folder or self.var_dir / "site"

    @property
    def secrets_dir(self) -> Path:
        return self.secrets_folder or self.var_dir / "secrets"

    def secret(self, name: str) -> str:
        """The text of a secret, by name.

        Raises:
            SecretMissing: no such file in the secrets folder.
        """
        path = self.secrets_dir / name
        if not path.is_file():
            raise SecretMissing(
                f"Rahasia '{name}' tidak ada di folder rahasia; simpan isinya sebagai berkas '{name}' di sana."
            )
        return path.read_text(encoding="utf-8").strip()

    def has_secret(self, name: str) -> bool:
        """True when the secret is there."""
        return (self.secrets_dir / name).is_file()

    def can_keep_secrets(self) -> bool:
        """False where the secrets folder is read-only, as in Docker."""
        try:
            self._secret_draft("try", "").unlink()
        except OSError:
            return False
        return True

    def keep_secret(self, name: str, text: str) -> None:
        """Keeps a secret that another program has made, in place of an older one."""
        self._secret_draft(name, text).replace(self.secrets_dir / name)

    def secret_made_once(self, name: str) -> str:
        """The secret, made at random on first use: for passwords between our own processes."""
        path = self.secrets_dir / name
        if not path.exists():
            draft = self._secret_draft(name, secrets.token_urlsafe(32))
            try:
                path.hardlink_to(draft)  # the first of two processes wins, both read the same
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return self.secret(name)

    def _secret_draft(self, name: str, text: str) -> Path:
        self.secrets_dir.mkdir(parents=True, exist_ok=True)
        self.secrets_dir.chmod(0o700)
        draft = self.secrets_dir / f".{name}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        return draft


def load_settings() -> Settings:
    """Settings from the environment (HADIR_*)."""
    return Settings()


def child_environment(settings: Settings) -> dict[str, str]:
    """Environment of the programs that we start: the same settings, byte code kept, nothing that calls home."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # noqa: TID251
    dumped = settings.model_dump(mode="json", exclude_none=True)
    ours = {
        f"HADIR_{name.upper()}": json.dumps(value) if isinstance(value, dict) else str(value)
        for name, value in dumped.items()
    }
    return {**kept, **ours, **TELEMETRY_OFF}
