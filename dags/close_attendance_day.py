"""Menutup hari kemarin: upaya baca terakhir, pemeriksaan, pembangunan, lalu daftar kantor yang datanya belum lengkap.

**Kapan:** tiap hari pukul 08.00; `as_of` boleh diisi saat memicu (yang ditutup ialah hari sebelumnya).
**Bila gagal:** kantor yang datanya kurang tidak ditagih pagi ini; status tetap dapat menyusul.
**Dengan tangan:** `hadir pull`, `hadir check`, `hadir build`, `hadir incomplete TANGGAL`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, conf, dag, task


@dag(
    schedule=conf.get("hadir", "close_schedule", fallback="0 8 * * *") or None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Hari kemarin dibaca sekali lagi; kantor yang BELUM_LENGKAP didaftar",
    doc_md=__doc__,
    tags=["area:kehadiran", "tier:1"],
    params={"as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: saat ini")},
    default_args={
        "owner": "bkpp",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=30),
    },
)
def close_attendance_day() -> None:
    @task
    def pull_once_more(params: dict | None = None) -> None:
        from extractors.fleet import pull_fleet
        from extractors.pull import import_inbox, terminals_to_pull
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        pull_fleet(settings, terminals_to_pull(settings, clock), clock, settings.workers)
        import_inbox(settings, clock)

    @task
    def check_raw(params: dict | None = None) -> None:
        import logging

        from expectations.gate import check
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        logging.getLogger(__name__).info("%s", check(settings, clock))

    @task(pool="warehouse_build")
    def build_marts(params: dict | None = None) -> None:
        import logging

        from warehouse.build import build
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        logging.getLogger(__name__).info("%s", build(settings, clock))

    @task
    def list_incomplete_offices(params: dict | None = None):
        from warehouse.clock import clock_for
        from warehouse.incomplete import incomplete_offices
        from warehouse.settings import load_settings

        settings = load_settings()
        now = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)()
        return incomplete_offices(settings, now.astimezone(settings.zone).date() - timedelta(days=1))

    @task
    def refresh_page() -> None:
        from dashboards.page import render
        from warehouse.settings import load_settings

        render(load_settings())

    pull_once_more() >> check_raw() >> build_marts() >> [list_incomplete_offices(), refresh_page()]


close_attendance_day()
