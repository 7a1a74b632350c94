"""Verifying a signature as SRI does: each reference, the signature itself, and who issued the certificate."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography import x509
from lxml import etree
from signxml import CanonicalizationMethod
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

from sri.simulator.ca import RUC_OID, Authority
from sri.simulator.documents import Document
from sri.simulator.notices import Refused

_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_XADES: Final = "{http://uri.etsi.org/01903/v1.3.2#}"
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_EXPECTED: Final = XAdESSignatureConfiguration(
    require_x509=True,
    location="./",
    expect_references=False,
    signature_methods=frozenset({SignatureMethod.RSA_SHA1, SignatureMethod.RSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA1, DigestAlgorithm.SHA256}),
    default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
)


def check(document: Document, authority: Authority, now: datetime) -> None:
    """Check the signature of a document; raises Refused with 39 or 40."""
    if document.root.find(f"{_DS}Signature") is None:
        raise Refused("39", "La firma es invalida [El comprobante no está firmado]")
    certificate = _certificate(document.root)
    _check_integrity(document.root, certificate)
    if not authority.issued(certificate):
        raise Refused("39", "FIRMA INVALIDA: La validacion de la cadena de confianza ha fallado")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Refused("39", "El certificado firmante se encuentra caducado o aún no es vigente")
    if not _signs(certificate):
        raise Refused("39", "El certificado no está habilitado para firma digital")
    owner = _ruc(certificate)
    if owner and owner[:10] != document.ruc[:10]:
        raise Refused("39", f"El certificado no pertenece al RUC {document.ruc}")
    _check_time(document.root, now)


def _certificate(root: etree._Element) -> x509.Certificate:
    text = root.findtext(f"{_DS}Signature/{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate")
    if not text:
        raise Refused("40", "No se encontró el certificado en la firma")
    try:
        return _load(base64.b64decode(text))
    except ValueError as error:
        raise Refused("40", "El certificado no se puede convertir en formato X509") from error


@lru_cache(maxsize=256)
def _load(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def _check_integrity(root: etree._Element, certificate: x509.Certificate) -> None:
    altered = "La firma es invalida [Firma inválida (firma y/o certificados alterados)]"
    try:
        expected = replace(
            _EXPECTED, verification_time=certificate.not_valid_before_utc
        )  # its dates are looked at apart
        results = XAdESVerifier().verify(root, x509_cert=certificate, expect_config=expected, validate_schema=False)
    except Exception as error:  # the verifier has as many ways to fail as there are ways to sign wrongly
        raise Refused("39", altered) from error
    signed = {result.signed_xml.tag for result in results if result.signed_xml is not None}
    if not {root.tag, f"{_XADES}SignedProperties"} <= signed:
        raise Refused("39", altered)


def _signs(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return True


def _ruc(certificate: x509.Certificate) -> str:
    """The RUC that the authority wrote into the certificate, if it did."""
    try:
        value = certificate.extensions.get_extension_for_oid(RUC_OID).value
    except x509.ExtensionNotFound:
        return ""
    return value.value[2:].decode(errors="replace") if isinstance(value, x509.UnrecognizedExtension) else ""


def _check_time(root: etree._Element, now: datetime) -> None:
    text = next((element.text for element in root.iter(f"{_XADES}SigningTime")), "") or ""
    try:
        moment = datetime.fromisoformat(text)
        is_future = moment > now + _CLOCKS_DIFFER
    except (ValueError, TypeError) as error:
        raise Refused("39", f"La fecha de firma {text} no es válida") from error
    if is_future:
        raise Refused("39", f"La fecha de firma {text} es mayor a la fecha actual")
