"""The simulated SRI over HTTP: both services at SRI's paths, and `/control/` to make it fail (see `faults`)."""

from __future__ import annotations

import json
import logging
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any, Final, cast

from sri.simulator import soap
from sri.simulator.engine import Simulator
from sri.simulator.faults import Fault
from sri.simulator.soap import NotUnderstood, Question

PATH: Final = "/comprobantes-electronicos-ws/"
RECEPTION: Final = f"{PATH}RecepcionComprobantesOffline"
AUTHORIZATION: Final = f"{PATH}AutorizacionComprobantesOffline"
CONTROL: Final = "/control/"
LARGEST: Final = 2 * 1024 * 1024

_SERVICES: Final = {RECEPTION: "reception", AUTHORIZATION: "authorization"}
_DESCRIPTIONS: Final = Path(__file__).resolve().parents[1] / "wsdl"
_HTML: Final = (
    b"<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your "
    b"administrator.<br><br>Your support ID is: 1234567890</body></html>"
)
_XML, _JSON, _PAGE = "text/xml;charset=UTF-8", "application/json", "text/html; charset=utf-8"

logger = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """A thread for each connection; all ask one simulator."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        self.simulator = simulator
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """Where it listens: what SRI_URL_PRUEBAS is set to."""
        return f"http://127.0.0.1:{self.server_port}"

    def server_bind(self) -> None:
        """Take the port; unlike the base class, without asking the network for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def server_close(self) -> None:
        """Stop listening, and end the connections that are kept."""
        super().server_close()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""
        logger.debug("A connection to the simulator ended", exc_info=True)


@contextmanager
def serve(simulator: Simulator, port: int = 0) -> Iterator[Server]:
    """Serve a simulator in a thread of this process; port 0 is any that is free."""
    server = Server(simulator, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _Hung(Exception):
    """The connection is cut here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60  # a kept connection that nobody uses

    @property
    def simulator(self) -> Simulator:
        return cast(Server, self.server).simulator

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == CONTROL:
            self._answer(200, self._state(), _JSON)
        elif self.simulator.faults.down:
            self._hang_up()
        elif path in _SERVICES and query.lower() == "wsdl":
            self._answer(200, _description(_SERVICES[path], f"http://{self.headers.get('Host')}{path}"), _XML)
        else:
            self._answer(404, b"", _PAGE)

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        try:
            if path == CONTROL:
                self._control()
            elif path in _SERVICES:
                self._serve(_SERVICES[path])
            else:
                self._read()
                self._answer(404, b"", _PAGE)
        except _Hung:
            self._hang_up()

    def setup(self) -> None:
        super().setup()
        cast(Server, self.server).connections.add(self.connection)

    # --- The services ------------------------------------------------------------------------------

    def _serve(self, service: str) -> None:
        faults = self.simulator.faults
        if faults.down or faults.take(service, "", "drop_before"):
            raise _Hung
        try:
            question = soap.question(self._read())
        except NotUnderstood as error:
            self._answer(500, soap.fault(str(error)), _XML)
            return
        if fault := faults.take(service, question.ruc, "http", "html", "fault"):
            self._refuse(fault)
            return
        content = self._work(question)
        if slow := faults.take(service, question.ruc, "slow"):
            time.sleep(slow.ms / 1000)
        self._spoil(faults.take(service, question.ruc, "drop_after", "encoding", "empty"), content)

    def _work(self, question: Question) -> bytes:
        if question.operation == "validarComprobante":
            return soap.receipt(self.simulator.receive(question.xml))
        if question.operation == "autorizacionComprobante":
            return soap.consultation(self.simulator.authorize(question.key))
        return soap.batch(question.key)

    def _refuse(self, fault: Fault) -> None:
        if fault.kind == "http":
            self._answer(fault.status, b"<html><body>Service Unavailable</body></html>", _PAGE)
        elif fault.kind == "html":
            self._answer(403, _HTML, _PAGE)
        else:
            self._answer(500, soap.fault("Unmarshalling Error: simulado"), _XML)

    def _spoil(self, fault: Fault | None, content: bytes) -> None:
        kind = fault.kind if fault else ""
        if kind == "drop_after":
            raise _Hung
        if kind == "empty":
            content = b""
        if kind == "encoding":
            content = b'<?xml version="1.0" encoding="UTF-8"?><!-- \xf1 -->' + content
        self._answer(200, content, _XML)

    # --- Making it fail ----------------------------------------------------------------------------

    def _control(self) -> None:
        try:
            values = json.loads(self._read())
            if not isinstance(values, dict):
                raise ValueError("An object is needed.")
            self.simulator.faults.set(values)
        except ValueError as error:
            self._answer(400, json.dumps({"error": str(error)}).encode(), _JSON)
        else:
            self._answer(200, self._state(), _JSON)

    def _state(self) -> bytes:
        state = self.simulator.faults.state()
        state |= {"documents": self.simulator.store.counts(), "now": self.simulator.now().isoformat()}
        return json.dumps(state, ensure_ascii=False).encode()

    # --- HTTP --------------------------------------------------------------------------------------

    def _read(self) -> bytes:
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            raise _Hung from None
        if not 0 <= length <= LARGEST:
            raise _Hung
        content = self.rfile.read(length)
        if len(content) < length:
            raise _Hung
        return content

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self) -> None:
        """Cut the connection as a crash does: with a reset, not with a good-bye."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def finish(self) -> None:
        cast(Server, self.server).connections.discard(self.connection)
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)


def _description(service: str, address: str) -> bytes:
    text = (_DESCRIPTIONS / f"{service}.wsdl").read_text(encoding="utf-8")
    start, _, rest = text.partition('<soap:address location="')
    return (start + f'<soap:address location="{address}"' + rest.partition('"')[2]).encode()
