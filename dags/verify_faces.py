"""Memeriksa foto absensi yang belum diperiksa terhadap wajah terdaftar pemilik PIN-nya.

**Kapan:** tiap jam pada jam kantor; foto masuk dengan `hadir import photos`. Hasilnya ikut pembangunan berikutnya.
**Bila gagal:** foto menunggu; status, alpa dan potongan tidak bergantung padanya. Run berikutnya melanjutkan.
**Dengan tangan:** `hadir faces verify`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, conf, dag, task


@dag(
    schedule=conf.get("hadir", "verify_schedule", fallback="20 6-20 * * *") or None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Foto absensi dibandingkan dengan wajah terdaftar, satu lawan satu",
    doc_md=__doc__,
    tags=["area:wajah", "tier:2"],
    params={"as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: saat ini")},
    default_args={
        "owner": "bkpp",
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(hours=4),
    },
)
def verify_faces() -> None:
    @task(queue="face")
    def verify_photos(params: dict | None = None):
        from biometrics.verify import verify
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        return verify(settings, clock).outcomes  # counts only: what an XCom may hold

    verify_photos()


verify_faces()
