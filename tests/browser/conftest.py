"""The real site in a real browser: granian on a free port, a committed database, and people who are signed in."""

import shutil
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from companies.models import User
from tests.browser.patience import PATIENCE, be_patient, press_patiently
from tests.crash.processes import kill_group, start, until
from tests.databases import environment
from tests.world import BACKEND

Enter = Callable[..., Page]


@dataclass(frozen=True)
class Site:
    """The running site."""

    port: int

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, context: BrowserContext, user: User) -> None:
        """Give a browser the session of a person who has just signed in."""
        client = Client()
        client.force_login(user, backend=BACKEND)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "email": user.email}]
        session.save()
        context.add_cookies([{"name": f"cuadre_session_{self.port}", "value": session.session_key, "url": self.url}])


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Site]:
    """Serve this process's test database as `make run` does; whatever a file's tests have committed goes at its end."""
    folder = tmp_path_factory.mktemp("site")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        site = Site(probe.getsockname()[1])
    variables = environment(folder) | {"PORT": str(site.port), "DEBUG": "true", "WEB_THREADS": "8"}
    options = ["--interface=asgi", f"--port={site.port}", "--host=127.0.0.1", "--workers=1", "--no-ws"]
    log = folder / "web.log"
    with django_db_blocker.unblock():
        web = start(["-m", "granian", *options, "config.asgi:application"], variables, log)
        until(lambda: _serves(site), log=log)
        yield site
        kill_group(web)
        django_db_setup.renew()


def _serves(site: Site) -> bool:
    with suppress(OSError):
        return urllib.request.urlopen(f"{site.url}/health/live", timeout=5).status == 200
    return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed; .ci/run installs it (apt-get install chromium).")
    connections.close_all()
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the driver runs a loop in this thread
        be_patient(patch)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
        connections.close_all()  # those made while the loop ran are others than those before


@pytest.fixture
def enter(site: Site, chromium: Browser) -> Iterator[Enter]:
    """Return a function that opens a browser of its own for a person, signed in unless there is none.

    Whatever breaks the content policy, throws or is answered 500 on the way fails the test.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_browser(user: User | None = None, *, path: str = "/", width: int = 1440, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=site.url, viewport={"width": width, "height": 900}, locale="es-EC", **options
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if user:
            site.sign_in(context, user)
        page = context.new_page()
        press_patiently(page)
        note_faults(page, faults)
        page.goto(path)
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert faults == []


def note_faults(page: Page, faults: list[str]) -> None:
    """Note what no page may do."""
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda said: faults.append(f"{page.url}: {said.text}") if "Content Security Policy" in said.text else None,
    )
    page.on("response", lambda answer: faults.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
