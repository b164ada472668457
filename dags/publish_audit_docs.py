"""Menulis dokumen satu bulan untuk pemeriksa: dokumentasi dbt, laporan pemeriksaan, aturan, sidik tiap berkas.

**Kapan:** tanggal 5 tiap bulan untuk bulan sebelumnya; bulan lain boleh diisi saat memicu.
**Bila gagal:** dokumen bulan itu belum ada di `var/audit`; yang lama tetap utuh.
**Dengan tangan:** `hadir audit export 2017-02 -o FOLDER`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, conf, dag, task


@dag(
    schedule=conf.get("hadir", "audit_schedule", fallback="0 6 5 * *") or None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Dokumen bulanan untuk Inspektorat dan BPK",
    doc_md=__doc__,
    tags=["area:pemeriksa", "tier:3"],
    params={
        "month": Param(None, type=["null", "string"], pattern=r"^\d{4}-\d{2}$", description="Kosong: bulan lalu"),
        "as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: saat ini"),
    },
    default_args={
        "owner": "bkpp",
        "retries": 1,
        "retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=30),
    },
)
def publish_audit_docs() -> None:
    @task
    def export_month(params: dict | None = None):
        from audit.export import export, month_before
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        month = params["month"] or month_before(clock().astimezone(settings.zone).date())
        return export(settings, month, settings.var_dir / "audit", clock).sums_sha256

    export_month()


publish_audit_docs()
