"""Menunggu kiriman mesin (ADMS) dan mengabarkan `raw_punches` begitu ada rekaman baru.

**Kapan:** tiap menit; sebuah run menunggu hingga 50 detik lalu berakhir (dilewati bila tidak ada yang baru).
**Bila gagal:** rekaman kiriman baru tampil setelah `pull_terminals` berikutnya, paling lama 5 menit.
**Dengan tangan:** `hadir check`, lalu `hadir build`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Asset, conf, dag, task
from airflow.sdk.exceptions import AirflowSkipException

RAW_PUNCHES = Asset(uri="hadir://warehouse/raw/punches", name="raw_punches")
PATIENCE_S = 50  # the next run begins with the next minute


@dag(
    schedule=conf.get("hadir", "watch_schedule", fallback="* 4-22 * * *") or None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Kiriman mesin sampai ke halaman pimpinan dalam satu menit",
    doc_md=__doc__,
    tags=["area:mesin", "tier:1"],
    default_args={
        "owner": "bkpp",
        "retries": 1,
        "retry_delay": timedelta(seconds=5),
        "execution_timeout": timedelta(minutes=2),
    },
)
def watch_pushes() -> None:
    @task(outlets=[RAW_PUNCHES])
    def await_punches(outlet_events=None):
        from extractors.push_watch import wait_for_pushed
        from warehouse.clock import running_clock
        from warehouse.settings import load_settings

        settings = load_settings()
        if not wait_for_pushed(settings, PATIENCE_S):
            raise AirflowSkipException("no terminal has pushed")
        moment = running_clock(settings.clock_offset_s)()
        outlet_events[RAW_PUNCHES].extra = {"as_of": moment.astimezone(settings.zone).isoformat()}

    await_punches()


watch_pushes()
