"""A faithful SRI of one's own: both web services, the checks in SRI's order, its faults on request.

SRI cannot be reached while developing, and its test environment is not to be loaded. This stands in for it, as a
foreign system: it keeps its own store, has its own certification authority, and shares no checking code with the rest
of the product, so that an error on one side is not excused by the other.

* over HTTP: `manage.py sri_simulator`, or `serve(simulator)` in a test;
* in process: `Simulator(folder, now=...)` with `receive(xml)` and `authorize(key)`;
* certificates it trusts: `sri.simulator.ca.issue_certificate(...)`;
* what it does wrong on request: `simulator.faults`, or POST `/control/` (see `sri.simulator.faults`).

Of what SRI checks, it leaves out: the registry of taxpayers (set `issuers` and `receivers` instead), revocation of
certificates, batches, and the rules of withholdings and delivery guides beyond their schema.
"""

from sri.simulator.engine import Consultation, Receipt, Simulator, Verdict, default_folder
from sri.simulator.server import Server, serve

__all__ = ["Consultation", "Receipt", "Server", "Simulator", "Verdict", "default_folder", "serve"]
