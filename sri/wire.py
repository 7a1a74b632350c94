"""The wire to SRI: one question over SOAP, and what came back, whatever that was.

Questions are built by zeep from service descriptions of our own (`sri/wsdl`): SRI's are as unreachable as SRI when it
is down. The address is given at each call.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from os import getpid
from pathlib import Path
from typing import Any, Final, TypeAlias, cast
from urllib.parse import urlsplit

import requests
import zeep
from django.conf import settings
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, SSLError

from core.errors import WorkflowError
from sri.catalogs import Environment

CONNECT_TIMEOUT: Final = 5
LARGEST_ANSWER: Final = 2 * 1024 * 1024
PROBLEM_LENGTH: Final = 300

_FOLDER: Final = Path(__file__).parent / "wsdl"
_ADDRESS: Final = "/comprobantes-electronicos-ws/"


class AddressNotPublic(WorkflowError):
    """The production environment is configured to be on this machine or a private network (HTTP 409)."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"El ambiente de producción del SRI está configurado en «{address}», que no es una dirección pública "
            "https://. Corrija SRI_URL_PRODUCCION; mientras tanto no se envía nada.",
            code="sri_address_not_public",
            extra={"address": address},
        )


def base_url(environment: str) -> str:
    """Where an environment is, as configured."""
    production = environment == Environment.PRODUCTION
    return settings.SRI_URL_PRODUCCION if production else settings.SRI_URL_PRUEBAS


def check_address(environment: str) -> None:
    """Refuse to send a production company's documents to an address that cannot be SRI's.

    Raises:
        AddressNotPublic: it is not https, or names this machine or a private network, in whatever notation.
    """
    if environment == Environment.PRODUCTION and not _is_public(base_url(environment)):
        raise AddressNotPublic(base_url(environment))


