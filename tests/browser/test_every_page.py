"""Every page of the site, with something in it: accessible in both themes, within the content policy, fit for a tablet.

The pages come from the URL resolver: a new one is visited without anybody adding it here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client, override_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from billing import public
from billing.models import Document
from companies import invitations
from companies.models import Invitation, User
from companies.roles import Role
from core import clock
from tests.browser.conftest import Site, note_faults
from tests.factories import make_user
from tests.reservations.factories import NOW
from tests.test_walls import NOT_OF_A_COMPANY, THINGS
from tests.world import Address, World, make_world, site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TABLET = 820
LEAST_TARGET = 24  # CSS pixels a finger needs (WCAG 2.2, 2.5.8)

NO_PAGES = ("/api/", "/health/")
# Variants of pages that show something else by their query.
VARIANTS = (
    "/facturas/{invoice}/?tab=pdf",
    "/facturas/{authorized}/nota-de-credito/",
    "/notas-de-credito/{note}/?tab=auditoria",
    "/facturas/{invoice}/?tab=auditoria",
    "/facturas/?status=paid&search=nadie",
    "/facturas/?sri=rejected",
    "/facturas/{waiting}/",
    "/facturas/{authorized}/",
    "/facturas/{refused}/",
    "/facturas/{held}/",
    "/documentos/{refused}/sri/intentos/?answer={answer}",
    "/empresa/sri/estado/?sri=blocked",
    "/facturas/nueva/?billables={billable}",
    "/clientes/{lonely_customer}/unir/?other={customer}",
    "/importaciones/filas/?source={import}",
    "/cobros/nuevo/?invoice={part_paid}",
    "/cobros/nuevo/?customer={customer}",
    "/cobros/devoluciones/nueva/?customer={rich_customer}",
    "/reservas/?day=2026-11-16",
    "/reservas/canchas/nueva/?venue={venue}",
    "/reservas/tarifas/nueva/?venue={venue}",
)
# Addresses that are there only together with something else.
ABSENT = {
    "/correos/buzon/": "a demo whose mail goes to files",
    "/cuenta/dos-pasos/desactivar/": "a second step: see SECOND_STEP",
    "/cuenta/dos-pasos/recuperacion/": "a second step",
    "/cuenta/dos-pasos/recuperacion/descargar/": "a second step",
    "/cuenta/invitacion/": "an invitation's link: see below",
    "/documentos/{pk}/sri/xml/": "a file",
    "/demostracion/sri/": "a demo with an SRI of its own",
    "/empresa/logotipo/": "a logo",
    "/adjuntos/{pk}/": "a file",
    "/formularios/": "something typed and not sent",
    "/importaciones/plantilla/": "a file",
    "/importaciones/{pk}/rechazadas/": "a file",
    "/tareas/{pk}/archivo/": "a file",
    "/facturas/{pk}/nota-de-credito/": "an issued invoice: see VARIANTS",
    "/cobros/devoluciones/nueva/": "a customer or an invoice: see VARIANTS",
    "/reservas/canchas/nueva/": "a venue: see VARIANTS",
    "/reservas/tarifas/nueva/": "a venue: see VARIANTS",
}
SECOND_STEP = ("", "confirmar/", "desactivar/", "recuperacion/", "recuperacion/generar/")
# Forms that are sent empty, to see how they look when they are refused.
REFUSED = ("/clientes/nuevo/", "/productos/nuevo/", "/facturas/nueva/", "/reservas/nueva/", "/cobros/nuevo/")
ANONYMOUS = ("/cuenta/ingresar/", "/cuenta/contrasena/olvidada/", "/cuenta/contrasena/olvidada/enviada/")

SERIOUS = """async (options) => {
    const {violations} = await axe.run(document, {resultTypes: ["violations"], ...options});
    return violations.filter((rule) => ["serious", "critical"].includes(rule.impact))
        .map((rule) => `${rule.id}: ${rule.nodes[0].html.slice(0, 200)} (${rule.nodes[0].failureSummary})`);
}"""
SMALL_TARGETS = """(least) => [...document.querySelectorAll("button, .btn, select, textarea, summary, [type=text]")]
    .filter((element) => element.checkVisibility() && !element.closest(".visually-hidden"))
    .filter((element) => Math.min(element.offsetWidth, element.offsetHeight) < least)
    .map((element) => element.outerHTML.slice(0, 120))"""


def page_addresses() -> list[Address]:
    pages = [address for address in site() if not address.path.startswith(NO_PAGES)]
    return [address for address in pages if address.path not in NOT_OF_A_COMPANY | ABSENT]


@dataclass
class Visitor:
    """Somebody who looks at pages, and what is wrong with them."""

    context: BrowserContext
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(AXE)  # the policy forbids a <script>
        self.page: Page = self.context.new_page()
        note_faults(self.page, self.faults)

    def answers_with_a_page(self, path: str) -> bool:
        """Say whether the address shows a page: not a fragment, a file, or an act that takes a POST."""
        answer = self.context.request.get(path)
        assert answer.status in (200, 405), f"{answer.status} {path}"
        is_html = answer.status == 200 and answer.headers["content-type"].startswith("text/html")
        return is_html and answer.text().lstrip()[:9].lower() == "<!doctype"

    def judge(self) -> list[str]:
        """Return what is wrong with the page that is open."""
        page = self.page
        expect(page.locator(".htmx-request")).to_have_count(0)
        found = [f"light: {fault}" for fault in page.evaluate(SERIOUS, {})]
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        colours = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
        found += [f"dark: {fault}" for fault in page.evaluate(SERIOUS, colours)]
        page.set_viewport_size({"width": TABLET, "height": 1180})
        if (width := page.evaluate("document.documentElement.scrollWidth")) > TABLET:
            found.append(f"{width} px wide on a tablet")
        found += [f"a small target: {target}" for target in page.evaluate(SMALL_TARGETS, LEAST_TARGET)]
        page.set_viewport_size({"width": 1440, "height": 900})
        faults, self.faults[:] = list(self.faults), []
        return [*found, *faults]


@pytest.fixture(scope="module")
def world(site: Site, tmp_path_factory) -> World:
    """Make a company with one of everything."""
    with clock.at(NOW), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        return make_world(e_invoicing=True)


@pytest.fixture(scope="module")
def owner(site: Site, chromium: Browser, world: World) -> Iterator[Visitor]:
    context = _context(chromium, site)
    site.sign_in(context, world.owner)
    yield Visitor(context)
    context.close()


@pytest.fixture(scope="module")
def careful(world: World) -> User:
    """Add a person with a second step and recovery codes."""
    user = world.person(Role.BILLING)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return user


@pytest.fixture
def stranger(site: Site, chromium: Browser) -> Iterator[Visitor]:
    context = _context(chromium, site)
    yield Visitor(context)
    context.close()


def _context(chromium: Browser, site: Site) -> BrowserContext:
    viewport = {"width": 1440, "height": 900}
    return chromium.new_context(base_url=site.url, viewport=viewport, locale="es-EC", reduced_motion="reduce")


@pytest.mark.parametrize("address", page_addresses(), ids=lambda address: address.path)
def test_a_page_is_accessible_safe_and_fits_a_tablet(owner, world, address):
    things = THINGS[address.path.partition("{")[0]] if address.parameters else [""]
    for thing in things:
        pk, kind = str(world[thing]) if thing else "", {"note": "credit_note"}.get(thing, thing)
        path = address.path.replace("{pk}", pk).replace("{object_id}", pk).replace("{object_type}", kind)
        if owner.answers_with_a_page(path):
            owner.page.goto(path)
            assert owner.judge() == [], path


@pytest.mark.parametrize("template", VARIANTS)
def test_what_a_query_shows_is_too(owner, world, template):
    owner.page.goto(template.format_map(world.ids))
    assert owner.judge() == []


@pytest.mark.parametrize("path", REFUSED)
def test_a_refused_form_is_too(owner, path):
    owner.page.goto(path)
    owner.page.locator("main form .btn-primary").last.click()
    owner.page.locator("main [role=alert]").wait_for()
    assert owner.judge() == []


@pytest.mark.parametrize("path", ANONYMOUS)
def test_a_page_for_strangers_is_too(stranger, path):
    stranger.page.goto(path)
    assert stranger.judge() == []


def test_an_invitation_is_too(stranger, world):
    with world.inside():
        token = invitations.token_of(Invitation.objects.get(pk=world["invitation"]))
    stranger.page.goto(f"/cuenta/invitacion/{token}/")
    assert stranger.judge() == []


def test_a_document_s_public_link_is_too(stranger, world):
    with world.inside():
        address = public.address(Document.objects.get(pk=world["part_paid"]))
    path = urlsplit(address).path
    stranger.page.goto(path)
    assert stranger.judge() == []
    stranger.page.get_by_label("RUC, cédula o pasaporte").fill("1")
    stranger.page.get_by_role("button", name="Ver los archivos").click()
    stranger.page.get_by_text("No es la identificación").wait_for()
    assert stranger.judge() == []
    with world.inside():
        known = Document.objects.get(pk=world["part_paid"]).buyer_identification
    stranger.page.get_by_label("RUC, cédula o pasaporte").fill(known)
    stranger.page.get_by_role("button", name="Ver los archivos").click()
    stranger.page.get_by_role("link", name="Ver el PDF (RIDE)").wait_for()
    assert stranger.judge() == []


@pytest.mark.parametrize("path", SECOND_STEP)
def test_a_page_of_the_second_step_is_too(stranger, site, careful, path):
    site.sign_in(stranger.context, careful)
    stranger.page.goto(f"/cuenta/dos-pasos/{path}")
    assert stranger.judge() == []


def test_what_one_may_not_see_says_so_as_well(stranger, site, world):
    site.sign_in(stranger.context, world.person(Role.CASHIER))
    assert stranger.page.goto("/empresa/claves/").status == 403
    assert stranger.judge() == []


def test_a_person_of_no_company_is_told_so_as_well(stranger, site):
    site.sign_in(stranger.context, make_user())
    assert stranger.page.goto("/facturas/").status == 403
    assert stranger.judge() == []


def test_what_is_not_there_says_so_as_well(stranger, settings):
    """While DEBUG, the site shows Django's own page; this is the one of everyday."""
    settings.ALLOWED_HOSTS = ["testserver"]
    page = Client().get("/no-existe/", headers={"accept": "text/html"}).content.decode()
    stranger.context.route(
        "**/no-existe/", lambda route: route.fulfill(status=404, content_type="text/html", body=page)
    )
    stranger.page.goto("/no-existe/")
    assert "no-existe" in stranger.page.url
    assert stranger.judge() == []
