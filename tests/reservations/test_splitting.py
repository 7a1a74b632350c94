"""Several pay for one booking: the parts sum to the price to the cent, and each is billed and paid once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from audit.models import AuditEntry
from billing import billables, restoring
from billing import workflow as billing
from billing.billables import OfferedLine
from billing.drafts import DraftInput
from billing.models import Billable, Document, Status
from core.actor import Actor
from core.errors import WorkflowError
from core.money import CENT, ZERO
from payments.models import Payment, PaymentMethod
from reservations import moving, parts, splitting, workflow
from reservations.invoicing import ChargeInput
from reservations.models import Reservation, Share
from reservations.pricing import ExtraInput
from reservations.splitting import ShareInput
from tests.factories import SYSTEM, actor, make_billable, make_customer, pay
from tests.reservations.factories import at, book, confirmed, make_priced_court

pytestmark = pytest.mark.django_db


def money(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def people(number: int, *amounts: str) -> list[ShareInput]:
    typed = money(*amounts) or [None] * number
    return [ShareInput(make_customer().pk, amount) for amount in typed]


def split(reservation: Reservation, number: int = 4, *amounts: str, by: Actor = SYSTEM) -> list[Share]:
    return splitting.split(reservation.pk, people(number, *amounts), actor=by)


def cash(**values) -> ChargeInput:
    return ChargeInput(PaymentMethod.objects.order_by("pk")[0].pk, **values)


def charge(share: Share, by: Actor = SYSTEM, **values) -> Document:
    return splitting.charge_share(share.reservation_id, share.pk, cash(**values), actor=by)


def refused(act) -> WorkflowError:
    before = figures()
    with pytest.raises(WorkflowError) as refusal, transaction.atomic():
        act()
    assert figures() == before
    return refusal.value


def figures() -> tuple:
    return (
        list(Billable.objects.order_by("pk").values_list("key", "status", "amount")),
        list(Share.objects.order_by("pk").values_list("pk", "superseded_at")),
        Document.objects.count(),
        Payment.objects.count(),
    )


def said(reservation: Reservation) -> str:
    return Reservation.objects.with_billing().get(pk=reservation.pk).billing_said


# Arithmetic


@given(st.decimals("0.01", "99999.99", places=2), st.integers(1, 60))
def test_equal_parts_sum_to_the_price_and_the_first_takes_the_cents(total, people):
    if total < CENT * people:
        with pytest.raises(ValueError, match="cannot be divided"):
            parts.equal(total, people)
        return
    first, *others = parts.equal(total, people)
    assert sum(others, first) == total
    assert len(set(others)) <= 1
    assert all(ZERO <= first - other < CENT * people for other in others)


@given(st.data())
def test_every_part_and_every_kind_of_money_keep_their_sums(data):
    kinds = data.draw(st.lists(st.decimals("0.01", "500.00", places=2), min_size=1, max_size=5))
    total = sum(kinds, ZERO)
    edges = sorted(data.draw(st.sets(st.integers(1, int(total * 100)), max_size=12)))
    cuts = [*edges, int(total * 100)] if not edges or edges[-1] != int(total * 100) else edges
    amounts = [(end - start) * CENT for start, end in zip([0, *cuts], cuts, strict=False)]
    rows = parts.by_kind(amounts, kinds)
    assert [sum(row, ZERO) for row in rows] == amounts
    assert [sum(column, ZERO) for column in zip(*rows, strict=True)] == kinds
    assert all(cut >= ZERO for row in rows for cut in row)


@pytest.mark.parametrize("seed", range(4))
def test_shares_of_mixed_taxes_are_billed_at_exactly_their_amounts(company, seed):
    """Whatever the prices are made of, each share's invoice is its amount, and all together are the price."""
    extras = [
        ExtraInput(Decimal(3), description="Agua", unit_price=Decimal("0.37"), price_includes_tax=False,
                   tax_category="zero"),
        ExtraInput(Decimal(1), description="Red", unit_price=Decimal("7.77"), price_includes_tax=False),
        ExtraInput(Decimal(2), description="Luz", unit_price=Decimal("1.11"), tax_category="construction"),
    ][: seed % 4]  # fmt: skip
    reservation = confirmed(make_priced_court(["20.00", "13.33", "0.07", "99.99"][seed]), extras=tuple(extras))
    shares = split(reservation, 3 + seed)
    assert sum(share.amount for share in shares) == reservation.total
    for share in shares:
        waiting = Billable.objects.get(key=share.key)
        assert (waiting.amount, waiting.source_amount) == (share.amount, reservation.total)
        entered = DraftInput(customer_id=share.customer_id, billable_ids=(waiting.pk,))
        assert billing.draft(entered, actor=SYSTEM).total == share.amount
    connection.check_constraints()


