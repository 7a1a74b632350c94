"""A small reader of ASN.1, for what cryptography does not show: every key in a .p12, names and extensions as encoded.

It reads BER (what Java and Windows write into .p12 files: indefinite lengths, strings in pieces) and writes DER.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

BIT_STRING: Final = 0x03
INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
CONSTRUCTED: Final = 0x20

# Tag → how the text in it is encoded.
TEXTS: Final = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
DEEPEST: Final = 24


class NotDer(ValueError):
    """The bytes are not ASN.1, or end too early."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value: its identifier octet, and either its bytes or its parts."""

    tag: int
    value: bytes = b""
    parts: tuple["Node", ...] = ()

    def text(self) -> str | None:
        """Return the text of a string, None of anything else."""
        encoding = TEXTS.get(self.tag)
        if encoding is None:
            return None
        try:
            return self.value.decode(encoding)
        except UnicodeDecodeError:
            return self.value.decode("latin-1")

    def octets(self) -> bytes:
        """Return the bytes of an octet string, also of one that came in pieces."""
        return b"".join(part.octets() for part in self.parts) if self.parts else self.value

    def oid(self) -> str:
        """Return an object identifier in dotted form, "" for anything else."""
        return _dotted(self.value) if self.tag == OBJECT_IDENTIFIER else ""

    def walk(self) -> Iterator["Node"]:
        """Yield this value and everything inside it."""
        yield self
        for part in self.parts:
            yield from part.walk()


def read(data: bytes) -> Node:
    """Read one value that takes up all the bytes.

    Raises:
        NotDer: it does not.
    """
    node, end = _read(data, 0, 0)
    if end != len(data):
        raise NotDer("trailing bytes")
    return node


def read_prefix(data: bytes) -> Node:
    """Read one value at the start; what follows is left alone (some programs pad .p12 files).

    Raises:
        NotDer: there is none.
    """
    return _read(data, 0, 0)[0]


def write(node: Node) -> bytes:
    """Write a value in DER (pieces of strings put together)."""
    if node.tag == OCTET_STRING | CONSTRUCTED:
        return _with_length(OCTET_STRING, node.octets())
    inner = b"".join(write(part) for part in node.parts) if node.tag & CONSTRUCTED else node.value
    return _with_length(node.tag, inner)


def _with_length(tag: int, inner: bytes) -> bytes:
    size = len(inner)
    if size < 0x80:
        return bytes((tag, size)) + inner
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + inner


def _read(data: bytes, at: int, depth: int) -> tuple[Node, int]:
    if depth > DEEPEST or at + 2 > len(data):
        raise NotDer("nested too deep, or cut off")
    tag, first, at = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise NotDer("a tag of several octets")
    if first == 0x80:
        if not tag & CONSTRUCTED:
            raise NotDer("no length")
        parts, at = _until_end(data, at, depth)
        return Node(tag, parts=parts), at
    size = first
    if first > 0x80:
        count = first & 0x7F
        if count > 4 or at + count > len(data):
            raise NotDer("a length out of reach")
        size, at = int.from_bytes(data[at : at + count], "big"), at + count
    end = at + size
    if end > len(data):
        raise NotDer("cut off")
    if not tag & CONSTRUCTED:
        return Node(tag, data[at:end]), end
    found = []
    while at < end:
        part, at = _read(data[:end] if end != len(data) else data, at, depth + 1)
        found.append(part)
    return Node(tag, parts=tuple(found)), end


def _until_end(data: bytes, at: int, depth: int) -> tuple[tuple[Node, ...], int]:
    """Read parts up to the two zero octets that end an indefinite length."""
    found = []
    while data[at : at + 2] != b"\0\0":
        part, at = _read(data, at, depth + 1)
        found.append(part)
    return tuple(found), at + 2


def _dotted(value: bytes) -> str:
    numbers, number = [], 0
    for octet in value:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    if not numbers:
        return ""
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))
