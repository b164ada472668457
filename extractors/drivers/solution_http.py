"""One question to the web server of an older terminal, one answer: HTTP/1.0, the close of the connection is its end.

These servers name no length, so a cut line looks like an end: whoever reads the answer must find its closing tag.
Bodies and headers are bounded, and a line that trickles is given up.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from extractors.drivers.zk_frames import Deadlines, Overdue
from extractors.errors import Phase, ReadFailed, ReadTerminal, ReadTransient, ReadUnsupported, WrongAddress

SCHEME: Final = "soap"
DEFAULT_PORT: Final = 80
PATH: Final = "/iWsService"
MAX_HEAD: Final = 16 << 10
MAX_BODY: Final = 64 << 20  # a log of 200,000 rows is below 40 MB
SLOWEST_BYTES_PER_S: Final = 512
PIECE: Final = 1 << 16
OK: Final = 200
_FORM: Final = "tulis soap://alamat atau soap://alamat:port, misalnya soap://10.1.2.3:80"


def is_soap(address: str) -> bool:
    """Whether the address is of a terminal with a web server."""
    return address.startswith(f"{SCHEME}://")


def parse_soap_address(address: str) -> tuple[str, int]:
    """Host and port of `soap://host[:port]`.

    Raises:
        WrongAddress: another form.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WrongAddress(f"Alamat '{address}' tidak dikenali; {_FORM}.") from error
    if parts.scheme != SCHEME or not host or port == 0 or parts.path not in {"", "/"} or "@" in parts.netloc:
        raise WrongAddress(f"Alamat '{address}' tidak dikenali; {_FORM}.")
    return host, port or DEFAULT_PORT


@dataclass(slots=True)
class SolutionLine:
    """Where the questions go, and how long to wait for one and for all of them; counts what came back."""

    host: str
    port: int
    deadlines: Deadlines
    bytes_received: int = 0
    is_reached: bool = False
    began_at: float = field(default_factory=time.monotonic)

    def ask(self, phase: Phase, body: bytes) -> bytes:
        """The body of the answer; its end is not proven.

        Raises:
            ReadTransient: nobody there, a cut, silent or trickling line, a server error.
            ReadTerminal: the server wants another login.
            ReadUnsupported: no such service, or an answer that is none of HTTP.
        """
        head = (
            f"POST {PATH} HTTP/1.0\r\nHost: {self.host}:{self.port}\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with self._connect(phase) as sock:
            try:
                sock.settimeout(self.deadlines.frame_s)
                sock.sendall(head.encode("ascii") + body)
                answer = self._receive(sock, phase)
            except TimeoutError as error:
                raise ReadTransient(phase, "Mesin berhenti menjawab di tengah bacaan; tarik ulang.") from error
            except OSError as error:
                raise ReadTransient(phase, "Sambungan ke mesin terputus; periksa kabel, lalu tarik ulang.") from error
        return _body_of(answer, phase)

    def _connect(self, phase: Phase) -> socket.socket:
        """Nobody there is a matter of the first question; later ones found somebody before."""
        try:
            sock = socket.create_connection((self.host, self.port), timeout=self.deadlines.connect_s)
        except OSError as error:
            raise ReadTransient(
                phase if self.is_reached else "connect",
                f"Mesin di {self.host}:{self.port} tidak terjangkau ({error.strerror or 'waktu habis'});"
                " periksa listrik, kabel jaringan dan alamatnya.",
            ) from error
        self.is_reached = True
        return sock

    def _receive(self, sock: socket.socket, phase: Phase) -> bytes:
        start, got = time.monotonic(), bytearray()
        while piece := sock.recv(PIECE):
            got += piece
            self.bytes_received += len(piece)
            if time.monotonic() - self.began_at > self.deadlines.whole_s:
                raise Overdue(phase)
            if len(got) > MAX_HEAD + MAX_BODY:
                raise ReadTransient(
                    phase, f"Jawaban mesin lebih dari {MAX_BODY >> 20} MiB, tidak masuk akal; tarik ulang."
                )
            if time.monotonic() - start > self.deadlines.no_progress_s + len(got) / SLOWEST_BYTES_PER_S:
                raise ReadTransient(phase, "Jalur ke mesin terlalu lambat; periksa jaringannya, lalu tarik ulang.")
        return bytes(got)


def _body_of(answer: bytes, phase: Phase) -> bytes:
    if not answer:
        raise ReadTransient(phase, "Mesin memutus sambungan tanpa menjawab; tarik ulang.")
    head, mark, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    words = lines[0].split()
    if not answer.startswith(b"HTTP/1.") or len(words) < 2 or not words[1].isdigit() or len(head) > MAX_HEAD:
        raise ReadUnsupported(phase, "Yang menjawab di alamat ini bukan web server mesin absensi; periksa alamatnya.")
    if int(words[1]) != OK:
        raise _refusal(int(words[1]), phase)
    fields = dict(line.lower().split(b":", 1) for line in lines[1:] if b":" in line)
    length = fields.get(b"content-length", b"").strip()
    if b"transfer-encoding" in fields:
        raise ReadUnsupported(phase, "Web server mesin menjawab dengan cara yang tidak dikenal; ambil data lewat USB.")
    if not mark or (length.isdigit() and len(body) < int(length)):
        raise ReadTransient(phase, "Jawaban mesin terpotong; tarik ulang.")
    return body


def _refusal(status: int, phase: Phase) -> ReadFailed:
    if status in {401, 403}:
        return ReadTerminal(phase, f"Web server mesin menolak (HTTP {status}); izinkan {PATH} di menu mesin.")
    if status in {404, 405, 501}:
        return ReadUnsupported(phase, f"Mesin ini tidak punya layanan {PATH}; pakai tcp:// atau ambil data lewat USB.")
    return ReadTransient(phase, f"Web server mesin sedang terganggu (HTTP {status}); tarik ulang.")
