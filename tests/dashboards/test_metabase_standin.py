"""The stand-in keeps the rules that are known of a Metabase server. It is none, and nothing here runs against one."""

from __future__ import annotations

from datetime import date

import psycopg2
import pytest
import requests

from tests.metabase_standin import Fault, MetabaseStandIn
from tests.metabase_standin.filters import FilterInvalid, date_range
from tests.metabase_standin.server import ADMIN_EMAIL, ADMIN_PASSWORD
from warehouse.connection import connect_superuser

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


@pytest.fixture
def standin():
    with MetabaseStandIn(today=TODAY) as running:
        yield running


@pytest.fixture
def ask(standin):
    return Client(standin)


def details(settings):
    password = settings.secret("pg_metabase")
    return {
        "host": settings.pg_host, "port": settings.pg_port, "dbname": settings.pg_database, "user": "hadir_metabase",
        "password": password, "schema-filters-type": "inclusion", "schema-filters-patterns": "marts",
    }  # fmt: skip


@pytest.fixture(scope="module")
def offices(module_db):
    conn = connect_superuser(module_db)
    with conn, conn.cursor() as cursor:
        cursor.execute(OFFICES)
    conn.close()
    return module_db


@pytest.fixture
def database(ask, offices):
    """The number of a database that has been read, and its fields by name."""
    made = ask("POST", "/api/database", {"name": "Kehadiran", "engine": "postgres", "details": details(offices)})
    while ask("GET", f"/api/database/{made['id']}")["initial_sync_status"] != "complete":
        pass
    (table,) = ask("GET", f"/api/database/{made['id']}/metadata")["tables"]
    return made["id"], {field["name"]: field["id"] for field in table["fields"]}


def field_tag(name, field_id, **more):
    return {"id": f"id-{name}", "name": name, "display-name": name, "type": "dimension",
            "dimension": ["field", field_id, None], "widget-type": "string/=", **more}  # fmt: skip


def native(database_id, sql, *tags):
    inner = {"query": sql, "template-tags": {tag["name"]: tag for tag in tags}}
    return {"type": "native", "database": database_id, "native": inner}


def card(database_id, sql, *tags, **more):
    return {"name": "Kartu", "display": "table", "visualization_settings": {},
            "dataset_query": native(database_id, sql, *tags), **more}  # fmt: skip


