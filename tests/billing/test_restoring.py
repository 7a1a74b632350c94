"""What was hidden or thrown away comes back as it was, unless somebody took its place meanwhile."""

import pytest
from django.test import Client

from audit.queries import history
from billing import billables, customers, products, restoring, workflow
from billing.drafts import DraftInput
from billing.models import Billable, Customer, Document, Product
from companies.roles import Role
from core.errors import Forbidden, WorkflowError
from payments.models import PaymentMethod
from tests.factories import (
    SYSTEM,
    actor,
    make_billable,
    make_customer,
    make_draft,
    make_invoice,
    make_product,
    make_user,
    own_company,
)
from tests.notes import amount, draft_note, make_note_series
from tests.pages import filled
from tests.world import BACKEND


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


@pytest.fixture
def owner(company):
    client = Client()
    client.force_login(make_user(company), backend=BACKEND)
    return client


def refusal(step, pk: int, **values) -> str:
    with pytest.raises(WorkflowError) as refused:
        step(pk, **({"actor": SYSTEM} | values))
    return refused.value.code


def undo(client: Client, url: str, **typed) -> str:
    """Do it, and press the button of the message that says so."""
    page = client.post(url, typed, follow=True).content.decode()
    back = page.partition("data-undo")[0].rpartition('action="')[2].partition('"')[0]
    assert client.get(back).status_code == 405
    assert client.post(back, follow=True).status_code == 200
    return page


def test_a_customer_comes_back_unless_the_identification_was_taken(company):
    gone = customers.hide(make_customer().pk, actor=SYSTEM)
    restoring.restore_customer(gone.pk, actor=SYSTEM)
    assert Customer.objects.live().filter(pk=gone.pk).exists()
    assert refusal(restoring.restore_customer, gone.pk) == "customer_not_hidden"
    customers.hide(gone.pk, actor=SYSTEM)
    make_customer(identification_type=gone.identification_type, identification=gone.identification)
    assert refusal(restoring.restore_customer, gone.pk) == "customer_exists"
    assert Customer.objects.get(pk=gone.pk).deleted_at is not None


def test_who_was_joined_into_another_stays_there(company):
    gone, kept = make_customer(), make_customer()
    customers.hide(gone.pk, actor=SYSTEM)
    Customer.objects.filter(pk=gone.pk).update(merged_into=kept)
    assert refusal(restoring.restore_customer, gone.pk) == "customer_merged"


def test_a_product_comes_back_unless_its_code_was_taken(company):
    gone = products.hide(make_product(code="A").pk, actor=SYSTEM)
    make_product(code="A")
    assert refusal(restoring.restore_product, gone.pk) == "product_exists"
    Product.objects.live().update(code="B")
    assert restoring.restore_product(gone.pk, actor=SYSTEM).deleted_at is None


class TestDrafts:
    def drafted(self, billable: Billable) -> Document:
        return workflow.draft(DraftInput(customer_id=billable.customer_id, billable_ids=(billable.pk,)), actor=SYSTEM)

    def test_it_comes_back_with_its_billables(self, company):
        billable = make_billable(make_customer())
        draft = workflow.discard(self.drafted(billable).pk, actor=SYSTEM)
        restoring.restore_draft(draft.pk, actor=SYSTEM)
        billable.refresh_from_db()
        assert (billable.status, billable.document_id) == ("drafted", draft.pk)
        assert workflow.issue(draft.pk, actor=SYSTEM).number

    def test_not_when_what_was_on_it_is_on_another_by_now(self, company):
        billable = make_billable(make_customer())
        draft = workflow.discard(self.drafted(billable).pk, actor=SYSTEM)
        other = self.drafted(billable)
        assert refusal(restoring.restore_draft, draft.pk) == "billables_taken"
        billable.refresh_from_db()
        assert billable.document_id == other.pk

    def test_not_what_is_no_discarded_draft(self, company):
        assert refusal(restoring.restore_draft, make_invoice().pk) == "not_discarded"
        assert refusal(restoring.restore_draft, make_draft().pk) == "not_discarded"

    def test_the_front_desk_brings_back_what_it_may_draft(self, company):
        own = workflow.discard(self.drafted(make_billable(make_customer())).pk, actor=SYSTEM)
        restoring.restore_draft(own.pk, actor=actor(Role.FRONTDESK))
        free = workflow.discard(make_draft().pk, actor=SYSTEM)
        with pytest.raises(Forbidden):
            restoring.restore_draft(free.pk, actor=actor(Role.FRONTDESK))

    def test_a_note_comes_back_too(self, company):
        from billing import notes

        make_note_series()
        note = draft_note(make_invoice(), amount("5.00"))
        notes.discard(note.pk, actor=SYSTEM)
        restoring.restore_draft(note.pk, actor=SYSTEM)
        assert Document.objects.credit_notes().filter(pk=note.pk).exists()


