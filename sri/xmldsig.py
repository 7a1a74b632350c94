"""The names of XML signatures and of XAdES, and the hashes SRI takes; what is read and written alike."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from lxml import etree

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED: Final = f"{DS}enveloped-signature"
SIGNED_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"

PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


@dataclass(frozen=True, slots=True)
class Algorithm:
    """The names of one family of hashes in XML, and how it is computed."""

    name: str
    signature_uri: str
    digest_uri: str
    rsa_hash: hashes.HashAlgorithm
    new: Callable[[bytes], Any]

    def digest(self, data: bytes) -> str:
        """Return the digest in base64, as it stands in a document."""
        return base64.b64encode(self.new(data).digest()).decode()


ALGORITHMS: Final = {
    "sha1": Algorithm(
        "sha1",
        f"{DS}rsa-sha1",
        f"{DS}sha1",
        hashes.SHA1(),  # noqa: S303 (what SRI asks for)
        lambda data: hashlib.sha1(data, usedforsecurity=False),
    ),
    "sha256": Algorithm(
        "sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        hashes.SHA256(),
        hashlib.sha256,
    ),
}


def octets(number: int) -> bytes:
    """Write a positive number as XML signatures do: without a leading zero octet."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
