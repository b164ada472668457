"""The client against the stand-in: who is away, who refuses, what is tried again, and that no secret gets out."""

from __future__ import annotations

import socket

import pytest

from dashboards.metabase import client as module
from dashboards.metabase.client import MetabaseAway, MetabaseClient, MetabaseRefused
from tests.metabase_standin import Fault, MetabaseStandIn
from warehouse.console import Exit, Problem

pytestmark = pytest.mark.unit


@pytest.fixture
def client(standin: MetabaseStandIn) -> MetabaseClient:
    return MetabaseClient(standin.url, {"X-API-KEY": standin.admin_key}, ("rahasia-basis-data",))


def test_nobody_there_is_exit_four_and_names_the_setting():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://user:kata-sandi@127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(MetabaseAway, match="HADIR_METABASE_URL") as caught:
        MetabaseClient(url).get("/api/health")
    assert caught.value.code == Exit.NOBODY_THERE
    assert "kata-sandi" not in str(caught.value)


def test_an_address_without_a_scheme_is_wrong_use():
    with pytest.raises(Problem) as caught:
        MetabaseClient("metabase:3000").get("/api/health")
    assert caught.value.code == Exit.WRONG_USE


def test_a_wrong_key_is_exit_three(standin):
    with pytest.raises(MetabaseRefused, match="menolak kunci") as caught:
        MetabaseClient(standin.url, {"X-API-KEY": "mb_salah"}).get("/api/user/current")
    assert (caught.value.code, caught.value.status) == (Exit.REFUSED, 401)
    assert "mb_salah" not in str(caught.value)


def test_a_member_is_told_that_he_is_no_administrator(standin):
    member = MetabaseClient(standin.url, {"X-API-KEY": standin.mint_key("anggota", 1)})
    with pytest.raises(MetabaseRefused, match="administrator") as caught:
        member.get("/api/setting")
    assert caught.value.status == 403


def test_a_refusal_says_what_the_server_says(client):
    with pytest.raises(MetabaseRefused, match=r"POST /api/collection \(400\).*description"):
        client.post("/api/collection", {"name": "x", "description": ""})


@pytest.mark.parametrize("status", [400, 500])
def test_secrets_that_a_server_repeats_stay_out_of_the_error(standin, client, status):
    echo = f"details: password rahasia-basis-data, key {standin.admin_key}"
    standin.faults += [Fault("status", "GET", status=status, body=echo, times=2)]
    with pytest.raises(Problem) as caught:
        client.get("/api/database")
    assert "details: password ***, key ***" in str(caught.value)


@pytest.mark.parametrize("kind", ["reset", "reset_after"])
def test_a_lost_line_is_tried_once_more(standin, client, kind):
    standin.faults.append(Fault(kind, "GET", "/api/database"))
    assert client.get("/api/database")["data"] == []
    standin.faults.append(Fault(kind, "GET", "/api/database", times=2))
    with pytest.raises(MetabaseAway):
        client.get("/api/database")
    assert client.request_count == 4


def test_an_error_of_the_servers_own_is_tried_once_more(standin, client):
    standin.faults.append(Fault("status", "PUT", "/api/setting/site-locale", status=503))
    client.put("/api/setting/site-locale", {"value": "id"})
    assert standin.state.settings["site-locale"] == "id"


def test_what_makes_an_object_is_never_sent_twice(standin, client):
    standin.faults.append(Fault("reset_after", "POST", "/api/collection"))
    with pytest.raises(MetabaseAway):
        client.post("/api/collection", {"name": "Satu", "description": None})
    names = [collection["name"] for collection in standin.state.collections.values()]
    assert names.count("Satu") == 1


def test_a_server_that_hangs_does_not_hang_us(standin, client, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT_S", (1.0, 0.1))
    standin.faults.append(Fault("slow", "GET", "/api/health", seconds=0.5, times=2))
    with pytest.raises(MetabaseAway):
        client.get("/api/health")
