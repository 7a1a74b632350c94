"""`manage.py sri_simulator`: an SRI of one's own, for development and the demo."""

import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from core.processes import stop_signal
from sri.simulator import Simulator, default_folder
from sri.simulator.server import Server


class Command(BaseCommand):
    help = "Speak SRI's two web services on this machine, until stopped. Set SRI_URL_PRUEBAS to its address."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT + 1, help="default: PORT + 1")
        parser.add_argument("--store", type=Path, default=default_folder(), help="default: VAR_DIR/sri_simulator")

    def handle(self, *args: Any, **options: Any) -> None:
        simulator = Simulator(options["store"])
        try:
            server = Server(simulator, options["port"])
        except OSError as error:
            raise CommandError(f"Port {options['port']} cannot be used: {error.strerror}.") from None
        stopping = stop_signal()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.stdout.write(f"SRI simulator: {server.url}")
        stopping.wait()
        server.shutdown()
        server.server_close()
        simulator.close()
