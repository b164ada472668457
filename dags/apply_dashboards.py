"""Menerapkan dasbor ke Metabase: koleksi, kartu, dasbor, kelompok dan izinnya.

**Kapan:** setelah `build_attendance` membangun marts. Angka di Metabase selalu langsung dari marts; yang diterapkan di
sini ialah definisinya, sehingga biasanya tidak ada yang berubah.
**Bila gagal:** dasbor lama tetap tampil. Tanpa HADIR_METABASE_URL tugasnya dilewati (skipped) dan lognya mengatakannya.
**Dengan tangan:** `hadir dashboards plan`, `hadir dashboards apply`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Asset, dag, task

MARTS = Asset(uri="hadir://warehouse/marts", name="marts")


@dag(
    schedule=[MARTS],
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Dasbor di Metabase sesuai dengan definisinya",
    doc_md=__doc__,
    tags=["area:dasbor", "tier:2"],
    default_args={
        "owner": "bkpp",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "execution_timeout": timedelta(minutes=15),
    },
)
def apply_dashboards() -> None:
    @task
    def apply_to_metabase() -> None:
        import logging

        from airflow.sdk.exceptions import AirflowSkipException

        from dashboards.metabase.provision import apply
        from dashboards.metabase.signin import NOT_CONFIGURED
        from warehouse.settings import load_settings

        settings = load_settings()
        if settings.metabase_url is None:
            raise AirflowSkipException(NOT_CONFIGURED)
        logging.getLogger(__name__).info("%s", apply(settings).as_row())

    apply_to_metabase()


apply_dashboards()
