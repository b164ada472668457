"""The way into Metabase: by API key, by name and password, or as the first user of a fresh server."""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final

from dashboards.metabase.client import MetabaseClient
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

OLDEST: Final = 57
NEWEST_TESTED: Final = 65
API_KEY: Final = "metabase_api_key"
USER: Final = "metabase_user"
PASSWORD: Final = "metabase_password"  # noqa: S105 - the name of a file, not its content
FIRST_USER: Final = "hadir@hadir.invalid"
ADMINISTRATORS: Final = 2
NOT_CONFIGURED: Final = "Metabase tidak diatur (HADIR_METABASE_URL kosong); halaman var/pages tetap tersedia."
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """A Metabase into which we are signed in as administrator; `version` is the 62 of v0.62.3."""

    client: MetabaseClient
    version: int
    properties: dict[str, Any]


def open_server(settings: Settings, *, may_set_up: bool) -> Server:
    """Signs in.

    Args:
        settings: with metabase_url.
        may_set_up: make the first user and the API key when the server is fresh; else a fresh server is a Problem.

    Raises:
        Problem: no address (exit 2), no key, or the key is not an administrator's (exit 3).
        MetabaseAway: nobody answers (exit 4).
        MetabaseRefused: wrong key, or a version before 0.57 (exit 3).
    """
    if settings.metabase_url is None:
        raise Problem(NOT_CONFIGURED, Exit.WRONG_USE)
    stranger = MetabaseClient(settings.metabase_url)
    properties = stranger.get("/api/session/properties")
    version = _version(properties)
    header = _header(settings, stranger, properties, may_set_up=may_set_up)
    client = MetabaseClient(settings.metabase_url, header, (settings.secret_made_once("pg_metabase"),))
    if not client.get("/api/user/current").get("is_superuser"):
        raise Problem("Kunci Metabase ini bukan milik administrator; buat kunci di grup Administrators.", Exit.REFUSED)
    return Server(client, version, client.get("/api/session/properties"))


def _version(properties: dict[str, Any]) -> int:
    tag = str((properties.get("version") or {}).get("tag"))
    match = re.match(r"v\d+\.(\d+)", tag)
    if match is None or int(match.group(1)) < OLDEST:
        raise Problem(
            f"Metabase {tag} tidak didukung; perlu v0.{OLDEST} atau lebih baru. Tidak ada yang diubah.", Exit.REFUSED
        )
    version = int(match.group(1))
    if version > NEWEST_TESTED:
        _log.warning("Metabase %s lebih baru daripada yang diuji (v0.%d)", tag, NEWEST_TESTED)
    return version


def _header(
    settings: Settings, stranger: MetabaseClient, properties: dict[str, Any], *, may_set_up: bool
) -> dict[str, str]:
    token = properties.get("setup-token")
    if token and not properties.get("has-user-setup"):
        if not may_set_up:
            raise Problem("Metabase ini masih baru; jalankan 'hadir dashboards apply' dulu.", Exit.REFUSED)
        return _key_for(settings, _first_session(settings, stranger, str(token)))
    if settings.has_secret(API_KEY):
        return {"X-API-KEY": settings.secret(API_KEY)}
    if settings.has_secret(USER) and settings.has_secret(PASSWORD):
        login = {"username": settings.secret(USER), "password": settings.secret(PASSWORD)}
        session = MetabaseClient(stranger.url, secrets=(login["password"],)).post("/api/session", login)
        return _key_for(settings, str(session["id"]))
    raise Problem(f"Tidak ada rahasia '{API_KEY}', juga tidak '{USER}' dan '{PASSWORD}'.", Exit.REFUSED)


def _first_session(settings: Settings, stranger: MetabaseClient, token: str) -> str:
    """Makes the administrator; name and password stay in the secrets folder, for people who sign in."""
    if not settings.has_secret(PASSWORD) and not settings.can_keep_secrets():
        raise Problem(f"Metabase ini masih baru: simpan dulu rahasia '{USER}' dan '{PASSWORD}'.", Exit.REFUSED)
    if not settings.has_secret(USER) and settings.can_keep_secrets():
        settings.keep_secret(USER, FIRST_USER)
    email = settings.secret(USER) if settings.has_secret(USER) else FIRST_USER
    password = settings.secret_made_once(PASSWORD)
    user = {"email": email, "password": password, "first_name": "hadir", "last_name": None}
    body = {"token": token, "user": user, "prefs": {"site_name": "Kehadiran", "site_locale": "id"}}
    return str(MetabaseClient(stranger.url, secrets=(password, token)).post("/api/setup", body)["id"])


def _key_for(settings: Settings, session: str) -> dict[str, str]:
    """An API key of our own, kept for the next time; where none can be kept, the session itself.

    A session would do, but ends after two weeks, and the password would be needed again and again.
    """
    header = {"X-Metabase-Session": session}
    if not settings.can_keep_secrets():
        return header
    name = f"hadir {secrets.token_hex(3)}"  # names of keys are unique, and a lost key cannot be read again
    body = {"name": name, "group_id": ADMINISTRATORS}
    key = MetabaseClient(str(settings.metabase_url), header).post("/api/api-key", body)["unmasked_key"]
    settings.keep_secret(API_KEY, key)
    return {"X-API-KEY": key}