class TestBillables:
    def cancelled(self, source_type: str = "order") -> Billable:
        row = make_billable(make_customer(), source_type=source_type)
        return billables.cancel(row.pk, reason="Por error", actor=SYSTEM)

    def test_it_waits_again_as_it_was_and_can_be_invoiced(self, company):
        gone = self.cancelled()
        again = restoring.restore_billable(gone.pk, actor=SYSTEM)
        assert (again.status, again.key, again.amount, again.customer) == (
            "waiting", gone.key, gone.amount, gone.customer,
        )  # fmt: skip
        assert list(again.lines.values_list("description", "unit_price")) == [
            *gone.lines.values_list("description", "unit_price")
        ]
        gone.refresh_from_db()
        assert (gone.status, gone.cancel_reason) == ("cancelled", "Por error")
        told = history("billing.billable", gone.pk).last()
        assert (told.action, told.after) == ("billable.restored", {"offered_as": again.pk})
        draft = DraftInput(customer_id=again.customer_id, billable_ids=(again.pk,))
        assert workflow.draft(draft, actor=SYSTEM).total == gone.amount

    def test_not_what_is_not_cancelled_nor_what_another_took_the_place_of(self, company):
        gone = self.cancelled()
        again = restoring.restore_billable(gone.pk, actor=SYSTEM)
        assert refusal(restoring.restore_billable, again.pk) == "billable_not_cancelled"
        assert refusal(restoring.restore_billable, gone.pk) == "billable_replaced"
        billables.cancel(again.pk, reason="Otra vez", actor=SYSTEM)
        assert refusal(restoring.restore_billable, gone.pk) == "billable_replaced"
        assert Billable.objects.count() == 2

    def test_not_for_a_customer_off_the_lists(self, company):
        gone = self.cancelled()
        customers.hide(gone.customer_id, actor=SYSTEM)
        assert refusal(restoring.restore_billable, gone.pk) == "customer_hidden"

    def test_who_may_not_cancel_may_not_take_it_back(self, company):
        gone = self.cancelled()
        with pytest.raises(Forbidden):
            restoring.restore_billable(gone.pk, actor=actor(Role.AUDITOR))


class TestTheButtonOfTheMessage:
    def test_a_billable_cancelled_by_mistake(self, owner):
        billable = make_billable(make_customer(), source_type="order")
        page = undo(owner, f"/pendientes/{billable.pk}/cancelar/", reason="Por error")
        assert "Pendiente cancelado" in page
        assert Billable.objects.waiting().get().key == billable.key

    def test_a_customer_hidden_by_mistake(self, owner):
        customer = make_customer()
        assert "Cliente retirado" in undo(owner, f"/clientes/{customer.pk}/retirar/")
        assert Customer.objects.live().filter(pk=customer.pk).exists()

    def test_a_product(self, owner):
        product = make_product()
        undo(owner, f"/productos/{product.pk}/retirar/")
        assert Product.objects.live().filter(pk=product.pk).exists()

    def test_a_draft(self, owner):
        draft = make_draft()
        undo(owner, f"/facturas/{draft.pk}/descartar/")
        assert Document.objects.invoices().filter(pk=draft.pk).exists()

    def test_a_payment_method_switched_off(self, owner):
        method = PaymentMethod.objects.get()
        url = f"/cobros/metodos/{method.pk}/"
        typed = filled(owner, url, {})
        typed.pop("active")
        undo(owner, url, **typed)
        assert PaymentMethod.objects.get().active
