"""The web's front with a heartbeat short enough to wait for; tests start it as a program of its own."""

from config import asgi  # sets Django up

# isort: split
from audit.stream import EventStream

asgi.events = EventStream(asgi.django.get_response, heartbeat=0.5)
application = asgi.application