@pytest.mark.unit
class TestWithoutDatabase:
    def test_unknown_paths_and_what_is_gone_since_0_50(self, ask):
        assert "does not exist" in ask("GET", "/api/nothing", status=404)
        ask("POST", "/api/dashboard", {"name": "D"})
        ask("POST", "/api/dashboard/1/cards", {"cardId": 1}, status=404)
        assert ask("GET", "/api/card/7", status=404) == "Not found."
        ask("GET", "/api/card/", status=200)  # a slash at the end is taken

    def test_sign_in(self, standin):
        assert Client(standin, "mb_wrong")("GET", "/api/user/current", status=401) == "Unauthenticated"
        wrong = {"username": ADMIN_EMAIL, "password": "salah"}
        assert Client(standin)("POST", "/api/session", wrong, status=401)["errors"]["password"]
        right = requests.post(
            f"{standin.url}/api/session", json={"username": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, timeout=5
        )
        answer = requests.get(
            f"{standin.url}/api/user/current", headers={"X-Metabase-Session": right.json()["id"]}, timeout=5
        )
        assert answer.json()["is_superuser"] is True

    def test_set_up_works_once(self):
        with MetabaseStandIn(is_set_up=False) as fresh:
            ask = Client(fresh)
            seen = ask("GET", "/api/session/properties")
            assert (seen["has-user-setup"], seen["version"]["tag"]) == (False, "v0.63.3")
            body = {"token": "x", "user": {"email": "a@b.c", "password": "p"}, "prefs": {"site_name": "S"}}
            ask("POST", "/api/setup", body, status=400)
            ask("POST", "/api/setup", body | {"token": seen["setup-token"]})
            ask("POST", "/api/setup", body | {"token": seen["setup-token"]}, status=403)
            assert ask("GET", "/api/session/properties")["setup-token"] is None

    def test_an_empty_description_is_refused(self, ask):
        assert "description" in ask("POST", "/api/collection", {"name": "K", "description": ""}, status=400)["errors"]
        ask("POST", "/api/collection", {"name": "K", "description": None})

    def test_a_stale_revision_is_a_conflict_and_none_is_not_shown(self, ask):
        collection = str(ask("POST", "/api/collection", {"name": "K"})["id"])
        graph = ask("GET", "/api/collection/graph")
        assert graph["groups"]["1"] == {"root": "write", collection: "write"}  # a new server is open to all
        change = {"revision": graph["revision"], "groups": {"1": {"root": "none", collection: "none"}}}
        assert ask("PUT", "/api/collection/graph", change)["groups"]["1"] == {}
        assert "out of date" in ask("PUT", "/api/collection/graph", change, status=409)
        ask("PUT", "/api/collection/graph?force=true", change)

    def test_public_links_need_the_setting(self, ask):
        ask("POST", "/api/dashboard", {"name": "D"})
        assert ask("POST", "/api/dashboard/1/public_link")["uuid"]
        ask("PUT", "/api/setting/enable-public-sharing", {"value": False}, status=204)
        assert "not enabled" in ask("POST", "/api/dashboard/1/public_link", status=400)

    def test_what_arrives_is_counted(self, standin, ask):
        ask("GET", "/api/collection")
        ask("GET", "/api/collection")
        ask("POST", "/api/collection", {"name": "K"})
        assert standin.counted() == {("GET", "/api/collection"): 2, ("POST", "/api/collection"): 1}
        assert [(seen.method, seen.status) for seen in standin.written()] == [("POST", 200)]

    def test_faults_strike_as_ordered(self, standin, ask):
        standin.faults += [
            Fault("reset"),
            Fault("status", status=409, body="stale"),
            Fault("status", status=500),
            Fault("slow", seconds=2),
        ]
        with pytest.raises(requests.ConnectionError):
            ask("GET", "/api/collection")
        assert ask("GET", "/api/collection", status=409) == "stale"
        ask("GET", "/api/collection", status=500)
        with pytest.raises(requests.Timeout):
            requests.get(f"{standin.url}/api/collection", headers=ask.headers, timeout=0.2)
        ask("GET", "/api/collection")

    def test_a_line_cut_after_the_work_has_done_the_work(self, standin, ask):
        standin.faults.append(Fault("reset_after", method="POST"))
        with pytest.raises(requests.ConnectionError):
            ask("POST", "/api/collection", {"name": "K"})
        assert [c["name"] for c in ask("GET", "/api/collection")][-1] == "K"

    @pytest.mark.parametrize(
        ("text", "first", "last"),
        [
            ("thisday", "2017-03-31", "2017-03-31"),
            ("thisweek", "2017-03-27", "2017-04-02"),
            ("thismonth", "2017-03-01", "2017-03-31"),
            ("lastmonth", "2017-02-01", "2017-02-28"),
            ("past3days", "2017-03-28", "2017-03-30"),
            ("past30days~", "2017-03-01", "2017-03-31"),
            ("past1months", "2017-02-01", "2017-02-28"),
            ("2016-11-01~2016-11-30", "2016-11-01", "2016-11-30"),
            ("2016-11", "2016-11-01", "2016-11-30"),
            ("2016-11-05", "2016-11-05", "2016-11-05"),
            ("2016-11-05~", "2016-11-05", None),
        ],
    )
    def test_dates_mean_days(self, text, first, last):
        assert tuple(day and day.isoformat() for day in date_range(text, TODAY)) == (first, last)

    def test_no_date_is_said(self):
        with pytest.raises(FilterInvalid, match="parse"):
            date_range("kemarin", TODAY)


@pytest.mark.db
class TestDatabases:
    def test_only_the_schema_that_was_asked_for_and_no_password(self, ask, database):
        shown = ask("GET", f"/api/database/{database[0]}/metadata")
        assert {table["schema"] for table in shown["tables"]} == {"marts"}
        assert shown["details"]["password"] == "**MetabasePass**"
        assert ask("GET", "/api/database")["total"] == 1

    def test_a_wrong_password_is_refused(self, ask, offices):
        wrong = details(offices) | {"password": "salah"}
        ask("POST", "/api/database", {"name": "K", "engine": "postgres", "details": wrong}, status=400)

    def test_a_masked_password_keeps_the_old_one(self, ask, database, offices):
        masked = details(offices) | {"password": "**MetabasePass**"}
        ask("PUT", f"/api/database/{database[0]}", {"name": "Baru", "engine": "postgres", "details": masked})
        assert ask("POST", "/api/dataset", native(database[0], "select 1"), status=202)["status"] == "completed"

    def test_a_new_column_appears_after_a_sync_and_not_at_once(self, ask, database, offices):
        conn = connect_superuser(offices)
        with conn, conn.cursor() as cursor:
            cursor.execute("alter table marts.rpt_office add column late_count bigint")

        def names():
            (table,) = ask("GET", f"/api/database/{database[0]}/metadata")["tables"]
            return {field["name"] for field in table["fields"]}

        assert "late_count" not in names()
        ask("POST", f"/api/database/{database[0]}/sync_schema")
        assert "late_count" not in names()
        assert "late_count" in names()
        with conn, conn.cursor() as cursor:
            cursor.execute("alter table marts.rpt_office drop column late_count")
        conn.close()

    def test_a_pick_list_only_where_it_was_ordered(self, ask, database):
        field = database[1]["opd_code"]
        assert ask("GET", f"/api/field/{field}/values")["values"] == []
        assert ask("PUT", f"/api/field/{field}", {"has_field_values": "auto-list"})["has_field_values"] == "list"
        assert ask("GET", f"/api/field/{field}/values")["values"] == [["A"], ["B"], ["C"]]


@pytest.mark.db
class TestQueries:
    @pytest.mark.parametrize(("version", "form"), [(56, "legacy"), (57, dict), (62, dict), (63, list), (65, list)])
    def test_the_form_of_a_query_follows_the_version(self, offices, version, form):
        with MetabaseStandIn(version) as standin:
            ask = Client(standin)
            ask("POST", "/api/database", {"name": "K", "engine": "postgres", "details": details(offices)})
            tag = {"id": "x", "name": "n", "display-name": "N", "type": "number"}
            made = ask("POST", "/api/card", card(1, "select {{n}}", tag))["dataset_query"]
            if form == "legacy":
                assert made["native"]["template-tags"]["n"] == tag
                return
            assert (made["lib/type"], made["stages"][0]["native"]) == ("mbql/query", "select {{n}}")
            assert isinstance(made["stages"][0]["template-tags"], form)
            again = ask("PUT", "/api/card/1", {"dataset_query": made})  # what it answers it takes
            assert again["dataset_query"] == made
            made["stages"][0]["template-tags"] = [tag] if form is dict else {"n": tag}
            ask("PUT", "/api/card/1", {"dataset_query": made}, status=400)

    def test_filters_become_predicates_on_the_full_column(self, ask, database):
        number, fields = database
        sql = (
            "select opd_code from marts.rpt_office where true [[and {{opd}}]] [[and {{hari}}]]"
            " [[and people_count >= {{least}}]] order by 1 -- {{ not_a_tag }}"
        )
        tags = (
            field_tag("opd", fields["opd_name"]),
            field_tag("hari", fields["work_date"], **{"widget-type": "date/all-options"}),
            {"id": "x", "name": "least", "display-name": "Paling sedikit", "type": "number"},
        )
        ask("POST", "/api/card", card(number, sql, *tags))

        def rows(*parameters):
            answer = ask("POST", "/api/card/1/query", {"parameters": list(parameters)}, status=202)
            assert answer["status"] == "completed", answer["error"]
            return "".join(row[0] for row in answer["data"]["rows"])

        opd = {"type": "string/=", "target": ["dimension", ["template-tag", "opd"]]}
        day = {"type": "date/all-options", "target": ["dimension", ["template-tag", "hari"]]}
        assert rows() == "ABC"
        assert rows(opd | {"value": ["Dinas A", "50 % Dinas"]}) == "AC"
        assert rows(opd | {"value": ["O'Brien; drop table marts.rpt_office"]}) == ""
        assert rows(day | {"value": "past1days~"}) == "AB"
        assert rows({"type": "number/=", "target": ["variable", ["template-tag", "least"]], "value": 5}) == "C"

    def test_a_table_with_another_name_cannot_be_filtered(self, ask, database):
        number, fields = database
        sql = "select 1 from marts.rpt_office as o where {{opd}}"
        ask("POST", "/api/card", card(number, sql, field_tag("opd", fields["opd_code"])))
        parameter = {"type": "string/=", "target": ["dimension", ["template-tag", "opd"]], "value": ["A"]}
        answer = ask("POST", "/api/card/1/query", {"parameters": [parameter]}, status=202)
        assert (answer["status"], answer["row_count"]) == ("failed", 0)
        assert "invalid reference to FROM-clause" in answer["error"]

    def test_a_tag_without_value_fails_and_says_so(self, ask, database):
        tag = {"id": "x", "name": "n", "display-name": "Nomor", "type": "number"}
        ask("POST", "/api/card", card(database[0], "select {{n}}", tag))
        assert "Nomor" in ask("POST", "/api/card/1/query", status=202)["error"]

    def test_values_come_as_json_and_as_csv(self, ask, database):
        sql = "select opd_name, work_date, people_count, pct from marts.rpt_office order by opd_code limit 2"
        titles = {"column_settings": {'["name","opd_name"]': {"column_title": "OPD"}}}
        ask("POST", "/api/card", card(database[0], sql, visualization_settings=titles))
        ask("PUT", "/api/setting/report-timezone", {"value": "Asia/Jakarta"}, status=204)
        data = ask("POST", "/api/card/1/query", status=202)["data"]
        assert data["rows"] == [
            ["Dinas A", "2017-03-30T00:00:00+07:00", 3, 1.5], ["Dinas B", "2017-03-31T00:00:00+07:00", 4, None],
        ]  # fmt: skip
        assert [col["base_type"] for col in data["cols"]] == [
            "type/Text", "type/Date", "type/BigInteger", "type/Decimal",
        ]  # fmt: skip
        text = ask("POST", "/api/card/1/query/csv")
        assert text.splitlines()[:1] == ["OPD,work_date,people_count,pct"]

    def test_the_role_only_reads(self, ask, database, offices):
        answer = ask("POST", "/api/dataset", native(database[0], "delete from marts.rpt_office"), status=202)
        assert (answer["status"], "read-only transaction" in answer["error"]) == ("failed", True)
        answer = ask("POST", "/api/dataset", native(database[0], "select * from raw.punches"), status=202)
        assert "permission denied" in answer["error"]
        conn = psycopg2.connect(host=offices.pg_host, port=offices.pg_port, dbname=offices.pg_database,
                                user="hadir_metabase", password=offices.secret("pg_metabase"))  # fmt: skip
        with conn.cursor() as cursor:
            cursor.execute("show default_transaction_read_only")
            assert cursor.fetchone() == ("on",)
        conn.close()


@pytest.mark.db
class TestDashboards:
    @pytest.fixture
    def two_cards(self, ask, database):
        number, fields = database
        sql = "select opd_code from marts.rpt_office where true [[and {{opd}}]] order by 1"
        for _ in range(2):
            ask("POST", "/api/card", card(number, sql, field_tag("opd", fields["opd_code"])))
        parameter = {"id": "p1", "name": "OPD", "slug": "opd", "type": "string/="}
        ask(
            "POST",
            "/api/dashboard",
            {"name": "D", "parameters": [parameter], "dashcards": [{"id": -1}], "width": "full"},
        )
        return database

    @staticmethod
    def dashcard(number, card_id, **more):
        mapping = {"parameter_id": "p1", "card_id": card_id, "target": ["dimension", ["template-tag", "opd"]]}
        place = {"row": 0, "col": 0, "size_x": 12, "size_y": 4, "parameter_mappings": [mapping]}
        return {"id": number, "card_id": card_id, **place, **more}

    def test_a_post_ignores_its_dashcards_and_a_put_replaces_them_all(self, ask, two_cards):
        shown = ask("GET", "/api/dashboard/1")
        assert (shown["dashcards"], shown["width"], "ordered_cards" in shown) == ([], "fixed", False)
        both = [self.dashcard(-1, 1), self.dashcard(-2, 2)]
        made = ask("PUT", "/api/dashboard/1", {"width": "full", "dashcards": both})["dashcards"]
        assert [d["id"] for d in made] == [1, 2]
        kept = ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(2, 2, row=5)]})["dashcards"]
        assert [(d["id"], d["row"], d["card"]["id"]) for d in kept] == [(2, 5, 2)]
        ask("PUT", "/api/dashboard/1", {"name": "Lain"})
        assert len(ask("GET", "/api/dashboard/1")["dashcards"]) == 1

    @pytest.mark.parametrize(
        "broken", [{"size_x": "12"}, {"col": 20}, {"id": 99}, {"row": None}, {"card_id": 77}, {"dashboard_tab_id": 3}]
    )
    def test_a_broken_dashcard_is_refused(self, ask, two_cards, broken):
        status = 404 if "card_id" in broken else 400
        ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(-1, 1) | broken]}, status=status)

    def test_a_filter_reaches_the_card_and_its_default_too(self, ask, two_cards):
        ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(-1, 1)]})
        path = "/api/dashboard/1/dashcard/1/card/1/query"
        sent = {"id": "p1", "type": "string/=", "value": ["B"]}
        assert ask("POST", path, {"parameters": [sent]}, status=202)["data"]["rows"] == [["B"]]
        assert ask("POST", path, {}, status=202)["row_count"] == 3
        parameter = {"id": "p1", "name": "OPD", "slug": "opd", "type": "string/=", "default": ["C"]}
        ask("PUT", "/api/dashboard/1", {"parameters": [parameter]})
        assert ask("POST", path, {}, status=202)["data"]["rows"] == [["C"]]
        ask("POST", path, {"parameters": [{"id": "lain", "value": 1}]}, status=400)

    def test_values_of_a_filter(self, ask, two_cards):
        ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(-1, 1)]})
        assert ask("GET", "/api/dashboard/1/params/p1/values")["values"] == []
        ask("PUT", f"/api/field/{two_cards[1]['opd_code']}", {"has_field_values": "list"})
        assert ask("GET", "/api/dashboard/1/params/p1/values")["values"] == [["A"], ["B"], ["C"]]
        assert ask("GET", "/api/dashboard/1/params/p1/search/b")["values"] == [["B"]]

    def test_an_archived_card_leaves_its_dashboard_and_lists(self, ask, two_cards):
        ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(-1, 1), self.dashcard(-2, 2)]})
        ask("PUT", "/api/card/1", {"archived": True})
        assert [d["card_id"] for d in ask("GET", "/api/dashboard/1")["dashcards"]] == [2]
        assert {item["id"] for item in ask("GET", "/api/collection/root/items?models=card")["data"]} == {2}
        assert ask("GET", "/api/collection/root/items?archived=true")["total"] == 1


