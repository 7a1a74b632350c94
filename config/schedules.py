"""Everything that happens by itself: what is swept many times a second, and what is done once a day."""

from datetime import time
from typing import Final

from core.schedule import Daily, Sweep

SWEEPS: Final[list[Sweep]] = [
    Sweep("companies.jobs.sweep_invitations", every=1.0),
    Sweep("companies.alerts.sweep", every=1.0),
    Sweep("desk.tasks.sweep", every=1.0),
    Sweep("sri.jobs.sweep_certificate_alarms", every=60.0),
    Sweep("reservations.expiry.sweep", every=1.0),
    Sweep("billing.transmission.sweep"),
    Sweep("billing.merging.sweep", every=60.0),
    Sweep("billing.day_sums.fold", every=60.0),
    Sweep("billing.upkeep.watch_delays", every=600.0),
    Sweep("billing.jobs.sweep_pdfs", every=1.0),
    Sweep("billing.mailing.sweep", every=1.0),
]

DAILIES: Final[list[Daily]] = [
    Daily("backup", time(2, 30), "core.backup.nightly"),
    Daily("sri_reconciliation", time(1, 30), "billing.upkeep.reconcile"),
    Daily("sri_answers", time(3, 15), "billing.upkeep.forget_old_answers"),
    Daily("idempotency", time(3, 0), "core.idempotency.forget_old"),
    Daily("access_log", time(3, 10), "audit.jobs.thin_access_log"),
    Daily("audit_heads", time(3, 30), "audit.jobs.publish_heads"),
    Daily("sessions", time(3, 20), "companies.jobs.forget_sessions"),
    Daily("form_drafts", time(3, 25), "desk.form_drafts.forget_old"),
    Daily("rate_limits", time(3, 5), "core.throttling.forget_old"),
]
