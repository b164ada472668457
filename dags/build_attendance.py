"""Memeriksa yang baru masuk, membangun ulang hari-hari yang tersentuh, lalu memperbarui halaman pimpinan.

**Kapan:** setelah `pull_terminals` mengabarkan `raw_punches`; `as_of` ikut dalam kabar itu.
**Bila gagal:** halaman pimpinan tetap menunjukkan keadaan sebelumnya, dengan jam datanya.
**Dengan tangan:** `hadir check`, `hadir build`, `hadir dashboards preview`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Asset, Param, dag, task

RAW_PUNCHES = Asset(uri="hadir://warehouse/raw/punches", name="raw_punches")
MARTS = Asset(uri="hadir://warehouse/marts", name="marts")


def _as_of(params: dict, events: dict) -> str | None:
    """What the run was told, else the latest of the announcements (all in the city's zone, so text order is time)."""
    told = [event.extra["as_of"] for announced in events.values() for event in announced]
    return params["as_of"] or max(told, default=None)


@dag(
    schedule=[RAW_PUNCHES],
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Pemeriksaan, status, alpa, potongan, lalu halaman pimpinan",
    doc_md=__doc__,
    tags=["area:kehadiran", "tier:1"],
    params={"as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: dari kabar")},
    default_args={
        "owner": "bkpp",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=30),
    },
)
def build_attendance() -> None:
    @task
    def check_raw(params: dict | None = None, triggering_asset_events=None) -> None:
        import logging

        from expectations.gate import check
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(_as_of(params, triggering_asset_events), settings.clock_offset_s, settings.zone)
        logging.getLogger(__name__).info("%s", check(settings, clock))

    @task(pool="warehouse_build")
    def build_marts(params: dict | None = None, triggering_asset_events=None) -> None:
        import logging

        from warehouse.build import build
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(_as_of(params, triggering_asset_events), settings.clock_offset_s, settings.zone)
        logging.getLogger(__name__).info("%s", build(settings, clock))

    @task(outlets=[MARTS])
    def refresh_page() -> None:
        from dashboards.page import render
        from warehouse.settings import load_settings

        render(load_settings())

    check_raw() >> build_marts() >> refresh_page()


build_attendance()
