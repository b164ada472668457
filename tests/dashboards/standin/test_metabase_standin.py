"""The stand-in keeps the rules that are known of a Metabase server. It is none, and nothing here runs against one."""

from __future__ import annotations

import psycopg2
import pytest
import requests

from tests.metabase_standin import Fault, MetabaseStandIn
from tests.metabase_standin.filters import FilterInvalid, date_range
from tests.metabase_standin.server import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.support.standin_client import TODAY, Client, card, details, field_tag, native
from warehouse.connection import connect_superuser


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
