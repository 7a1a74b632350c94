"""The signature of a comprobante: XAdES-BES as SRI documents it (ficha técnica §6), and its independent verification.

`sign()` writes the canonical form of each signed part by hand, so the bytes that are hashed are the bytes that stand in
the document: one parse for the digest of the document itself, one RSA operation, nothing else. `verify()` shares none
of it (see `sri.verifying`).

The three references: the signed properties, the KeyInfo with the certificate, the document (#comprobante) without the
signature. RSA-SHA1 with SHA-1 digests is what SRI documents; SHA-256 is there for the day that it changes.
"""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sri import der
from sri.verifying import SignatureInvalid, Verified, verify
from sri.xmldsig import ALGORITHMS, C14N, DS, ENVELOPED, PARSER, SIGNED_PROPERTIES, XADES, Algorithm, octets

__all__ = ["ALGORITHMS", "SignatureInvalid", "Signer", "Verified", "issuer_name", "sign", "verify"]

ECUADOR: Final = timezone(timedelta(hours=-5))  # without summer time, ever
DOCUMENT_ID: Final = "comprobante"
SIGNATURE_ID: Final = "Signature1"
PROPERTIES_ID: Final = "Signature1-SignedProperties1"
KEY_INFO_ID: Final = "Certificate1"
REFERENCE_ID: Final = "Reference1"

_PADDING: Final = padding.PKCS1v15()


