"""A company opens, says who it is, shows its logo."""

import io

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from PIL import Image

from audit.models import AuditEntry
from billing.models import Customer
from companies import hooks, logos, workflow
from companies.models import Company, Invitation, Membership
from companies.roles import Role
from core.actor import Actor
from core.errors import Forbidden, RuleRefused, StaleVersion, WorkflowError
from core.tenancy import all_companies, company_context, current_company_id
from payments.models import PaymentMethod
from tests.factories import actor, make_invoice, make_user, own_company

pytestmark = pytest.mark.django_db

INSTALLATION = Actor.command("tests")
OWNER = actor(Role.OWNER)
VALUES = {
    "ruc": "1790016919001",
    "environment": "1",
    "legal_name": "Tenis Club S.A.",
    "address": "Av. Amazonas, Quito",
}


def entries() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def image(side: int = 60, kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (side, side), "red").save(out, kind)
    return out.getvalue()


# Opening


def test_a_new_company_has_its_owner_consumidor_final_and_payment_methods():
    owner = make_user()
    company = workflow.open_company(VALUES, owner=owner, actor=INSTALLATION)
    with company_context(company.pk):
        assert Company.objects.get().environment == "1"
        membership = Membership.objects.get()
        assert (membership.user, membership.role) == (owner, Role.OWNER)
        assert Customer.objects.get().identification == "9999999999999"
        assert list(PaymentMethod.objects.values_list("name", "sri_code", "reference_rule", "reference_kind")) == [
            ("Efectivo", "01", "optional", "free"),
            ("Transferencia bancaria", "20", "required", "transfer"),
            ("Tarjeta de débito", "16", "required", "card"),
            ("Tarjeta de crédito", "19", "required", "card"),
            ("Cheque", "20", "required", "cheque"),
        ]
        assert entries() == ["company.opened", "membership.created"]


def test_an_owner_without_an_account_is_invited():
    company = workflow.open_company(VALUES, owner="Nueva@Empresa.test", actor=INSTALLATION)
    with company_context(company.pk):
        invitation = Invitation.objects.get()
        assert (invitation.email, invitation.role) == ("nueva@empresa.test", Role.OWNER)
        assert not Membership.objects.exists()
        assert entries() == ["company.opened", "invitation.created"]


def test_a_company_is_opened_by_the_installation_only():
    with pytest.raises(Forbidden):
        workflow.open_company(VALUES, owner=make_user(), actor=OWNER)
    with all_companies():
        assert not Company.objects.filter(ruc=VALUES["ruc"]).exists()


def test_an_opening_that_fails_leaves_nothing():
    def fail() -> None:
        raise RuntimeError

    hooks.when_opened(fail)
    try:
        with pytest.raises(RuntimeError):
            workflow.open_company(VALUES, owner=make_user(), actor=INSTALLATION)
    finally:
        hooks._when_opened.remove(fail)
    with all_companies():
        assert not Company.objects.filter(ruc=VALUES["ruc"]).exists()


def test_one_company_per_ruc_and_environment():
    owner = make_user()
    workflow.open_company(VALUES, owner=owner, actor=INSTALLATION)
    with pytest.raises(WorkflowError) as refused:
        workflow.open_company(VALUES, owner=owner, actor=INSTALLATION)
    assert refused.value.code == "ruc_taken"
    production = workflow.open_company(VALUES | {"environment": "2"}, owner=owner, actor=INSTALLATION)
    assert production.environment == "2"


# The profile


def test_a_saved_profile_counts_its_version_and_says_what_changed():
    with own_company() as company:
        saved = workflow.update_profile(
            {"trade_name": " Los Ceibos ", "payment_days": 15}, actor=OWNER, expected_version=1
        )
        assert (saved.trade_name, saved.payment_days, saved.version) == ("Los Ceibos", 15, 2)
        entry = AuditEntry.objects.get(action="company.updated")
        assert entry.before == {"trade_name": company.trade_name, "payment_days": 30}
        assert entry.after == {"trade_name": "Los Ceibos", "payment_days": 15}


def test_a_save_that_changes_nothing_writes_nothing():
    with own_company() as company:
        saved = workflow.update_profile({"legal_name": company.legal_name}, actor=OWNER)
        assert saved.version == 1
        assert "company.updated" not in entries()


def test_a_stale_profile_is_refused():
    with own_company():
        workflow.update_profile({"phone": "1"}, actor=OWNER)
        with pytest.raises(StaleVersion):
            workflow.update_profile({"phone": "2"}, actor=OWNER, expected_version=1)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OWNER, Role.ADMINISTRATOR)])