@pytest.mark.db
class TestPermissions:
    @pytest.fixture
    def divided(self, ask, standin, database):
        """Two collections with a card each; one group reads the first, All Users nothing."""
        for name in ("Pertama", "Kedua"):
            place = ask("POST", "/api/collection", {"name": name})["id"]
            ask("POST", "/api/card", card(database[0], "select 1 as n", collection_id=place))
            ask("POST", "/api/dashboard", {"name": name, "collection_id": place})
        first, second = (c["id"] for c in ask("GET", "/api/collection") if c["name"] in ("Pertama", "Kedua"))
        group = ask("POST", "/api/permissions/group", {"name": "OPD A"})["id"]
        nothing = dict.fromkeys(("root", str(first), str(second)), "none")
        graph = {"revision": 0, "groups": {"1": nothing, str(group): {str(first): "read"}}}
        ask("PUT", "/api/collection/graph", graph)
        closed = {"1": {str(database[0]): {"view-data": "unrestricted", "create-queries": "no"}}}
        ask("PUT", "/api/permissions/graph", {"revision": 0, "groups": closed})
        return Client(standin, standin.mint_key("opd-a", group)), first, second

    def test_a_group_reads_its_collection_and_no_other(self, divided, database):
        reader, first, second = divided
        assert reader("POST", "/api/card/1/query", status=202)["row_count"] == 1
        assert [item["name"] for item in reader("GET", f"/api/collection/{first}/items")["data"]] == [
            "Kartu",
            "Pertama",
        ]
        reader("GET", "/api/dashboard/1")
        for path in ("/api/card/2", "/api/dashboard/2", f"/api/collection/{second}", "/api/collection/root/items"):
            reader("GET", path, status=403)
        reader("POST", "/api/card/2/query", status=403)
        assert [c["id"] for c in reader("GET", "/api/collection") if c["id"] != "root"] == [first]
        assert {hit["id"] for hit in reader("GET", "/api/search?models=card")["data"]} == {1}

    def test_a_reader_writes_nothing_and_asks_no_sql(self, divided, database):
        reader, first, _ = divided
        reader("PUT", "/api/card/1", {"name": "Lain"}, status=403)
        reader("POST", "/api/card", card(database[0], "select 2", collection_id=first), status=403)
        reader("POST", "/api/dataset", native(database[0], "select 2"), status=403)
        for method, path in (
            ("PUT", "/api/setting/site-locale"),
            ("GET", "/api/collection/graph"),
            ("POST", "/api/user"),
        ):
            reader(method, path, {}, status=403)

    def test_twin_with_all_users_open_the_wall_is_gone(self, divided, ask):
        reader, _, second = divided
        ask("PUT", "/api/collection/graph?force=true", {"groups": {"1": {str(second): "read"}}})
        assert reader("POST", "/api/card/2/query", status=202)["row_count"] == 1

    def test_a_named_user_gets_in_through_his_group(self, ask, standin, divided):
        _, first, second = divided
        user = ask("POST", "/api/user", {"email": "budi@opd.example", "first_name": "Budi", "last_name": None})
        ask("PUT", f"/api/user/{user['id']}/password", {"password": "rahasia-1"}, status=204)
        body = {"username": "budi@opd.example", "password": "rahasia-1"}
        session = requests.post(f"{standin.url}/api/session", json=body, timeout=5).json()["id"]

        def status(number):
            headers = {"X-Metabase-Session": session}
            return requests.get(f"{standin.url}/api/collection/{number}", headers=headers, timeout=5).status_code

        assert (status(first), status(second)) == (403, 403)
        ask("POST", "/api/permissions/membership", {"group_id": 3, "user_id": user["id"]})
        assert (status(first), status(second)) == (200, 403)
