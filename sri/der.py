"""A small reader of ASN.1, for what cryptography does not show: every key in a .p12, names and extensions as encoded.

It reads BER (what Java and Windows write into .p12 files: indefinite lengths, strings in pieces) and writes DER.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

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
    node, end = _read(data, 0, len(data), 0)
    if end != len(data):
        raise NotDer("trailing bytes")
    return node


def read_prefix(data: bytes) -> Node:
    """Read one value at the start; what follows is left alone (some programs pad .p12 files).

    Raises:
        NotDer: there is none.
    """
    return _read(data, 0, len(data), 0)[0]


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


def _read(data: bytes, at: int, limit: int, depth: int) -> tuple[Node, int]:
    """Read the value at a place, which may not go beyond the limit, and return it with the place behind it."""
    if depth > DEEPEST or at + 2 > limit:
        raise NotDer("nested too deep, or cut off")
    tag = data[at]
    if tag & 0x1F == 0x1F:
        raise NotDer("a tag of several octets")
    if data[at + 1] == 0x80:
        return _read_open(data, at, limit, depth)
    size, at = _size(data, at + 1, limit)
    end = at + size
    if end > limit:
        raise NotDer("cut off")
    if not tag & CONSTRUCTED:
        return Node(tag, data[at:end]), end
    parts = []
    while at < end:
        part, at = _read(data, at, end, depth + 1)
        parts.append(part)
    return Node(tag, parts=tuple(parts)), end


def _read_open(data: bytes, at: int, limit: int, depth: int) -> tuple[Node, int]:
    """Read a value of indefinite length: its parts up to two zero octets."""
    tag, at, parts = data[at], at + 2, []
    if not tag & CONSTRUCTED:
        raise NotDer("no length")
    while data[at : at + 2] != b"\0\0":
        part, at = _read(data, at, limit, depth + 1)
        parts.append(part)
    return Node(tag, parts=tuple(parts)), at + 2


def _size(data: bytes, at: int, limit: int) -> tuple[int, int]:
    first = data[at]
    if first < 0x80:
        return first, at + 1
    end = at + 1 + (first & 0x7F)
    if first > 0x84 or end > limit:
        raise NotDer("a length out of reach")
    return int.from_bytes(data[at + 1 : end], "big"), end


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