# Splitting


def test_four_share_a_booking_and_the_first_takes_the_cents(company):
    reservation = confirmed(make_priced_court("20.03", name="Cancha 1"), "20:00", "21:00")
    shares = split(reservation)
    assert [share.amount for share in shares] == money("5.03", "5.00", "5.00", "5.00")
    waiting = Billable.objects.live().order_by("pk")
    assert [row.customer_id for row in waiting] == [share.customer_id for share in shares]
    assert waiting[0].description == "Parte 1 de 4 · Cancha 1, 16/11/2026 20:00–21:00"
    assert waiting[0].lines.get().description == waiting[0].description
    assert said(reservation) == "Sin facturar"
    connection.check_constraints()


def test_typed_amounts_must_sum_to_the_price(company):
    reservation = confirmed(make_priced_court("20.00"))
    refusal = refused(lambda: split(reservation, 2, "12.00", "7.50"))
    assert (refusal.code, refusal.extra) == ("shares_do_not_add_up", {"left": "20.00", "missing": "0.50"})
    assert "faltan $ 0,50" in refusal.message
    assert [share.amount for share in split(reservation, 2, "12.50", "7.50")] == money("12.50", "7.50")


@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        (("20.00", "0.00"), "amount_not_positive"),
        (("19.995", "0.005"), "amount_too_precise"),
        (("30.00", "-10.00"), "amount_not_positive"),
    ],
)
def test_a_part_is_a_positive_amount_in_cents(company, amounts, code):
    reservation = confirmed(make_priced_court("20.00"))
    assert refused(lambda: split(reservation, 2, *amounts)).code == code


def test_all_parts_are_typed_or_none_is(company):
    reservation = confirmed(make_priced_court("20.00"))
    shares = [ShareInput(make_customer().pk, Decimal("5.00")), ShareInput(make_customer().pk)]
    refusal = refused(lambda: splitting.split(reservation.pk, shares, actor=SYSTEM))
    assert refusal.code == "share_amounts_incomplete"
    assert refused(lambda: splitting.split(reservation.pk, [], actor=SYSTEM)).code == "shares_required"
    assert refused(lambda: split(reservation, 51)).code == "too_many_shares"
    assert refused(lambda: split(confirmed(make_priced_court("0.03")), 4)).code == "too_little_to_split"


def test_only_what_was_promised_is_split(company):
    court = make_priced_court()
    assert refused(lambda: split(book(court))).code == "reservation_requested"
    gone = workflow.cancel(confirmed(court, "10:00", "11:00").pk, reason="Llueve", actor=SYSTEM)
    assert refused(lambda: split(gone)).code == "reservation_cancelled"


def test_splitting_again_replaces_and_joining_puts_it_back(company):
    reservation = confirmed(make_priced_court("20.00"))
    first = split(reservation)
    second = split(reservation, 2)
    assert Share.objects.present().count() == 2
    assert refused(lambda: charge(first[0])).code == "share_superseded"
    assert {row.key for row in Billable.objects.live()} == {share.key for share in second}
    splitting.join(reservation.pk, actor=SYSTEM)
    (whole,) = Billable.objects.live()
    assert (whole.key, whole.amount) == (f"reservation:{reservation.pk}", Decimal("20.00"))
    assert not Share.objects.present().exists()
    assert refused(lambda: splitting.join(reservation.pk, actor=SYSTEM)).code == "not_split"
    actions = AuditEntry.objects.filter(object_id=reservation.pk, object_type="reservations.reservation")
    assert list(actions.order_by("pk").values_list("action", flat=True))[-3:] == [
        "reservation.split", "reservation.split", "reservation.joined",
    ]  # fmt: skip


