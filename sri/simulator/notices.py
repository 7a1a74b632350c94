"""What the simulator says, in the words of SRI's own servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_TEXTS: Final = {
    "2": "ERROR RUC DEL EMISOR NO SE ENCUENTRA ACTIVO",
    "10": "ERROR ESTABLECIMIENTO DEL EMISOR SE ENCUENTRA CLAUSURADO",
    "26": "TAMAÑO MAXIMO SUPERADO",
    "27": "CLASE NO PERMITIDO",
    "28": "ACUERDO DE MEDIOS ELECTRONICOS NO ACEPTADO",
    "34": "COMPROBANTE NO AUTORIZADO",
    "35": "ARCHIVO NO CUMPLE ESTRUCTURA XML",
    "36": "VERSION ESQUEMA DESCONTINUADA",
    "37": "RUC SIN AUTORIZACION DE EMISION",
    "39": "FIRMA INVALIDA",
    "40": "ERROR EN EL CERTIFICADO",
    "42": "CERTIFICADO REVOCADO",
    "43": "CLAVE ACCESO REGISTRADA",
    "45": "ERROR SECUENCIAL REGISTRADO",
    "46": "RUC NO EXISTE",
    "47": "TIPO COMPROBANTE NO EXISTE",
    "48": "ESQUEMA XSD NO EXISTE",
    "49": "ARGUMENTOS QUE ENVIAN AL WS NULOS",
    "50": "ERROR INTERNO GENERAL",
    "52": "ERROR EN DIFERENCIAS",
    "56": "ERROR ESTABLECIMIENTO CERRADO",
    "57": "ERROR AUTORIZACION SUSPENDIDA",
    "58": "ERROR EN LA ESTRUCTURA DE CLAVE DE ACCESO",
    "59": "IDENTIFICACION NO EXISTE",
    "60": "ESTE PROCESO FUE REALIZADO EN EL AMBIENTE DE PRUEBAS",
    "62": "IDENTIFICACION INCORRECTA",
    "63": "RUC CLAUSURADO",
    "64": "CODIGO DOCUMENTO SUSTENTO",
    "65": "FECHA EMISION EXTEMPORANEA",
    "67": "FECHA INVALIDA",
    "68": "DOCUMENTO SUSTENTO",
    "69": "IDENTIFICACION DEL RECEPTOR NO EXISTE",
    "70": "CLAVE DE ACCESO EN PROCESAMIENTO",
    "80": "ERROR EN LA ESTRUCTURA DE CLAVE DE ACCESO",
    "82": "ERROR EN LA FECHA DE INICIO DE TRANSPORTE",
    "92": "ERROR AL VALIDAR MONTO DEVOLUCION IVA",
    "99": "CONSULTA RECHAZADA",
}
_KINDS: Final = dict.fromkeys(("59", "60", "62", "68"), "ADVERTENCIA") | {"70": "INFORMATIVO"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One `<mensaje>` of an answer."""

    code: str
    info: str = ""

    @property
    def text(self) -> str:
        """The words that go with the code."""
        return _TEXTS.get(self.code, "MENSAJE SIMULADO")

    @property
    def kind(self) -> str:
        """ERROR, ADVERTENCIA or INFORMATIVO."""
        return _KINDS.get(self.code, "ERROR")


class Refused(Exception):
    """A check failed: SRI reports only the first."""

    def __init__(self, code: str, info: str = "") -> None:
        super().__init__(code)
        self.notice = Notice(code, info)
