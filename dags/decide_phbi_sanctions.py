"""Menanyakan kepada pimpinan sanksi bagi yang tidak hadir pada acara PHBI, lalu menghitungnya.

**Kapan:** dipicu dengan `event_id` sesudah daftar hadir acara lengkap; pertanyaannya menunggu di *Required Actions*.
**Siapa:** pengguna yang ada di `deciders.csv` untuk `phbi_sanction`; jawaban orang lain ditolak dan tidak dicatat.
**Bila gagal:** sanksinya tetap belum diputuskan dan tidak memotong apa pun.
**Dengan tangan:** `hadir decide phbi ACARA --pct 3 --letter NOMOR --by NAMA`, lalu `hadir build`.
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
    description="Sanksi PHBI diputuskan pimpinan, lalu dihitung",
    doc_md=__doc__,
    tags=["area:keputusan", "tier:1"],
    params={
        "event_id": Param("", type="string", description="Kode acara menurut events.csv"),
        "as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: saat ini"),
    },
    default_args={
        "owner": "bkpp",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=30),
    },
)
def decide_phbi_sanctions() -> None:
    @task
    def take_roll(params: dict | None = None):
        from decisions.phbi import take_roll as roll_of
        from warehouse.settings import load_settings

        return roll_of(load_settings(), params["event_id"]).in_words

    ask_leadership = HITLOperator(
        task_id="ask_leadership",
        subject="Sanksi PHBI {{ params.event_id }}",
        body="{{ ti.xcom_pull(task_ids='take_roll') }}",
        options=["persen", "rupiah", "tanpa sanksi"],
        params={
            "number": Param(None, type=["null", "number"], description="Persen dari dasar TPP, atau rupiah per orang"),
            "excepted": Param("", type="string", description="Nomor pegawai yang dikecualikan, dipisah koma"),
            "letter_no": Param("", type="string", description="Nomor surat keputusan"),
        },
        execution_timeout=None,  # a person may take days
    )

    @task
    def record_decision(answer: dict, params: dict | None = None):
        from decisions.forms import answer_phbi
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        return answer_phbi(settings, params["event_id"], answer, clock)

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
    def refresh_page() -> None:
        from dashboards.page import render
        from warehouse.settings import load_settings

        render(load_settings())

    take_roll() >> ask_leadership
    record_decision(ask_leadership.output) >> build_marts() >> refresh_page()


decide_phbi_sanctions()
