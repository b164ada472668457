"""The hand-computed town with a stand-in for a Metabase server beside it; never a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import requests

from tests.metabase_standin import MetabaseStandIn
from warehouse.connection import connect
from warehouse.settings import Settings

TODAY = date(2017, 4, 1)
SECRETS = ("pg_metabase", "pg_admin")


def pointed_at(city: Settings, standin: MetabaseStandIn, folder: Path) -> Settings:
    """The city's settings with the stand-in's address, its key and pages in a folder of their own."""
    secrets_folder = folder / "secrets"
    secrets_folder.mkdir(parents=True, exist_ok=True)
    for name in SECRETS:
        (secrets_folder / name).write_text(city.secret(name), encoding="utf-8")
    changes = {"secrets_folder": secrets_folder, "metabase_url": standin.url, "var_dir": folder / "var"}
    made = city.model_copy(update=changes)
    made.keep_secret("metabase_api_key", standin.admin_key)
    return made


def forget_everything(settings: Settings) -> None:
    """Empties our book of what stands in Metabase: another stand-in knows nothing of it."""
    conn = connect(settings, "admin")
    with conn, conn.cursor() as cursor:
        cursor.execute("delete from ops.metabase_objects")
    conn.close()


def book(settings: Settings) -> dict[str, int]:
    """Numbers in Metabase by our keys, as the last apply has noted them."""
    conn = connect(settings, "admin")
    with conn, conn.cursor() as cursor:
        cursor.execute("select key, id from ops.metabase_objects")
        found = dict(cursor.fetchall())
    conn.close()
    return found


@contextmanager
def standin_for(
    city: Settings, folder: Path, version: int = 63, **more: Any
) -> Iterator[tuple[MetabaseStandIn, Settings]]:
    """A running stand-in and the settings that lead to it; our book begins and ends empty."""
    with MetabaseStandIn(version, today=TODAY, **more) as standin:
        settings = pointed_at(city, standin, folder)
        forget_everything(settings)
        yield standin, settings
        forget_everything(settings)


class Asked:
    """Requests to the stand-in as a browser or a person's client sends them."""

    def __init__(self, standin: MetabaseStandIn, key: str | None = None) -> None:
        self.standin = standin
        self._headers = {"X-API-KEY": key or standin.admin_key}

    def status(self, method: str, path: str, body: Any = None) -> int:
        """The status alone."""
        return self._send(method, path, body).status_code

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a successful answer."""
        answer = self._send(method, path, body)
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, body: Any) -> requests.Response:
        return requests.request(method, self.standin.url + path, headers=self._headers, json=body, timeout=20)

    def dashboards(self) -> list[int]:
        """Numbers of all dashboards that this key sees."""
        return [dashboard["id"] for dashboard in self("GET", "/api/dashboard")]

    def card_on(self, dashboard: dict[str, Any], dashcard: dict[str, Any], *values: dict[str, Any]) -> dict[str, Any]:
        """The answer of one card on its dashboard, as a browser asks for it; columns by name."""
        path = f"/api/dashboard/{dashboard['id']}/dashcard/{dashcard['id']}/card/{dashcard['card_id']}/query"
        answer = self("POST", path, {"parameters": list(values)})
        assert answer["status"] == "completed", answer["error"]
        names = [column["name"] for column in answer["data"]["cols"]]
        return {"names": names, "rows": [dict(zip(names, row, strict=True)) for row in answer["data"]["rows"]]}
