"""Menutup bulan: angkanya dikunci, pejabat menandatangani atau menolak, dan yang ditutup tidak berubah lagi.

**Kapan:** dipicu dengan `month` (YYYY-MM) sesudah bulan itu berakhir dan dibangun; pertanyaannya di *Required Actions*.
**Siapa:** pengguna yang ada di `deciders.csv` untuk `month_close`; jawaban orang lain ditolak dan tidak dicatat.
**Bila gagal:** bulan tetap terkunci; picu lagi, angkanya masih yang sama. Data yang menyusul tampil sebagai susulan.
**Dengan tangan:** `hadir close BULAN --letter NOMOR --by NAMA`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, task


@dag(
    schedule=None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Bulan dikunci, ditandatangani, ditutup",
    doc_md=__doc__,
    tags=["area:keputusan", "tier:1"],
    params={
        "month": Param("", type="string", description="Bulan, YYYY-MM"),
        "as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: saat ini"),
    },
    default_args={
        "owner": "bkpp",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=30),
    },
)
def close_attendance_month() -> None:
    @task
    def lock_month(params: dict | None = None):
        from decisions.forms import ask_close
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        return ask_close(settings, params["month"], clock)

    ask_signature = HITLOperator(
        task_id="ask_signature",
        subject="Penutupan bulan {{ params.month }}",
        body="{{ ti.xcom_pull(task_ids='lock_month') }}",
        options=["tutup", "tolak"],
        params={
            "letter_no": Param("", type="string", description="Nomor surat penutupan atau penolakan"),
            "with_waiting": Param(False, type="boolean", description="Tutup walaupun masih ada yang menunggu"),
        },
        execution_timeout=None,  # a person may take days
    )

    @task
    def record_answer(answer: dict, params: dict | None = None):
        from decisions.forms import answer_close
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        return answer_close(settings, params["month"], answer, clock)

    @task
    def refresh_page() -> None:
        from dashboards.page import render
        from warehouse.settings import load_settings

        render(load_settings())

    lock_month() >> ask_signature
    record_answer(ask_signature.output) >> refresh_page()


close_attendance_month()
