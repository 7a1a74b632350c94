"""Whether a signed comprobante is what was signed: everything computed again, with nothing of how it was made.

`sri.signing` writes canonical XML by hand; here libxml2 canonicalizes what it parses, and the digests and the RSA value
must come out the same. Every signature is checked so before it is stored.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from hmac import compare_digest
from typing import Any, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from sri.xmldsig import ALGORITHMS, C14N, DS, ENVELOPED, PARSER, SIGNED_PROPERTIES, XADES, Algorithm, octets


class SignatureInvalid(Exception):
    """The document does not bear a valid signature of this profile; the text says what does not hold."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a valid signature says: whose it is, since when, made how."""

    certificate: x509.Certificate
    signed_at: datetime
    algorithm: str


def verify(signed: bytes) -> Verified:
    """Check a signed document by computing its three digests and the RSA value again.

    Whether the certificate is to be trusted, and was in force, is not asked here.

    Raises:
        SignatureInvalid: something does not hold.
    """
    root = _parsed(signed)
    signature = root[-1] if len(root) else root
    _hold(signature.tag == _path("ds:Signature"), "La firma no es lo último del documento.")
    _hold(len(list(root.iter(_path("ds:Signature")))) == 1, "El documento lleva más de una firma.")
    signed_info, key_info = _one(signature, "ds:SignedInfo"), _one(signature, "ds:KeyInfo")
    known = _certificate(key_info)
    algorithm = _check_value(signature, signed_info, known)
    properties = _one(signature, "ds:Object/etsi:QualifyingProperties/etsi:SignedProperties")
    signed_at = _check_properties(properties, known, _bytes(key_info, "ds:X509Data/ds:X509Certificate"))
    parts = [
        _Part(properties, properties.get("Id", ""), kind=SIGNED_PROPERTIES),
        _Part(key_info, key_info.get("Id", "")),
        _Part(root, root.get("id", ""), transforms=(ENVELOPED,)),  # last: the signature is taken out of it
    ]
    _check_references(root, signature, signed_info, parts)
    return Verified(known.certificate, signed_at, algorithm.name)


_DIGESTS: Final = {each.digest_uri: each for each in ALGORITHMS.values()}


@dataclass(frozen=True, slots=True)
class _Known:
    """A certificate as it is compared: read once, however many documents it has signed."""

    certificate: x509.Certificate
    key: rsa.RSAPublicKey
    numbers: tuple[bytes, bytes]

    @staticmethod
    @lru_cache(maxsize=64)
    def read(encoded: bytes) -> "_Known":
        """Read a certificate.

        Raises:
            SignatureInvalid: it is none, or not one of RSA.
        """
        try:
            certificate = x509.load_der_x509_certificate(encoded)
            key = certificate.public_key()
        except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
            raise SignatureInvalid(f"El certificado de la firma no se puede leer: {error}") from error
        if not isinstance(key, rsa.RSAPublicKey):
            raise SignatureInvalid("El certificado de la firma no es RSA.")
        numbers = key.public_numbers()
        return _Known(certificate, key, (octets(numbers.n), octets(numbers.e)))


class _Part(NamedTuple):
    """A part that must be signed, under its id, and how its reference must describe it."""

    element: Any
    name: str
    transforms: tuple[str, ...] = ()
    kind: str | None = None


_IDS: Final = etree.XPath("//@id | //@Id | //@ID")


@cache
def _path(path: str) -> str:
    """Write a path with the namespaces of its prefixes."""
    return path.replace("ds:", f"{{{DS}}}").replace("etsi:", f"{{{XADES}}}")


def _hold(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SignatureInvalid(otherwise)


def _parsed(signed: bytes) -> Any:
    try:
        root = etree.fromstring(signed, PARSER)
    except etree.XMLSyntaxError as error:
        raise SignatureInvalid(f"El documento no es XML: {error}") from error
    _hold(not root.getroottree().docinfo.doctype, "El documento lleva un DOCTYPE.")
    return root


def _one(parent: Any, path: str) -> Any:
    found = parent.findall(_path(path))
    _hold(len(found) == 1, f"La firma no lleva exactamente un elemento {path}.")
    return found[0]


def _text(parent: Any, path: str) -> str:
    return (_one(parent, path).text or "").strip()


def _attribute_of(parent: Any, path: str, name: str) -> str:
    return str(_one(parent, path).get(name, ""))


def _bytes(parent: Any, path: str) -> bytes:
    try:
        return base64.b64decode(_text(parent, path))
    except ValueError as error:
        raise SignatureInvalid(f"El elemento {path} no es base64.") from error


def _c14n(element: Any) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=False, with_comments=False)


