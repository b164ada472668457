"""Membaca semua mesin absensi dan kotak masuk berkas USB, lalu mengabarkan `raw_punches`.

**Kapan:** tiap 5 menit pada jam kantor; `as_of` (jam host saat membaca) boleh diisi saat memicu.
**Bila gagal:** kehadiran hari ini tertinggal. Mesin yang mati, menolak kunci atau putus **bukan** kegagalan:
itu satu baris di `raw.pulls` dan kantornya BELUM_LENGKAP; yang tiga kali tak terjangkau dibiarkan 10 menit
sampai 2 jam sebelum dicoba lagi (`left_alone`). Merah berarti programnya sendiri yang jatuh.
**Dengan tangan:** `hadir pull`, `hadir import BERKAS --terminal SERI`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Asset, Param, TriggerRule, conf, dag, task

RAW_PUNCHES = Asset(uri="hadir://warehouse/raw/punches", name="raw_punches")


@dag(
    schedule=conf.get("hadir", "pull_schedule", fallback="*/5 5-20 * * *") or None,
    start_date=pendulum.datetime(2017, 1, 30, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    description="Mesin absensi dan berkas USB masuk ke raw; satu kabar setelah semuanya selesai",
    doc_md=__doc__,
    tags=["area:mesin", "tier:1"],
    params={"as_of": Param(None, type=["null", "string"], format="date-time", description="Kosong: saat ini")},
    default_args={
        "owner": "bkpp",
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=10),
    },
)
def pull_terminals() -> None:
    @task
    def list_terminals(params: dict | None = None):
        from extractors.fleet import fleet_chunks
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        return fleet_chunks(settings, clock_for(params["as_of"], settings.clock_offset_s, settings.zone))

    @task(queue="lan", map_index_template="{{ task.op_kwargs['serials'] | join(' ') | truncate(60) }}")
    def pull_terminal(serials: list, params: dict | None = None):
        from extractors.fleet import pull_fleet
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        return pull_fleet(settings, serials, clock, settings.workers).outcomes()

    @task
    def import_inbox(params: dict | None = None):
        from extractors.pull import import_inbox as import_files
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        clock = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)
        return [row.outcome for row in import_files(settings, clock)]

    @task(outlets=[RAW_PUNCHES], trigger_rule=TriggerRule.ALL_DONE)
    def announce_punches(params: dict | None = None, outlet_events=None):
        from warehouse.clock import clock_for
        from warehouse.settings import load_settings

        settings = load_settings()
        moment = clock_for(params["as_of"], settings.clock_offset_s, settings.zone)()
        outlet_events[RAW_PUNCHES].extra = {"as_of": moment.astimezone(settings.zone).isoformat()}

    @task
    def count_outcomes(pulled: list, imported: list):
        # Runs only when no task crashed: a run with a crashed task is red although the rest was announced.
        from collections import Counter

        return dict(Counter(outcome for outcomes in [*pulled, imported] for outcome in outcomes))

    pulled = pull_terminal.expand(serials=list_terminals())
    imported = import_inbox()
    [pulled, imported] >> announce_punches()
    count_outcomes(pulled, imported)


pull_terminals()
