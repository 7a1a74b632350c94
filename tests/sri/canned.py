"""A server that answers whatever a test tells it to, and remembers what it was asked."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "2110201101179214673900110020010000000011234567813"
SOAP = '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}</soap:Body></soap:Envelope>'


@dataclass
class Canned:
    """What to answer next, and what came."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    content_type: str = "text/xml;charset=UTF-8"
    before: Callable[[BaseHTTPRequestHandler], bool] | None = None  # True: it has answered itself
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)

    def reception(self, inner: str) -> None:
        self.body = SOAP.format(
            '<ns2:validarComprobanteResponse xmlns:ns2="http://ec.gob.sri.ws.recepcion">'
            f"<RespuestaRecepcionComprobante>{inner}</RespuestaRecepcionComprobante></ns2:validarComprobanteResponse>"
        ).encode()

    def authorization(self, inner: str, key: str = KEY, count: str = "1") -> None:
        self.body = SOAP.format(
            '<ns2:autorizacionComprobanteResponse xmlns:ns2="http://ec.gob.sri.ws.autorizacion">'
            f"<RespuestaAutorizacionComprobante><claveAccesoConsultada>{key}</claveAccesoConsultada>"
            f"<numeroComprobantes>{count}</numeroComprobantes><autorizaciones>{inner}</autorizaciones>"
            "</RespuestaAutorizacionComprobante></ns2:autorizacionComprobanteResponse>"
        ).encode()


def abort(handler: BaseHTTPRequestHandler) -> bool:
    """Cut the connection with a reset."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
    return True


@contextmanager
def serving() -> Iterator[Canned]:
    canned = Canned()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            canned.asked.append((self.path, content))
            canned.connections.add(self.client_address)
            if canned.before and canned.before(self):
                return
            self.send_response(canned.status)
            self.send_header("Content-Type", canned.content_type)
            self.send_header("Content-Length", str(len(canned.body)))
            self.end_headers()
            self.wfile.write(canned.body)

        def log_message(self, *_: Any) -> None:
            pass

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    canned.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield canned
    finally:
        server.shutdown()
        server.server_close()