def test_what_is_on_a_document_is_not_divided(company):
    reservation = confirmed(make_priced_court("20.00"))
    draft = workflow.invoice(reservation.pk, actor=SYSTEM)
    refusal = refused(lambda: split(reservation))
    assert (refusal.code, refusal.extra["document_id"]) == ("share_on_document", draft.pk)
    billing.discard(draft.pk, actor=SYSTEM)
    shares = split(reservation)
    invoice = charge(shares[0])
    refusal = refused(lambda: splitting.join(reservation.pk, actor=SYSTEM))
    assert (refusal.code, refusal.extra["document_id"]) == ("share_on_document", invoice.pk)
    assert invoice.number in refusal.message


def test_the_rest_of_a_part_paid_booking_is_divided_among_others(company):
    reservation = confirmed(make_priced_court("20.00"))
    shares = split(reservation)
    charge(shares[1])
    again = split(reservation, 2)
    assert [(share.position, share.amount) for share in again] == [
        (1, Decimal("7.50")), (2, Decimal("5.00")), (3, Decimal("7.50")),
    ]  # fmt: skip
    assert refused(lambda: split(reservation, 2, "10.00", "10.00")).code == "shares_do_not_add_up"
    for share in again:
        if share.pk != shares[1].pk:
            charge(share)
    assert refused(lambda: split(reservation)).code == "share_on_document"
    assert said(reservation) == "Pagada"
    connection.check_constraints()


def test_the_database_refuses_shares_that_do_not_sum_to_the_price(company):
    reservation = confirmed(make_priced_court("20.00"))
    split(reservation)
    Share.objects.filter(position=1).update(superseded_at=reservation.created_at)
    with pytest.raises(IntegrityError, match="do not sum to its price"), transaction.atomic():
        connection.check_constraints()
    Share.objects.filter(position=1).update(superseded_at=None)


def test_a_source_never_offers_more_than_it_is_worth(company):
    reservation = confirmed(make_priced_court("20.00"))
    split(reservation)
    line = OfferedLine("De más", Decimal(1), CENT, price_includes_tax=True, tax_category="general")
    refusal = refused(
        lambda: billables.offer(
            source_type="reservation", source_id=reservation.pk, source_label=reservation.code, key="otra",
            customer_id=make_customer().pk, description="De más", service_date=reservation.starts_at.date(),
            lines=[line], source_amount=reservation.total, actor=SYSTEM,
        )
    )  # fmt: skip
    assert refusal.code == "source_exceeded"


# Price and time


def test_equal_shares_follow_the_price_until_one_is_invoiced(company):
    reservation = confirmed(make_priced_court("20.00"))
    split(reservation, 3)
    moving.change_price(reservation.pk, Decimal("10.00"), reason="Socio", actor=SYSTEM)
    assert [row.amount for row in Share.objects.present()] == money("3.34", "3.33", "3.33")
    charge(Share.objects.present()[0])
    refusal = refused(lambda: moving.change_price(reservation.pk, Decimal("9.00"), reason="Socio", actor=SYSTEM))
    assert refusal.code == "price_is_invoiced"


def test_typed_shares_do_not_guess_another_price_but_move_along(company):
    court = make_priced_court("20.00")
    reservation = confirmed(court)
    split(reservation, 2, "15.00", "5.00")
    refusal = refused(lambda: moving.change_price(reservation.pk, Decimal("10.00"), reason="Socio", actor=SYSTEM))
    assert refusal.code == "shares_typed"
    moving.move(reservation.pk, court.pk, at("20:00"), actor=SYSTEM)
    assert [row.amount for row in Share.objects.present()] == money("15.00", "5.00")
    assert all("20:00–21:00" in row.description for row in Billable.objects.live())


# Paying


def test_each_pays_a_share_on_an_invoice_of_their_own(company):
    reservation = confirmed(make_priced_court("20.00"))
    shares = split(reservation)
    told = []
    for share in shares:
        invoice = charge(share, by=actor("frontdesk"))
        assert (invoice.status, invoice.total, invoice.customer_id) == (Status.PAID, share.amount, share.customer_id)
        told.append(said(reservation))
    assert told == ["1 de 4 pagada", "2 de 4 pagadas", "3 de 4 pagadas", "Pagada"]
    assert Payment.objects.count() == 4


