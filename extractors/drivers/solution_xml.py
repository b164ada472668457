"""The answers of `/iWsService` as rows. XML without DTD or entities; an answer counts only with its closing tag."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from extractors.errors import Phase, ReadTransient, ReadUnsupported

DEEPEST: Final = 16  # an envelope, a body, the answer, a row, a field
_CUT: Final = "Jawaban mesin terpotong atau rusak; tarik ulang."


def request(method: str, comm_key: int, **arguments: str) -> bytes:
    """A question: `<method>` with the comm key and its arguments."""
    typed = {name: ' xsi:type="xsd:integer"' if name == "PIN" else "" for name in arguments}
    inner = "".join(f"<{name}{typed[name]}>{escape(text)}</{name}>" for name, text in arguments.items())
    return (f'<{method}><ArgComKey xsi:type="xsd:integer">{comm_key}</ArgComKey><Arg>{inner}</Arg></{method}>').encode(
        "ascii"
    )


def parse_rows(body: bytes, method: str, fields: tuple[str, ...], phase: Phase) -> list[tuple[str, ...]]:
    """The named fields of each `<Row>` of `<methodResponse>`; a field that a row lacks is empty. Others are not kept.

    Raises:
        ReadTransient: cut or broken, or the answer to something else.
        ReadUnsupported: a document type or an entity, which no terminal sends.
    """
    reader = _Reader(f"{method}Response", fields, phase)
    reader.feed(body)
    return reader.rows


class _Reader:
    """Collects rows while expat walks through the answer."""

    def __init__(self, answer: str, fields: tuple[str, ...], phase: Phase) -> None:
        self.rows: list[tuple[str, ...]] = []
        self._answer, self._phase = answer, phase
        self._place = {name: at for at, name in enumerate(fields)}
        self._row: list[str] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._is_closed = False

    def feed(self, body: bytes) -> None:
        parser = expat.ParserCreate(_encoding(body))
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        try:
            parser.Parse(body.strip(b"\0 \t\r\n"), True)
        except expat.ExpatError as error:
            raise ReadTransient(self._phase, _CUT) from error
        if not self._is_closed:
            raise ReadTransient(self._phase, "Mesin menjawab yang lain dari yang ditanyakan; tarik ulang.")

    def _refuse(self, *_: object) -> None:
        raise ReadUnsupported(self._phase, "Jawaban mesin memuat DTD atau entitas XML; itu bukan mesin absensi.")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(":")[2])
        self._text.clear()
        if len(self._path) > DEEPEST:
            raise ReadUnsupported(self._phase, "Jawaban mesin bersarang terlalu dalam; itu bukan mesin absensi.")
        if self._path[-1] == "Row":
            self._row = [""] * len(self._place)

    def _end(self, _name: str) -> None:
        name = self._path.pop()
        parent = self._path[-1] if self._path else ""
        if parent == "Row" and name in self._place:
            self._row[self._place[name]] = " ".join("".join(self._text).split())
        elif name == "Row" and parent == self._answer:
            self.rows.append(tuple(self._row))
        elif name == self._answer:
            self._is_closed = True
        self._text.clear()


def _encoding(body: bytes) -> str:
    """Old firmware declares nothing and writes single bytes."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "iso-8859-1"
    return "utf-8"
