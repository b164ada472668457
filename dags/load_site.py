"""Memuat folder situs kota (OPD, pegawai, mesin, PIN, jadwal, izin) sebagai satu versi baru.

**Kapan:** dijalankan bila folder berubah; `folder` dan `as_of` boleh diisi saat memicu.
**Bila gagal:** kota tetap memakai versi sebelumnya; pegawai atau mesin baru belum dikenal.
**Dengan tangan:** `hadir site load FOLDER`. Baris yang ditolak tercatat di `reference.load_refusals` beserta alasannya.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, dag, task


@dag(
    schedule=None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Folder situs kota menjadi satu versi di gudang data",
    doc_md=__doc__,
    tags=["area:situs", "tier:1"],
    params={
        "folder": Param(None, type=["null", "string"], description="Folder situs; kosong: folder dari pengaturan"),
        "as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: saat ini"),
    },
    default_args={
        "owner": "bkpp",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=10),
    },
)
def load_site() -> None:
    @task
    def load_site_folder(params: dict | None = None):
        import logging
        from pathlib import Path

        from extractors.site.load import load_site as load
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        done = load(settings, Path(params["folder"] or settings.site_dir), clock)
        logging.getLogger(__name__).info("dimuat: %d; ditolak: %d", done.loaded, len(done.refused))

    load_site_folder()


load_site()