def test_a_share_invoiced_and_not_paid_is_told_apart(company):
    reservation = confirmed(make_priced_court("20.00"))
    first, second = split(reservation, 2)
    splitting.invoice_share(reservation.pk, first.pk, issue=True, actor=SYSTEM)
    assert said(reservation) == "1 de 2 facturada"
    invoice = splitting.invoice_share(reservation.pk, second.pk, issue=True, actor=SYSTEM)
    assert said(reservation) == "Facturada"
    pay(invoice, "10.00")
    assert said(reservation) == "1 de 2 pagada"
    assert list(Reservation.objects.all().in_billing_state("invoiced")) == [reservation]
    assert Reservation.objects.all().unbilled() == ZERO


def test_paying_twice_and_paying_the_whole_of_a_split_are_refused(company):
    reservation = confirmed(make_priced_court("20.00"))
    share, _other = split(reservation, 2)
    charge(share)
    assert refused(lambda: charge(share)).code == "already_paid"
    assert refused(lambda: charge(share, amount=Decimal("1.00"))).code == "already_paid"
    assert refused(lambda: workflow.charge(reservation.pk, cash(), actor=SYSTEM)).code == "reservation_split"
    assert refused(lambda: workflow.invoice(reservation.pk, actor=SYSTEM)).code == "reservation_split"


def test_charging_a_booking_that_is_paid_says_so(company):
    reservation = confirmed(make_priced_court("20.00"))
    workflow.charge(reservation.pk, cash(), actor=SYSTEM)
    assert refused(lambda: workflow.charge(reservation.pk, cash(), actor=SYSTEM)).code == "already_paid"


def test_a_payment_refused_leaves_no_invoice(company):
    reservation = confirmed(make_priced_court("20.00"))
    share, _other = split(reservation, 2)
    assert refused(lambda: charge(share, amount=Decimal("10.01"))).code == "overpayment"


def test_a_share_of_another_booking_is_not_there(company):
    first, second = confirmed(make_priced_court()), confirmed(make_priced_court())
    share = split(first)[0]
    with pytest.raises(Share.DoesNotExist):
        splitting.charge_share(second.pk, share.pk, cash(), actor=SYSTEM)


def test_the_shares_of_a_cancelled_booking_are_not_joined_into_something_to_pay(company):
    reservation = confirmed(make_priced_court("20.00"))
    split(reservation, 2)
    workflow.cancel(reservation.pk, reason="Lluvia", actor=SYSTEM)
    assert refused(lambda: splitting.join(reservation.pk, actor=SYSTEM)).code == "reservation_cancelled"
    assert not Billable.objects.live().exists()


def test_a_share_offered_again_is_divided_again_at_its_price(company):
    reservation = confirmed(make_priced_court("20.00"))
    first, second = split(reservation, 2)
    gone = billables.cancel(Billable.objects.get(key=second.key).pk, reason="Por error", actor=SYSTEM)
    restoring.restore_billable(gone.pk, actor=SYSTEM)
    charge(first)
    assert [share.amount for share in split(reservation, 2)] == money("10.00", "5.00", "5.00")
    waiting = Billable.objects.waiting().values_list("amount", flat=True)
    assert sorted(waiting) == money("5.00", "5.00")


def test_a_share_whose_billable_was_cancelled_by_hand_can_be_divided_again(company):
    reservation = confirmed(make_priced_court("20.00"))
    first, second = split(reservation, 2)
    billables.cancel(Billable.objects.get(key=second.key).pk, reason="Invitado", actor=SYSTEM)
    assert refused(lambda: charge(second)).code == "nothing_to_invoice"
    charge(first)
    assert [share.amount for share in split(reservation, 1)] == money("10.00", "10.00")


def test_the_auditor_splits_nothing(company):
    reservation = confirmed(make_priced_court("20.00"))
    assert refused(lambda: split(reservation, by=actor("auditor"))).code == "permission_denied"
    make_billable(make_customer())
