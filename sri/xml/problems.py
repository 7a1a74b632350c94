"""What is wrong with a document, said so that a person can put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong.

    `path` says where for programs: in a document ``lines[1].description``, counted from zero; in a file that is read
    ``factura/detalles/detalle[1]/descripcion``, counted likewise. `message` says it for people, naming the field as
    the screen does and counting from one: «Línea 2, descripción: falta.»
    """

    path: str
    code: str
    message: str


class DocumentInvalid(ValueError):
    """SRI would refuse the document, or the file is no such document; `problems` says all that was found."""

    code = "document_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))
