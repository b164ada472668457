"""The door of the simulated city: `hadir simulator city | serve | push | clock | score`."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from simulator.clock import ClockFile, ClockState, write_clock

if TYPE_CHECKING:
    from simulator.other_ways import PushingTerminals

USAGE, REFUSED, NOBODY = 2, 3, 4
PUSH_EACH_S = 1.0


def mount(app: typer.Typer) -> None:
    """Add `hadir simulator`."""
    group = typer.Typer(help="Kota tiruan untuk mencoba hadir: pegawai, mesin absensi, kebenaran yang ditanam.")
    group.command("city")(make_city)
    group.command("serve")(serve)
    group.command("push")(push)
    group.command("clock")(set_clock)
    group.command("score")(score_faces)
    app.add_typer(group, name="simulator")


def make_city(  # noqa: PLR0917 - typer declares options as parameters
    folder: Path = typer.Argument(..., help="Folder kota; site/, truth/, inbox/, secrets/ ditulis di sini."),
    seed: int = typer.Option(2017, help="Benih; benih yang sama memberi kota yang sama."),
    people: int = typer.Option(1200, help="Banyaknya pegawai."),
    terminals: int = typer.Option(18, help="Banyaknya mesin (tidak dipakai bila --opd diberikan)."),
    opd: list[str] = typer.Option([], help="Hanya OPD ini, misalnya --opd DLH --opd SETDA."),
    start: str = typer.Option("2017-01-30", "--from", help="Hari pertama."),
    until: str = typer.Option("2017-03-31", help="Hari terakhir yang dinilai; esoknya harus hari libur."),
    plan_until: str = typer.Option("", help="Hari terakhir yang direncanakan (bawaan: --until + 7 hari)."),
    photo_days: int = typer.Option(4, min=0, help="Hari kerja terakhir yang berfoto, di satu OPD."),
    push_opd: list[str] = typer.Option([], "--push", help="OPD yang mesinnya mengirim sendiri (ADMS)."),
    solution: list[str] = typer.Option([], help="OPD yang mesinnya dibaca lewat web server (Solution)."),
    base_port: int = typer.Option(27300, help="Porta pertama yang dicoba di 127.0.0.1."),
    inbox: Path | None = typer.Option(None, help="Folder isi USB (bawaan: FOLDER/inbox)."),
    secrets: Path | None = typer.Option(None, help="Folder kunci mesin (bawaan: FOLDER/secrets)."),
    as_json: bool = typer.Option(False, "--json", help="Satu objek JSON di stdout."),
) -> None:
    """Membuat kota tiruan.

    Contoh: hadir simulator city var/city --seed 2017 --people 1200
    """
    from simulator.city import create_city
    from simulator.offices import CitySpec

    try:
        last = date.fromisoformat(until)
        planned = date.fromisoformat(plan_until) if plan_until else last + timedelta(days=7)
        spec = CitySpec(
            seed, people, terminals, date.fromisoformat(start), last, planned, base_port, tuple(opd), photo_days,
            tuple(push_opd), tuple(solution),
        )  # fmt: skip
        city = create_city(spec, folder, inbox=inbox, secrets=secrets)
    except ValueError as problem:
        typer.echo(f"Kota tidak dapat dibuat: {problem}", err=True)
        raise typer.Exit(USAGE) from problem
    counts = {
        "people": city.people,
        "terminals": city.terminals,
        "punches": city.punches,
        "photos": city.photos,
        "person_days": city.person_days,
        "deductions": city.deductions,
    }
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), **counts}))
    else:
        typer.echo(
            f"Kota tiruan siap di {folder}: {city.people} pegawai, {city.terminals} mesin, {city.punches} rekaman, "
            f"{city.photos} foto gambar."
        )


def serve(
    folder: Path = typer.Argument(..., help="Folder kota dari `hadir simulator city`."),
    push_to: str = typer.Option("", help="Penerima bagi mesin yang mengirim sendiri, misalnya http://127.0.0.1:8081."),
) -> None:
    """Menjalankan semua mesin kota sampai dihentikan (Ctrl-C atau SIGTERM).

    Baris pertama di stdout: {"ready": true, "ports": {"<serial>": <porta>}}.

    Contoh: hadir simulator serve var/city
    """
    from urllib.parse import urlsplit

    from simulator.other_ways import PushingTerminals, WebServers
    from simulator.server import announce, in_force, serve_folder

    stop = threading.Event()

    def on_signal(number: int, at: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    target = urlsplit(push_to)
    with contextlib.ExitStack() as running:
        try:
            server, clock = serve_folder(folder)
            web = WebServers(folder, clock.now)
            pushing = PushingTerminals(folder, (target.hostname or "", target.port or 80), clock.now)
            web_ports = running.enter_context(web.running())
            running.callback(server.stop)
            server.start()
        except FileNotFoundError as problem:
            typer.echo(f"Tidak ada kota di {folder}; buat dulu dengan `hadir simulator city`.", err=True)
            raise typer.Exit(NOBODY) from problem
        except OSError as problem:
            typer.echo(f"Porta mesin tidak dapat dibuka: {problem}", err=True)
            raise typer.Exit(REFUSED) from problem
        if push_to and len(pushing):
            pusher = threading.Thread(target=_push_on, args=(pushing, stop), daemon=True)
            running.callback(pusher.join, 30)
            pusher.start()
        running.callback((folder / "served.json").unlink, missing_ok=True)
        announced: tuple[str, dict[str, int]] | None = None
        while announced is None or not stop.wait(0.05):
            text, ports = in_force(server, clock)
            web.follow()
            now = text, {**ports, **web_ports}
            if announced is None:
                announce(folder, *now)
                typer.echo(json.dumps({"ready": True, "ports": now[1]}))
            elif announced != now:
                announce(folder, *now)
            announced = now


def _push_on(pushing: PushingTerminals, stop: threading.Event) -> None:
    while not stop.wait(PUSH_EACH_S):
        pushing.follow()


def push(  # noqa: PLR0917 - typer declares options as parameters
    url: str = typer.Argument(..., help="Alamat penerima, misalnya http://127.0.0.1:8081."),
    serial: str = typer.Option(..., help="Nomor seri; harus terdaftar sebagai adms."),
    pin: list[str] = typer.Option(["101"], help="PIN yang absen bergiliran."),
    start: str = typer.Option(..., "--from", help="Rekaman pertama, misalnya 2017-04-03T07:15:00."),
    count: int = typer.Option(10, min=1, help="Banyaknya rekaman, satu tiap 30 detik."),
    seed: int = typer.Option(2017, help="Benih besar kiriman dan gangguan."),
    fault: float = typer.Option(0.0, min=0.0, max=0.9, help="Seberapa sering terputus, dikirim dua kali, kotor."),
) -> None:
    """Mengirim rekaman ke penerima seperti mesin ADMS, sampai semuanya dijawab OK, lalu menjawab permintaan ulang.

    Contoh: hadir simulator push http://127.0.0.1:8081 --serial CLG0101 --pin 101 --from 2017-04-03T07:15:00
    """
    import random
    from urllib.parse import urlsplit

    from simulator.push import PushedPunch, PushFaults, PushTerminal

    target = urlsplit(url)
    try:
        first = datetime.fromisoformat(start)
    except ValueError as problem:
        typer.echo(f"Waktu tidak dapat dibaca: {start} (contoh: 2017-04-03T07:15:00)", err=True)
        raise typer.Exit(USAGE) from problem
    faults = PushFaults(resend=fault, cut=fault, garbage=fault)
    terminal = PushTerminal(serial, (target.hostname or "", target.port or 80), random.Random(seed), faults)
    terminal.punch([PushedPunch(pin[at % len(pin)], first + timedelta(seconds=30 * at)) for at in range(count)])
    try:
        if terminal.handshake() is None:
            typer.echo("Tidak ada penerima di situ, atau nomor seri ini ditolak; lihat 'hadir push status'.", err=True)
            raise typer.Exit(NOBODY)
        terminal.send_all(deadline_s=60)
        terminal.poll()
    except TimeoutError as problem:
        typer.echo(f"Belum semua diterima dalam semenit: {problem}", err=True)
        raise typer.Exit(NOBODY) from problem
    typer.echo(f"{count} rekaman diterima dalam {terminal.bodies} kiriman.")


def set_clock(
    folder: Path = typer.Argument(..., help="Folder kota."),
    at: str = typer.Option(..., help="Waktu kota, misalnya 2017-02-28T18:00:00."),
    running: bool = typer.Option(False, help="Jam berjalan terus dari waktu itu."),
) -> None:
    """Menyetel jam kota; menunggu sampai mesin yang sedang berjalan memakainya.

    Contoh: hadir simulator clock var/city --at 2017-02-28T18:00:00
    """
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as problem:
        typer.echo(f"Waktu tidak dapat dibaca: {at} (contoh: 2017-02-28T18:00:00)", err=True)
        raise typer.Exit(USAGE) from problem
    state = ClockState(mode="running" if running else "frozen", at=moment, since_epoch=time.time() if running else None)
    write_clock(folder / "clock.json", state)
    if not wait_for_clock(folder, time.monotonic):
        typer.echo("Mesin yang berjalan belum memakai jam itu.", err=True)
        raise typer.Exit(NOBODY)


def wait_for_clock(folder: Path, monotonic: Callable[[], float], patience_s: float = 5.0) -> bool:
    """Wait until a running `serve` has taken over the clock file; true at once when none is running."""
    wanted = ClockFile(folder / "clock.json", time.time)
    wanted.now()
    deadline = monotonic() + patience_s
    while monotonic() < deadline:
        try:
            served = json.loads((folder / "served.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return True
        if served["clock"] == wanted.text:
            return True
        time.sleep(0.02)
    return False


def score_faces(
    folder: Path = typer.Argument(..., help="Folder kota."),
    as_json: bool = typer.Option(False, "--json", help="Satu objek JSON di stdout."),
) -> None:
    """Menilai pemeriksaan wajah terhadap titip absen yang ditanam di kota tiruan.

    Hasil pemeriksaan dibaca dari stdin: [{"serial": .., "file": .., "outcome": ..}, ..].

    Contoh: hadir simulator score var/city < hasil.json
    """
    from pydantic import TypeAdapter, ValidationError

    from simulator.score import Outcome, score

    try:
        outcomes = TypeAdapter(list[Outcome]).validate_json(sys.stdin.read())
        result = score(folder, outcomes)
    except ValidationError as problem:
        typer.echo("Hasil di stdin tidak dapat dibaca; lihat `hadir simulator score --help`.", err=True)
        raise typer.Exit(USAGE) from problem
    except FileNotFoundError as problem:
        typer.echo(f"Tidak ada kota berfoto di {folder}; buat dulu dengan `hadir simulator city`.", err=True)
        raise typer.Exit(NOBODY) from problem
    counts = {"checked": result.checked, "planted": result.planted, "found": result.found, "right": result.right}
    if as_json:
        typer.echo(json.dumps({**counts, "precision": result.precision, "recall": result.recall}))
    else:
        typer.echo(f"{result.found} TIDAK_COCOK, {result.right} di antaranya dari {result.planted} yang ditanam.")
