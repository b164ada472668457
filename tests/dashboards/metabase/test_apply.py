"""Apply beside the sample city: what is ours is kept right, and what only looks like ours is left alone.

That a second run writes nothing, that one change is one update and that numbers are right: test_metabase_town.py.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboards.definition import read_dashboards
from dashboards.metabase import access, instance
from dashboards.metabase.client import MetabaseAway
from dashboards.metabase.provision import apply, plan
from tests.metabase_standin import Fault, MetabaseStandIn
from tests.support.metabase_town import Asked, book, forget_everything, pointed_at
from warehouse.console import Exit, Problem

pytestmark = pytest.mark.db
SEKDA = tuple(dashboard for dashboard in read_dashboards() if dashboard.key == "sekda")


def changes(result) -> dict[str, str]:
    return {change.key: change.action for change in result.changes if change.action != "unchanged"}


def test_with_nothing_changed_at_most_two_requests_per_object(settings, standin):
    first = apply(settings)
    standin.seen.clear()
    second = apply(settings)
    objects = len(second.changes)
    assert objects == len(first.changes) > 60
    assert changes(second) == {}
    assert len(standin.seen) == second.request_count + 1  # one as a stranger, for the version
    assert second.request_count <= 2 * objects
    assert max(standin.counted().values()) <= 2


def test_a_plan_tells_what_the_apply_then_does(settings, standin):
    planned = plan(settings)
    assert standin.written() == []
    done = changes(apply(settings))
    # graphs are compared by numbers of groups and collections: in the plan of a first apply there are none yet
    assert changes(planned).items() >= {key: action for key, action in done.items() if "graph" not in key}.items()
    assert changes(plan(settings)) == {}


def test_a_dashboard_keeps_the_ids_of_its_cards(settings, standin):
    apply(settings, SEKDA)
    number = book(settings)["dashboard:sekda"]
    before = {card["card_id"]: card["id"] for card in standin.state.dashboards[number]["dashcards"]}
    fewer = (SEKDA[0].model_copy(update={"cards": SEKDA[0].cards[:-1]}),)
    apply(settings, fewer)
    after = {card["card_id"]: card["id"] for card in standin.state.dashboards[number]["dashcards"]}
    assert len(after) == len(before) - 1
    assert after.items() <= before.items()  # subscriptions hang on these ids


def test_a_server_that_was_set_up_anew_is_not_taken_for_the_old_one(settings, standin, sample_city, tmp_path):
    apply(settings, SEKDA)
    known = book(settings)
    with MetabaseStandIn() as another:
        there = Asked(another)
        made = [there("POST", "/api/collection", {"name": f"Orang lain {n}", "description": None}) for n in range(9)]
        assert {collection["id"] for collection in made} & set(known.values())
        moved = pointed_at(sample_city, another, tmp_path)
        assert set(changes(apply(moved, SEKDA)).values()) == {"created", "updated"}
        names = [another.state.collections[collection["id"]]["name"] for collection in made]
        assert names == [f"Orang lain {n}" for n in range(9)]
        assert changes(apply(moved, SEKDA)) == {}


def test_a_lost_book_is_written_again_without_a_second_object(settings, standin):
    apply(settings, SEKDA)
    counts = (len(standin.state.cards), len(standin.state.dashboards), len(standin.state.collections))
    forget_everything(settings)
    assert "created" not in changes(apply(settings, SEKDA)).values()
    assert (len(standin.state.cards), len(standin.state.dashboards), len(standin.state.collections)) == counts
    assert changes(apply(settings, SEKDA)) == {}


def test_what_a_hand_has_archived_comes_back(settings, standin):
    apply(settings, SEKDA)
    ask, known = Asked(standin), book(settings)
    ask("PUT", f"/api/card/{known['card:sekda/alpa_people']}", {"archived": True})
    ask("PUT", f"/api/collection/{known['collection:sekda']}", {"archived": True})
    apply(settings, SEKDA)
    assert not any(card["archived"] for card in standin.state.cards.values())
    assert changes(apply(settings, SEKDA)) == {}


def test_a_new_password_of_the_database_reaches_metabase(settings, standin):
    apply(settings, SEKDA)
    settings.keep_secret("pg_metabase", "yang-baru")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboards.metabase.provision.compile_dashboards", lambda _: [])  # its SQL would fail now
        standin.faults.append(Fault("status", "PUT", r"/api/database/\d+", status=204, body=""))
        assert changes(apply(settings, SEKDA))["database"] == "updated"
    (sent,) = [seen for seen in standin.written() if seen.method == "PUT" and "/api/database/" in seen.path]
    assert sent.body["details"]["password"] == "yang-baru"


def test_the_database_is_the_readers_own_and_marts_alone(settings, standin):
    apply(settings, SEKDA)
    (database,) = standin.state.databases.values()
    assert database["details"]["user"] == "hadir_metabase"
    assert database["details"]["schema-filters-patterns"] == "marts"
    assert {table["schema"] for table in standin.state.tables.values()} == {"marts"}


def test_columns_that_never_come_end_in_one_sentence(settings, change, monkeypatch):
    monkeypatch.setattr(instance, "SYNC_TIMEOUT_S", 0.05)
    change("alter table marts.rpt_presence_by_opd rename column opd_name to office_name")
    with pytest.raises(MetabaseAway, match=r"rpt_presence_by_opd\.opd_name") as caught:
        apply(settings, SEKDA)
    assert caught.value.code == Exit.NOBODY_THERE


def test_before_the_first_build_the_server_is_made_ready_and_the_rest_waits(settings, standin, change):
    change("alter table marts.rpt_event_rolls rename to later")
    waiting = apply(settings, SEKDA)
    assert "rpt_event_rolls" in waiting.note
    assert standin.state.settings["enable-public-sharing"] is False
    assert standin.state.cards == {}
    change("alter table marts.later rename to rpt_event_rolls")
    done = apply(settings, SEKDA)
    assert (done.note, changes(apply(settings, SEKDA))) == ("", {})


def test_a_graph_that_somebody_changes_again_and_again_is_given_up(settings, standin):
    standin.faults.append(Fault("status", "PUT", "/api/collection/graph", status=access.STALE, times=2))
    with pytest.raises(Problem, match="409"):
        apply(settings, SEKDA)
    assert changes(apply(settings, SEKDA))["graph:root"] == "updated"
    assert changes(apply(settings, SEKDA)) == {}


def test_doors_are_shut_before_anything_stands_behind_them(settings, standin):
    apply(settings, SEKDA)
    written = [(seen.method, seen.path) for seen in standin.written()]
    assert written.index(("PUT", "/api/collection/graph")) < written.index(("POST", "/api/collection"))
    assert written.index(("PUT", "/api/permissions/graph")) < written.index(("POST", "/api/card"))
    first = next(seen for seen in standin.written() if seen.path == "/api/collection/graph")
    assert first.body["groups"] == {"1": {"root": "none"}}


def test_two_at_once_make_nothing_twice(settings, standin):
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: apply(settings, SEKDA), range(2)))
    homes = [(card["collection_id"], card["name"]) for card in standin.state.cards.values()]
    assert len(homes) == len(set(homes))
    assert [bool(changes(result)) for result in results].count(True) == 1


def test_administrators_and_foreign_groups_are_not_touched(settings, standin):
    ask = Asked(standin)
    guests = ask("POST", "/api/permissions/group", {"name": "Tamu"})["id"]
    apply(settings, SEKDA)
    sent = [seen.body["groups"] for seen in standin.written() if seen.path.endswith("/graph")]
    assert len(sent) == 3
    assert not any({"2", str(guests)} & groups.keys() for groups in sent)


def test_a_wall_has_its_link(settings, standin):
    links = apply(settings).walls
    assert links["wali_kota"].endswith("#refresh=60&fullscreen&night")
    assert set(links) == {dashboard.key for dashboard in read_dashboards() if dashboard.wall is not None}