def test_only_who_manages_the_company_changes_its_profile(role):
    with own_company() as company:
        for step in (
            lambda: workflow.update_profile({"phone": "1"}, actor=actor(role)),
            lambda: workflow.set_logo(image(), actor=actor(role)),
            lambda: workflow.remove_logo(actor=actor(role)),
        ):
            with pytest.raises(Forbidden):
                step()
        company.refresh_from_db()
        assert company.phone == ""


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"ruc": "179001691900"}, "ruc", "ruc_invalid"),
        ({"ruc": "1790016919002"}, "ruc", "ruc_invalid"),
        ({"legal_name": "  "}, "legal_name", "legal_name_required"),
        ({"special_taxpayer": "12"}, "special_taxpayer", "special_taxpayer_invalid"),
        ({"special_taxpayer": "12-34"}, "special_taxpayer", "special_taxpayer_invalid"),
        ({"withholding_agent": "01"}, "withholding_agent", "withholding_agent_invalid"),
        ({"withholding_agent": "NAC-1"}, "withholding_agent", "withholding_agent_invalid"),
        ({"time_zone": "America/Quito"}, "time_zone", "time_zone_unknown"),
        ({"payment_days": 366}, "payment_days", "payment_days_out_of_range"),
        ({"payment_days": -1}, "payment_days", "payment_days_out_of_range"),
    ],
)
def test_a_profile_that_cannot_be_printed_is_refused(values, field, code):
    with own_company() as company:
        with pytest.raises(RuleRefused) as refused:
            workflow.update_profile(values, actor=OWNER)
        assert refused.value.code == code
        assert [error["field"] for error in refused.value.fields] == [field]
        assert Company.objects.get().version == company.version
        assert "company.updated" not in entries()


def test_a_ruc_whose_check_digit_fails_warns_and_is_kept():
    with own_company():
        saved = workflow.update_profile({"ruc": "1793213150001"}, actor=OWNER)
        assert saved.ruc == "1793213150001"
        assert len(workflow.warnings(saved)) == 1


def test_a_ruc_is_kept_without_the_signs_people_put_in():
    with own_company():
        assert workflow.update_profile({"ruc": " 1790016919-001 "}, actor=OWNER).ruc == "1790016919001"


def test_the_ruc_changes_until_it_stands_on_a_document():
    with own_company():
        workflow.update_profile({"ruc": "1790016919001"}, actor=OWNER)
        make_invoice()
        with pytest.raises(WorkflowError) as refused:
            workflow.update_profile({"ruc": "0992397535001"}, actor=OWNER)
        assert refused.value.code == "ruc_in_use"
        assert Company.objects.get().ruc == "1790016919001"
        assert workflow.update_profile({"phone": "1", "ruc": "1790016919001"}, actor=OWNER).phone == "1"


def test_a_ruc_another_company_has_is_refused_and_nothing_is_saved():
    with own_company() as other:
        taken = other.ruc
    with own_company() as company:
        with pytest.raises(WorkflowError) as refused:
            workflow.update_profile({"ruc": taken, "phone": "1"}, actor=OWNER)
        assert refused.value.code == "ruc_taken"
        assert (Company.objects.get().ruc, Company.objects.get().phone) == (company.ruc, "")


def test_the_environment_is_for_life_also_in_the_database():
    with own_company() as company:
        assert workflow.update_profile({"environment": "2"}, actor=OWNER).environment == "1"
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Company.objects.filter(pk=company.pk).update(environment="2")


def test_a_profile_saves_in_its_own_company_only():
    with own_company() as other:
        pass
    with own_company() as company:
        workflow.update_profile({"phone": "022345678"}, actor=OWNER)
        assert current_company_id() == company.pk
    with all_companies():
        assert Company.objects.get(pk=other.pk).phone == ""


# The logo


def test_a_logo_is_kept_as_a_png_of_our_own_and_the_old_one_stays():
    with own_company() as company:
        first = workflow.set_logo(image(kind="JPEG"), actor=OWNER).logo.name
        second = workflow.set_logo(image(), actor=OWNER).logo.name
        assert first != second
        assert first.startswith(f"logos/{company.pk}/")
        for name in (first, second):
            with default_storage.open(name) as file, Image.open(file) as kept:
                assert (kept.format, kept.size) == ("PNG", (60, 60))
        removed = workflow.remove_logo(actor=OWNER)
        assert (removed.logo.name, removed.version) == ("", 4)
        assert default_storage.exists(second)
        assert entries()[-3:] == ["company.updated"] * 3


def test_what_hides_behind_an_image_is_gone():
    hidden = image() + b"<script>alert(1)</script>"
    assert b"script" not in logos.checked(hidden)


def test_a_large_logo_is_drawn_smaller():
    with Image.open(io.BytesIO(logos.checked(image(2000)))) as kept:
        assert kept.size == (1200, 1200)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "logo_not_an_image"),
        (b"%PDF-1.7 no image", "logo_not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "logo_not_an_image"),
        (image()[:40], "logo_not_an_image"),
        (image(kind="BMP"), "logo_not_an_image"),
        (b"x" * (logos.MAX_BYTES + 1), "logo_too_large"),
        (image(4001, mode="1"), "logo_too_many_pixels"),
    ],
)
def test_an_upload_that_is_no_logo_is_refused(content, code):
    with own_company() as company:
        with pytest.raises(RuleRefused) as refused:
            workflow.set_logo(content, actor=OWNER)
        assert refused.value.code == code
        assert Company.objects.get(pk=company.pk).logo.name == ""


def test_removing_no_logo_is_refused():
    with own_company(), pytest.raises(WorkflowError) as refused:
        workflow.remove_logo(actor=OWNER)
    assert refused.value.code == "no_logo"
