"""Writing a document by its structure, and finding what the schema would refuse on the way.

Each structure is compiled once into a chain of small functions, one for each element, which append to one list. A value
that must be refused is reported and written as it stands, so that what is refused here can be shown to SRI's schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any

from sri.xml.kinds import Kind, escape, escape_attribute
from sri.xml.problems import Problem
from sri.xml.structure import ROOT_ID, Attribute, Element, Source, Structure

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class _Place:
    """The item of a list that is being written: where problems are."""

    element: Element
    index: int
    around: _Place | None

    def path(self) -> str:
        inner = f"{self.element.source}[{self.index}]"
        return f"{self.around.path()}.{inner}" if self.around else inner

    def label(self) -> str:
        inner = f"{self.element.screen_name} {self.index + 1}"
        return f"{self.around.label()}, {inner}" if self.around else inner


class _Report:
    """The problems found so far."""

    __slots__ = ("problems",)

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def value(self, kind: Kind, value: Any, source: Source, label: str, place: _Place | None) -> None:
        """Note all that is wrong with a value."""
        for code, clause in kind.faults(value):
            self.note(_path(source, place), code, _label(label, place), clause)

    def note(self, path: str, code: str, label: str, clause: str) -> None:
        self.problems.append(Problem(path, code, f"{label}: {clause}"))


def _path(source: Source, place: _Place | None) -> str:
    if place is None:
        return str(source)
    return f"{place.path()}[{source}]" if isinstance(source, int) else f"{place.path()}.{source}"


def _label(label: str, place: _Place | None) -> str:
    return f"{place.label()}, {label}" if place and label else place.label() if place else label


Write = Callable[[Any, list[str], _Report, "_Place | None"], None]
Steps = tuple[Write, ...]


def render(structure: Structure, document: Any) -> tuple[str, list[Problem]]:
    """The document's XML, and what the schema refuses in it; with problems the text is only good to look at."""
    parts, report = [DECLARATION], _Report()
    _root(structure)(document, parts, report, None)
    return "".join(parts), report.problems


@cache
def _root(structure: Structure) -> Write:
    element = structure.root
    opening = f'<{element.name} id="{ROOT_ID}" version="{structure.version}">'
    return _around(opening, f"</{element.name}>", _steps(element), keep_empty=True)


def _compile(element: Element, *, may_be_none: bool = False) -> Write | None:
    """How to write an element; None for one that is never written."""
    if element.constant:
        return _constant(element)
    if element.repeats:
        return _list(element, may_be_none=may_be_none) if element.source else None
    if element.children:
        return _wrapper(element)
    return _leaf(element) if element.source else None


def _steps(element: Element) -> Steps:
    """How to write what is inside; empty where the product never writes any of it."""
    inside = (_compile(child, may_be_none=element.optional) for child in element.children)
    return tuple(step for step in inside if step)


def _constant(element: Element) -> Write:
    text = f"<{element.name}>{element.constant}</{element.name}>"
    only_with = attrgetter(element.only_with) if element.only_with else None

    def write(holder: Any, parts: list[str], report: _Report, place: _Place | None) -> None:
        if only_with is None or only_with(holder):
            parts.append(text)

    return write


def _leaf(element: Element) -> Write:
    kind, get = _kind(element), _getter(element.source)
    opening, closing, optional = f"<{element.name}>", f"</{element.name}>", element.optional
    fit = kind.write

    def write(holder: Any, parts: list[str], report: _Report, place: _Place | None) -> None:
        value = get(holder)
        if optional and value == "":
            return
        text = fit(value)
        if text is None:
            report.value(kind, value, element.source, element.screen_name, place)
            text = kind.raw(value)
        elif optional and not text:
            return
        parts.append(f"{opening}{escape(text)}{closing}")

    return write


def _wrapper(element: Element) -> Write | None:
    """A group; an optional one with nothing inside is left out."""
    steps = _steps(element)
    if not steps:
        return None
    return _around(f"<{element.name}>", f"</{element.name}>", steps, keep_empty=not element.optional)


def _around(opening: str, closing: str, steps: Steps, *, keep_empty: bool) -> Write:
    def write(holder: Any, parts: list[str], report: _Report, place: _Place | None) -> None:
        start = len(parts)
        parts.append(opening)
        for step in steps:
            step(holder, parts, report, place)
        if keep_empty or len(parts) > start + 1:
            parts.append(closing)
        else:
            parts.pop()

    return write


def _list(element: Element, *, may_be_none: bool) -> Write:
    get, one = _getter(element.source), _item(element)
    least, most = element.minimum, element.maximum

    def write(holder: Any, parts: list[str], report: _Report, place: _Place | None) -> None:
        items = get(holder)
        if len(items) < least and not (may_be_none and not items):
            clause = f"debe haber al menos {least}."
            report.note(_path(element.source, place), "too_few", _label(element.plural, place), clause)
        if most is not None and len(items) > most:
            clause = f"hay {len(items)} y se admiten {most}."
            report.note(_path(element.source, place), "too_many", _label(element.plural, place), clause)
        for index, item in enumerate(items):
            one(item, parts, report, _Place(element, index, place))

    return write


def _item(element: Element) -> Write:
    """One of a list: its attributes and its own text, or the elements inside."""
    if not element.attributes:
        return _around(f"<{element.name}>", f"</{element.name}>", _steps(element), keep_empty=True)
    attributes = tuple((attribute, _getter(attribute.source)) for attribute in element.attributes)
    kind = None if isinstance(element.content, tuple) else element.content
    get = _getter(element.value or 0)

    def write(item: Any, parts: list[str], report: _Report, place: _Place | None) -> None:
        said = "".join(_attribute(attribute, of(item), report, place) for attribute, of in attributes)
        if kind is None:
            parts.append(f"<{element.name}{said}/>")
            return
        text = kind.write(get(item))
        if text is None:
            text = kind.raw(get(item))
            report.value(kind, text, element.value, "texto", place)
        parts.append(f"<{element.name}{said}>{escape(text)}</{element.name}>")

    return write


def _attribute(attribute: Attribute, value: str, report: _Report, place: _Place | None) -> str:
    if attribute.kind.write(value) is None:
        report.value(attribute.kind, value, attribute.source, attribute.label, place)
    return f' {attribute.name}="{escape_attribute(value)}"'


def _kind(element: Element) -> Kind:
    kind = element.content
    if kind is None or isinstance(kind, tuple):
        raise TypeError(f"{element.name} holds no value.")
    return kind


def _getter(source: Source) -> Callable[[Any], Any]:
    return itemgetter(source) if isinstance(source, int) else attrgetter(source)
