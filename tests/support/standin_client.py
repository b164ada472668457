"""Just enough of a client for the Metabase stand-in, and what tests ask it for."""

from __future__ import annotations

from datetime import date

import requests

from tests.metabase_standin import MetabaseStandIn

TODAY = date(2017, 3, 31)
OFFICES = """
create table marts.rpt_office (opd_code text, opd_name text, work_date date, people_count bigint, pct numeric(5, 2));
insert into marts.rpt_office values ('A', 'Dinas A', '2017-03-30', 3, 1.5), ('B', 'Dinas B', '2017-03-31', 4, null),
    ('C', '50 % Dinas', '2017-03-01', 5, 2);
grant select on marts.rpt_office to hadir_metabase;
"""


class Client:
    """Just enough of a client: JSON in, JSON out, the key in the header."""

    def __init__(self, standin: MetabaseStandIn, key: str | None = None) -> None:
        self.base = standin.url
        self.headers = {"X-API-KEY": standin.admin_key if key is None else key}

    def __call__(self, method: str, path: str, json=None, status=200, **more):
        answer = requests.request(method, self.base + path, headers=self.headers, json=json, timeout=10, **more)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.json() if is_json and answer.content else answer.text


def details(settings):
    password = settings.secret("pg_metabase")
    return {
        "host": settings.pg_host, "port": settings.pg_port, "dbname": settings.pg_database, "user": "hadir_metabase",
        "password": password, "schema-filters-type": "inclusion", "schema-filters-patterns": "marts",
    }  # fmt: skip


def field_tag(name, field_id, **more):
    return {"id": f"id-{name}", "name": name, "display-name": name, "type": "dimension",
            "dimension": ["field", field_id, None], "widget-type": "string/=", **more}  # fmt: skip


def native(database_id, sql, *tags):
    inner = {"query": sql, "template-tags": {tag["name"]: tag for tag in tags}}
    return {"type": "native", "database": database_id, "native": inner}


def card(database_id, sql, *tags, **more):
    return {"name": "Kartu", "display": "table", "visualization_settings": {},
            "dataset_query": native(database_id, sql, *tags), **more}  # fmt: skip