@dataclass(frozen=True)
class Signer:
    """A certificate and its private key; what is the same in all their signatures is made once."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    @cached_property
    def _parts(self) -> dict[str, "_Parts"]:
        return {name: _Parts.of(self.certificate, algorithm) for name, algorithm in ALGORITHMS.items()}


def sign(xml: bytes, signer: Signer, *, at: datetime, algorithm: str = "sha1") -> bytes:
    """Return the document with its signature as the root's last child; not another byte is touched.

    Args:
        xml: UTF-8, its root with `id="comprobante"` and no namespace.
        at: the signing time, which SRI refuses in the future; fractions of a second are cut off.
        algorithm: "sha1" (what SRI documents) or "sha256".

    Raises:
        ValueError: the document is not of that form, or `at` has no offset.
    """
    chosen = ALGORITHMS[algorithm]
    if at.tzinfo is None:
        raise ValueError("The signing time needs its offset.")
    canonical, place = _document(xml)
    parts = signer._parts[algorithm]
    properties = parts.properties % at.astimezone(ECUADOR).strftime("%Y-%m-%dT%H:%M:%S-05:00")
    digests = (chosen.digest(_canonical(properties, _PROPERTIES_TAG)), parts.key_info_digest, chosen.digest(canonical))
    signed_info = parts.signed_info % digests
    value = signer.key.sign(_canonical(signed_info, _SIGNED_INFO_TAG), _PADDING, chosen.rsa_hash)
    signature = _SIGNATURE % (signed_info, base64.b64encode(value).decode(), parts.key_info, properties)
    return xml[:place] + signature.encode() + xml[place:]


def issuer_name(certificate: x509.Certificate) -> str:
    """Return the issuer as RFC 2253 writes it and Java's X500Principal reads it back to the same name.

    What RFC 2253 has no keyword for (e-mail address, serial number, organization identifier 2.5.4.97) is written as
    its OID and the bytes of its value; written as text, Java would refuse the keyword or encode it otherwise.
    """
    return ",".join(
        "+".join(_attribute(pair) for pair in rdn.parts)
        for rdn in reversed(der.read(certificate.issuer.public_bytes()).parts)
    )


_KEYWORDS: Final = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}

_READ_BACK: Final = (0x0C, 0x13)  # UTF8String and PrintableString, which Java compares as text; others byte by byte


def _attribute(pair: der.Node) -> str:
    kind, value = pair.parts
    keyword, text = _KEYWORDS.get(kind.oid()), value.text()
    if keyword is None or value.tag not in _READ_BACK or not text or not text.isprintable():
        return f"{keyword or kind.oid()}=#{der.write(value).hex()}"
    return f"{keyword}={_escaped(text)}"


def _escaped(text: str) -> str:
    return re.sub(r'^ | $|[,+"\\<>;=#]', r"\\\g<0>", text)


def _document(xml: bytes) -> tuple[bytes, int]:
    """Return the document in canonical form, and the place in its bytes where the signature goes."""
    try:
        root = etree.fromstring(xml, PARSER)
    except etree.XMLSyntaxError as error:
        raise ValueError("The document is not XML.") from error
    if root.nsmap or root.get("id") != DOCUMENT_ID or root.getroottree().docinfo.doctype:
        raise ValueError("The root has no id «comprobante», or a namespace that the signature would have to repeat.")
    end = b"</" + root.tag.encode() + b">"
    text = xml.rstrip()
    if xml.startswith(b"\xef\xbb\xbf") or not text.endswith(end):
        raise ValueError("The document begins with a mark of its encoding, or does not end with its root.")
    return etree.tostring(root, method="c14n", with_comments=False), len(text) - len(end)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What does not change from one signature of a certificate to the next, as templates."""

    key_info: str
    key_info_digest: str
    properties: str
    signed_info: str

    @classmethod
    def of(cls, certificate: x509.Certificate, algorithm: Algorithm) -> "_Parts":
        encoded = certificate.public_bytes(Encoding.DER)
        key: Any = certificate.public_key()
        numbers = key.public_numbers()
        key_info = _KEY_INFO % (_base64(encoded), _base64(octets(numbers.n)), _base64(octets(numbers.e)))
        issuer = _xml_text(issuer_name(certificate)).replace("%", "%%")
        return cls(
            key_info,
            algorithm.digest(_canonical(key_info, _KEY_INFO_TAG)),
            _PROPERTIES % (algorithm.digest_uri, algorithm.digest(encoded), issuer, certificate.serial_number),
            _signed_info(algorithm),
        )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _xml_text(text: str) -> str:
    """Escape text as canonical XML writes it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _canonical(part: str, tag: str) -> bytes:
    """Return the canonical form of a part: what it inherits from the signature is said in its first tag."""
    return (f"{tag} {_NAMESPACES}{part[len(tag) :]}").encode()


# The templates are canonical XML: namespaces before attributes, attributes in order, no empty-element tags.

_NAMESPACES: Final = f'xmlns:ds="{DS}" xmlns:etsi="{XADES}"'
_SIGNED_INFO_TAG: Final = "<ds:SignedInfo"
_KEY_INFO_TAG: Final = "<ds:KeyInfo"
_PROPERTIES_TAG: Final = "<etsi:SignedProperties"

_SIGNATURE: Final = (
    f'<ds:Signature {_NAMESPACES} Id="{SIGNATURE_ID}">%s<ds:SignatureValue Id="SignatureValue1">%s</ds:SignatureValue>'
    f'%s<ds:Object Id="{SIGNATURE_ID}-Object1"><etsi:QualifyingProperties Target="#{SIGNATURE_ID}">%s'
    "</etsi:QualifyingProperties></ds:Object></ds:Signature>"
)
_KEY_INFO: Final = (
    f'<ds:KeyInfo Id="{KEY_INFO_ID}"><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data>'
    "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>%s</ds:Modulus><ds:Exponent>%s</ds:Exponent></ds:RSAKeyValue>"
    "</ds:KeyValue></ds:KeyInfo>"
)
_PROPERTIES: Final = (
    f'<etsi:SignedProperties Id="{PROPERTIES_ID}"><etsi:SignedSignatureProperties>'
    "<etsi:SigningTime>%%s</etsi:SigningTime><etsi:SigningCertificate><etsi:Cert><etsi:CertDigest>"
    '<ds:DigestMethod Algorithm="%s"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></etsi:CertDigest>'
    "<etsi:IssuerSerial><ds:X509IssuerName>%s</ds:X509IssuerName><ds:X509SerialNumber>%d</ds:X509SerialNumber>"
    "</etsi:IssuerSerial></etsi:Cert></etsi:SigningCertificate></etsi:SignedSignatureProperties>"
    f'<etsi:SignedDataObjectProperties><etsi:DataObjectFormat ObjectReference="#{REFERENCE_ID}">'
    "<etsi:Description>contenido comprobante</etsi:Description><etsi:MimeType>text/xml</etsi:MimeType>"
    "</etsi:DataObjectFormat></etsi:SignedDataObjectProperties></etsi:SignedProperties>"
)


def _signed_info(algorithm: Algorithm) -> str:
    def reference(attributes: str, transforms: str = "") -> str:
        return (
            f"<ds:Reference {attributes}>{transforms}"
            f'<ds:DigestMethod Algorithm="{algorithm.digest_uri}"></ds:DigestMethod>'
            "<ds:DigestValue>%s</ds:DigestValue></ds:Reference>"
        )

    enveloped = f'<ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform></ds:Transforms>'
    return (
        f'{_SIGNED_INFO_TAG} Id="Signature1-SignedInfo1">'
        f'<ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{algorithm.signature_uri}"></ds:SignatureMethod>'
        + reference(f'Id="SignedPropertiesID1" Type="{SIGNED_PROPERTIES}" URI="#{PROPERTIES_ID}"')
        + reference(f'URI="#{KEY_INFO_ID}"')
        + reference(f'Id="{REFERENCE_ID}" URI="#{DOCUMENT_ID}"', enveloped)
        + "</ds:SignedInfo>"
    )
