"""Menghapus foto absensi yang lewat masa simpannya, dan menyelesaikan penghapusan yang terputus.

**Kapan:** tiap malam pukul 02.30.
**Bila gagal:** foto tersimpan lebih lama daripada yang dijanjikan; periksa pagi ini juga.
**Dengan tangan:** `hadir faces purge`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, conf, dag, task


@dag(
    schedule=conf.get("hadir", "purge_schedule", fallback="30 2 * * *") or None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Foto yang lewat masa simpannya dihapus",
    doc_md=__doc__,
    tags=["area:wajah", "tier:1"],
    params={"as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: saat ini")},
    default_args={
        "owner": "bkpp",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(hours=1),
    },
)
def purge_expired_biometrics() -> None:
    @task
    def purge_photos(params: dict | None = None):
        from biometrics.retention import purge
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        return purge(settings, clock).expired

    purge_photos()


purge_expired_biometrics()