def _certificate(key_info: Any) -> _Known:
    """Return the certificate of the signature, whose key is the one that stands beside it."""
    encoded = _bytes(key_info, "ds:X509Data/ds:X509Certificate")
    known = _Known.read(encoded)
    key = _one(key_info, "ds:KeyValue/ds:RSAKeyValue")
    said = (_bytes(key, "ds:Modulus"), _bytes(key, "ds:Exponent"))
    _hold(said == known.numbers, "La clave pública de la firma no es la del certificado.")
    return known


def _check_value(signature: Any, signed_info: Any, known: _Known) -> Algorithm:
    """Check the RSA value over the references as they stand."""
    method = _attribute_of(signed_info, "ds:CanonicalizationMethod", "Algorithm")
    _hold(method == C14N, "La firma no usa la forma canónica inclusiva.")
    method = _attribute_of(signed_info, "ds:SignatureMethod", "Algorithm")
    algorithm = next((each for each in ALGORITHMS.values() if each.signature_uri == method), None)
    if algorithm is None:
        raise SignatureInvalid(f"El algoritmo de la firma no es uno de los conocidos: {method}")
    value = _bytes(signature, "ds:SignatureValue")
    try:
        known.key.verify(value, _c14n(signed_info), padding.PKCS1v15(), algorithm.rsa_hash)
    except InvalidSignature as error:
        raise SignatureInvalid("El valor de la firma no corresponde a lo firmado.") from error
    return algorithm


def _check_properties(properties: Any, known: _Known, encoded: bytes) -> datetime:
    """Check that the signed properties name the certificate; return when they say it signed."""
    about = _one(properties, "etsi:SignedSignatureProperties")
    cert = _one(about, "etsi:SigningCertificate/etsi:Cert")
    _hold(_is_digest(_one(cert, "etsi:CertDigest"), encoded), "Las propiedades firmadas nombran otro certificado.")
    serial = _text(cert, "etsi:IssuerSerial/ds:X509SerialNumber")
    _hold(serial == str(known.certificate.serial_number), "Las propiedades firmadas nombran otro número de serie.")
    return _moment(_text(about, "etsi:SigningTime"))


def _check_references(root: Any, signature: Any, signed_info: Any, parts: list[_Part]) -> None:
    """Check that exactly these parts are signed, in whatever order, and each is as it was."""
    references = {each.get("URI", ""): each for each in signed_info.findall(_path("ds:Reference"))}
    wanted = {f"#{part.name}" for part in parts}
    _hold(references.keys() == wanted and len(signed_info) == 2 + len(parts), "La firma no cubre sus tres partes.")
    ids = _IDS(root)
    _hold(len([each for each in ids if f"#{each}" in wanted]) == len(parts), "Un identificador firmado está repetido.")
    for part in parts:
        reference = references[f"#{part.name}"]
        transforms = tuple(each.get("Algorithm") for each in reference.findall(_path("ds:Transforms/ds:Transform")))
        said = (transforms, reference.get("Type"))
        _hold(said == (part.transforms, part.kind), "Una parte firmada pasa por otra transformación.")
        data = _without(root, signature) if part.element is root else _c14n(part.element)
        _hold(_is_digest(reference, data), f"Lo firmado cambió: {part.name}")


def _without(root: Any, signature: Any) -> bytes:
    """Return the canonical document without its signature, the text behind the signature kept."""
    tail, before = signature.tail or "", signature.getprevious()
    root.remove(signature)
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        root.text = (root.text or "") + tail
    return _c14n(root)


def _is_digest(parent: Any, data: bytes) -> bool:
    algorithm = _DIGESTS.get(_attribute_of(parent, "ds:DigestMethod", "Algorithm"))
    if algorithm is None:
        raise SignatureInvalid("Un resumen usa un algoritmo desconocido.")
    return compare_digest(algorithm.new(data).digest(), _bytes(parent, "ds:DigestValue"))


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SignatureInvalid("La hora de la firma no se puede leer.") from error
    _hold(at.tzinfo is not None, "La hora de la firma no dice su zona.")
    return at