def _is_public(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    return parts.scheme == "https" and _is_public_host(host)


def _is_public_host(host: str) -> bool:
    if literal := _literal(host):
        return literal.is_global
    if "." not in host or host.endswith((".localhost", ".local", ".internal", ".localdomain", ".lan", ".home.arpa")):
        return False
    return all(address.is_global for address in _resolved(host))


_IP: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def _literal(host: str) -> _IP | None:
    """The address a host writes out, also in the notations only the C library knows (127.1, 0x7f000001)."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
        return getattr(address, "ipv4_mapped", None) or address
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.inet_aton(host))
    except OSError:
        return None


def _resolved(host: str) -> list[_IP]:
    """The addresses of a name; none when it cannot be resolved: then nothing can be sent there either."""
    try:
        return _look_up(host)
    except OSError:
        return []


@lru_cache(maxsize=8)
def _look_up(host: str) -> list[_IP]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [address for *_, place in found if (address := _literal(str(place[0])))]


# --- The exchange -------------------------------------------------------------------------------------


class _Body:
    """The question's bytes, which know whether their sending has begun: if not, nothing was delivered."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.begun = False

    def __len__(self) -> int:
        return len(self.content)

    def __iter__(self) -> Iterator[bytes]:
        self.begun = True
        yield self.content


@dataclass(slots=True)
class Exchange:
    """What came back over HTTP, or why nothing did."""

    status: int | None = None
    content: bytes = b""
    problem: str = ""
    delivered: bool = True
    elapsed: float = 0.0


class _Transport(zeep.Transport):
    """Posts over one kept-alive session for each thread and server; returns an exchange, whatever happens."""

    def post(self, address: str, message: Any, headers: dict[str, str]) -> Exchange:
        body, started = _Body(message), time.monotonic()
        try:
            exchange = self._post(address, body, headers)
        except (requests.RequestException, HTTPError, OSError, _TooMuch) as error:
            exchange = Exchange(problem=_problem(error), delivered=body.begun)
        exchange.elapsed = time.monotonic() - started
        return exchange

    def _post(self, address: str, body: _Body, headers: dict[str, str]) -> Exchange:
        response = _session(address).post(
            address,
            data=cast(Any, body),
            headers=headers | {"Accept-Encoding": "identity", "User-Agent": "Cuadre"},
            timeout=(min(CONNECT_TIMEOUT, settings.SRI_TIMEOUT), settings.SRI_TIMEOUT),
            stream=True,
            allow_redirects=False,
        )
        try:
            return Exchange(response.status_code, _read(response))
        except BaseException:
            response.close()  # what is left unread must not be taken for the next answer
            raise


class _TooMuch(Exception):
    """The answer is larger, or slower, than any of SRI's."""


def _read(response: requests.Response) -> bytes:
    """The answer's bytes, up to a limit, within a time: a timeout alone would wait for ever for one byte at a time."""
    content, deadline = bytearray(), time.monotonic() + settings.SRI_TIMEOUT
    while part := response.raw.read1(64 * 1024):
        content += part
        if len(content) > LARGEST_ANSWER:
            raise _TooMuch("La respuesta del SRI es demasiado grande para ser una suya.")
        if time.monotonic() > deadline:
            raise _TooMuch(f"La respuesta del SRI no terminó de llegar en {settings.SRI_TIMEOUT} segundos.")
    response.raw.release_conn()
    return bytes(content)


_local = threading.local()


def _session(address: str) -> requests.Session:
    """This thread's session with a server; a process made by fork does not share its parent's connections."""
    host = urlsplit(address).netloc
    if getattr(_local, "process", None) != getpid():
        _local.process, _local.sessions = getpid(), {}
    if host not in _local.sessions:
        session = _local.sessions[host] = requests.Session()
        literal = _literal(urlsplit(address).hostname or "")
        session.trust_env = not (literal and literal.is_loopback)  # no proxy between us and this machine
    return cast(requests.Session, _local.sessions[host])


def _problem(error: BaseException) -> str:
    """Why there is no answer, as a Spanish sentence."""
    causes = list(_causes(error))
    if isinstance(error, _TooMuch):
        return str(error)
    if any(isinstance(cause, NameResolutionError | socket.gaierror) for cause in causes):
        return "No se encuentra el servidor del SRI: falla la resolución de su nombre o no hay internet."
    if isinstance(error, requests.ConnectTimeout):
        return f"El servidor del SRI no acepta la conexión en {CONNECT_TIMEOUT} segundos."
    if any(isinstance(cause, requests.Timeout | TimeoutError) for cause in causes):
        return f"El SRI no respondió en {settings.SRI_TIMEOUT} segundos."
    if any(isinstance(cause, SSLError | requests.exceptions.SSLError) for cause in causes):
        return f"No se pudo establecer una conexión segura con el SRI ({_last(causes)})."[:PROBLEM_LENGTH]
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "El servidor del SRI rechaza la conexión."
    if any(isinstance(cause, NewConnectionError) for cause in causes):
        return f"No se pudo conectar con el servidor del SRI ({_last(causes)})."[:PROBLEM_LENGTH]
    return f"Se cortó la conexión con el SRI ({_last(causes)})."[:PROBLEM_LENGTH]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all those beneath it, as requests and urllib3 wrap them; the deepest is last."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]


def _last(causes: Sequence[BaseException]) -> str:
    return f"{type(causes[-1]).__name__}: {causes[-1]}"[:160]


@lru_cache(maxsize=2)
def _client(service: str) -> zeep.Client:
    """The client of a service; it keeps no state between calls, so one serves every thread."""
    client = zeep.Client(str(_FOLDER / f"{service}.wsdl"), transport=_Transport())
    client.settings.raw_response = True
    return client


_client_lock = threading.Lock()


def call(service: str, path: str, operation: str, environment: str, **arguments: Any) -> Exchange:
    """Ask one of the services; the address is the environment's."""
    try:
        check_address(environment)
    except AddressNotPublic as refusal:
        return Exchange(problem=refusal.message[:PROBLEM_LENGTH], delivered=False)
    with _client_lock:
        client = _client(service)
    (binding,) = client.wsdl.bindings
    proxy = client.create_service(binding, base_url(environment) + _ADDRESS + path)
    return cast(Exchange, proxy[operation](**arguments))
