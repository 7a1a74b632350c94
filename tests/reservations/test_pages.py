"""The pages of reservations."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Billable, Customer, CustomerKind, Document
from companies.roles import Role
from core import clock
from core.tenancy import company_context
from payments.models import PaymentMethod
from reservations import workflow
from reservations.holding import HoldInput, hold
from reservations.invoicing import ChargeInput
from reservations.models import Blackout, Court, Holiday, Rate, Reservation, Venue
from tests.factories import SYSTEM, make_company, make_customer, make_product, make_user
from tests.reservations.factories import (
    FRIDAY,
    MONDAY,
    at,
    book,
    confirmed,
    make_court,
    make_priced_court,
    make_rate,
    make_venue,
    spans,
)

NO_LINES = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}


def signed_in(company, role):
    client = Client()
    client.force_login(make_user(company, role))
    return client


@pytest.fixture
def desk(company):
    """Return the browser of somebody at the front desk."""
    return signed_in(company, Role.FRONTDESK)


@pytest.fixture
def owner(company):
    return signed_in(company, Role.OWNER)


def url(name, *args):
    return reverse(f"reservations:{name}", args=args)


def typed(court, start="18:00", slots=1, day=MONDAY, **values):
    """Return what the booking form sends."""
    customer = values.pop("customer", None) or make_customer().pk
    chosen = {"court": court.pk, "day": day.isoformat(), "starts_at": at(start, day).isoformat(), "slots": slots}
    return NO_LINES | chosen | {"customer": customer} | values


def cells(response, kind):
    return [cell for row in response.context["grid"].rows for cell in row.cells if cell.kind == kind]


# The day


def test_the_day_shows_courts_across_and_hours_down(desk):
    venue = make_venue(name="Norte")
    make_rate(venue)
    first, second = (make_court(venue, name=name, opens="16:00", closes="20:00") for name in ("Uno", "Dos"))
    book(first, "18:00", "20:00", customer_name="Equipo Rayo")
    answer = desk.get(url("grid"))
    assert answer.context["title"] == "Lunes 16 de noviembre de 2026"
    assert [column.name for column in answer.context["grid"].columns] == [second.name, first.name]
    assert [row.label for row in answer.context["grid"].rows] == ["16:00", "17:00", "18:00", "19:00"]
    (booked,) = cells(answer, "booked")
    assert (booked.title, booked.detail, booked.rowspan, booked.tone) == ("Equipo Rayo", "18:00–20:00", 2, "warn")
    assert len(cells(answer, "free")) == 6
    assert answer.context["occupancy"] == Decimal("25.0")
    assert "ocupación de hoy 25 %" in answer.content.decode()


def test_a_free_slot_leads_to_the_booking_form_with_the_slot_chosen(desk):
    court = make_priced_court(opens="10:00", closes="12:00")
    link = cells(desk.get(url("grid")), "free")[1].url
    assert parse_qs(urlsplit(link).query) == {
        "court": [str(court.pk)],
        "day": ["2026-11-16"],
        "starts_at": ["2026-11-16T11:00:00-05:00"],
    }
    form = desk.get(link).context["form"]
    assert (form["court"].value(), form["starts_at"].value(), form["slots"].value()) == (
        court.pk,
        "2026-11-16T11:00:00-05:00",
        1,
    )


def test_a_booking_begun_in_the_week_comes_back_to_the_week(desk):
    court = make_priced_court(opens="10:00", closes="12:00")
    link = cells(desk.get(url("week"), {"court": court.pk}), "free")[0].url
    page = desk.get(link)
    assert page.context["cancel_url"] == f"{url('week')}?day=2026-11-16&court={court.pk}"
    booked = desk.post(link, typed(court, "10:00"))
    assert booked["Location"] == f"{url('week')}?day=2026-11-16&court={court.pk}"
    make_court(court.venue, opens="10:00", closes="12:00")
    link = next(cell.url for cell in cells(desk.get(url("week")), "free") if f"court={court.pk}&" in cell.url)
    booked = desk.post(link, typed(court, "11:00"))
    assert booked["Location"] == f"{url('week')}?day=2026-11-16&venue={court.venue_id}"


def test_closures_and_rules_belong_to_courts_and_rates_in_the_menu(owner):
    current = 'href="/reservas/configuracion/" title="Canchas y tarifas" aria-current="page"'
    for page in ("setup", "closed_times", "blackout_new", "holiday_new", "rules"):
        text = owner.get(url(page)).text
        assert current in text, page
        assert text.count('class="nav-link"') > text.count('aria-current="page"') == 1, page
    assert current not in owner.get(url("grid")).text


def test_the_hours_after_midnight_stand_at_the_end_of_the_evening(desk):
    court = make_priced_court(hours=spans("22:00", "02:00", [4]))
    book(court, "24:00", "25:00", day=FRIDAY)
    friday = desk.get(url("grid"), {"day": FRIDAY.isoformat()})
    assert [row.label for row in friday.context["grid"].rows] == ["22:00", "23:00", "00:00", "01:00"]
    assert [cell.starts for cell in cells(friday, "booked")] == [24 * 60]
    saturday = desk.get(url("grid"), {"day": (FRIDAY + timedelta(days=1)).isoformat()})
    assert saturday.context["grid"].rows == []
    assert "Nada abre este día" in saturday.content.decode()


def test_courts_of_different_slot_lengths_share_the_steps(desk):
    venue = make_venue()
    make_rate(venue)
    make_court(venue, name="A", opens="08:00", closes="11:00", slot_minutes=90)
    make_court(venue, name="B", opens="08:00", closes="10:00", slot_minutes=60)
    with clock.at(at("07:00")):
        grid = desk.get(url("grid")).context["grid"]
    assert [row.label for row in grid.rows] == ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30"]
    assert [[(cell.kind, cell.rowspan) for cell in row.cells] for row in grid.rows] == [
        [("free", 3), ("free", 2)],
        [],
        [("free", 2)],
        [("free", 3)],
        [("closed", 2)],
        [],
    ]


def test_what_is_over_cannot_be_clicked_and_now_is_marked(desk):
    make_priced_court(opens="07:00", closes="11:00")
    answer = desk.get(url("grid"))
    assert [cell.kind for row in answer.context["grid"].rows for cell in row.cells] == ["past", "past", "free", "free"]
    assert [row.is_now for row in answer.context["grid"].rows] == [False, False, True, False]


def test_nobody_came_is_shown_once_the_hour_is_over(desk):
    court = make_priced_court(opens="10:00", closes="12:00")
    reservation = confirmed(court, "10:00", "11:00")
    with clock.at(at("10:30")):
        workflow.no_show(reservation.pk, actor=SYSTEM)
        assert cells(desk.get(url("grid")), "booked") == []
    with clock.at(at("11:00")):
        assert [cell.tone for cell in cells(desk.get(url("grid")), "booked")] == ["bad"]


def test_the_day_of_one_venue(desk):
    court, _other = make_priced_court(name="Uno"), make_priced_court(name="Dos")
    answer = desk.get(url("grid"), {"venue": court.venue_id})
    assert [column.name for column in answer.context["grid"].columns] == ["Uno"]


def test_a_nonsense_day_is_today(desk):
    make_priced_court()
    assert desk.get(url("grid"), {"day": "nunca", "venue": "x"}).context["day"] == MONDAY


def test_who_only_looks_is_offered_no_slot(company):
    make_priced_court()
    answer = signed_in(company, Role.AUDITOR).get(url("grid"))
    assert cells(answer, "free") == []
    assert cells(answer, "open")
    assert url("new") not in answer.content.decode()


# The week


def test_the_week_of_a_court_shows_days_across(desk):
    court = make_priced_court(opens="16:00", closes="20:00")
    book(court, "18:00", "20:00", day=FRIDAY, customer_name="Equipo Rayo")
    answer = desk.get(url("week"), {"day": FRIDAY.isoformat(), "court": court.pk})
    assert answer.context["title"] == "Semana del 16 al 22 de noviembre de 2026"
    assert [column.name for column in answer.context["grid"].columns] == [
        "lun 16", "mar 17", "mié 18", "jue 19", "vie 20", "sáb 21", "dom 22",
    ]  # fmt: skip
    assert [column.is_today for column in answer.context["grid"].columns] == [True] + 6 * [False]
    (booked,) = cells(answer, "booked")
    assert (booked.title, booked.detail, booked.rowspan) == ("Equipo Rayo", "18:00–20:00", 2)
    assert len(cells(answer, "free")) == 26
    assert (answer.context["previous"], answer.context["next"]) == ("2026-11-13", "2026-11-27")


def test_the_week_of_a_venue_has_its_courts_under_each_day(desk):
    venue = make_venue()
    make_rate(venue)
    for name in ("A", "B"):
        make_court(venue, name=name, opens="16:00", closes="20:00")
    other = make_priced_court()
    grid = desk.get(url("week"), {"venue": venue.pk}).context["grid"]
    assert [(group.name, group.span) for group in grid.groups][:2] == [("lun 16", 2), ("mar 17", 2)]
    assert [column.name for column in grid.columns] == 7 * ["A", "B"]
    assert other.name not in {column.name for column in grid.columns}


def test_more_courts_than_one_can_tell_apart_show_the_first_alone(desk):
    venue = make_venue()
    make_rate(venue)
    for number in range(9):
        make_court(venue, name=f"Cancha {number}", position=number)
    answer = desk.get(url("week"))
    assert answer.context["grid"].groups == []
    assert str(answer.context["form"].initial["court"]) == "Cancha 0"


def test_day_and_week_lead_to_each_other_with_day_and_venue(desk):
    court = make_priced_court()
    chosen = {"day": FRIDAY.isoformat(), "venue": court.venue_id}
    query = f"?day=2026-11-20&venue={court.venue_id}"
    assert desk.get(url("grid"), chosen).context["week_url"] == url("week") + query
    assert desk.get(url("week"), chosen).context["day_url"] == url("grid") + query
    assert desk.get(url("grid"), chosen).context["grid"].columns[0].url == f"{url('week')}{query}&court={court.pk}"


@pytest.mark.parametrize("bookings", [1, 6])
def test_the_week_takes_as_many_queries_for_one_booking_as_for_six(desk, bookings, django_assert_max_num_queries):
    court = make_priced_court()
    for number in range(bookings):
        book(court, f"{10 + number}:00", f"{11 + number}:00")
    with django_assert_max_num_queries(19):
        desk.get(url("week"))


# What is closed, held, paid


def test_what_is_closed_is_hatched_with_its_reason_in_one_piece(desk):
    court = make_priced_court(opens="10:00", closes="15:00")
    book(court, "12:00", "13:00")
    Blackout.objects.create(court=court, period=(at("11:15"), at("14:00")), reason="Mantenimiento del césped")
    answer = desk.get(url("grid"))
    blocked = cells(answer, "blocked")
    assert [(cell.starts, cell.ends, cell.title) for cell in blocked] == [
        (660, 720, "Mantenimiento del césped"),
        (780, 840, "Mantenimiento del césped"),
    ]
    assert [cell.starts for cell in cells(answer, "free")] == [600, 840]
    assert "Mantenimiento del césped" in answer.content.decode()


def test_a_closed_holiday_says_which(desk):
    make_priced_court(opens="10:00", closes="15:00")
    Holiday.objects.create(day=FRIDAY, name="Independencia de Cuenca", closed=True)
    (cell,) = cells(desk.get(url("week")), "blocked")
    assert (cell.title, cell.rowspan) == ("Independencia de Cuenca", 5)


def test_a_hold_says_how_long_it_lasts_and_is_gone_when_it_is_over(desk):
    court = make_priced_court()
    entered = HoldInput(court_id=court.pk, starts_at=at("18:00"), ends_at=at("19:00"), customer_name="Pedro")
    held = hold(entered, actor=SYSTEM)
    with clock.at(held.held_until - timedelta(minutes=7, seconds=30)):
        (cell,) = cells(desk.get(url("grid")), "booked")
        assert (cell.detail, cell.tone) == ("18:00–19:00 · quedan 8 min", "brand")
    with clock.at(held.held_until):
        assert cells(desk.get(url("grid")), "booked") == []


def test_a_paid_booking_says_so_in_words(desk):
    court = make_priced_court()
    confirmed(court, "18:00", "19:00", charge=ChargeInput(PaymentMethod.objects.get().pk))
    confirmed(court, "19:00", "20:00")
    assert [(cell.paid, cell.label.endswith(", pagada")) for cell in cells(desk.get(url("grid")), "booked")] == [
        (True, True),
        (False, False),
    ]


def test_a_booking_s_links_are_its_own(desk):
    court = make_priced_court()
    reservation = confirmed(court)
    (cell,) = cells(desk.get(url("grid")), "booked")
    assert (cell.url, cell.move) == (reservation.get_absolute_url(), f"/reservas/{reservation.pk}/mover/")
    assert (cell.court, cell.at, cell.version) == (court.pk, "2026-11-16T18:00:00-05:00", reservation.version)


def test_a_name_is_not_taken_for_html(desk):
    book(make_priced_court(), customer_name='<b>"Equipo" & Cía</b>')
    page = desk.get(url("grid")).content.decode()
    assert "<b>" not in page
    assert "&lt;b&gt;&quot;Equipo&quot; &amp; Cía&lt;/b&gt;" in page


def test_the_drawer_shows_the_booking_without_the_shell(desk):
    reservation = confirmed(make_priced_court(), customer_name="Equipo Rayo")
    answer = desk.get(reservation.get_absolute_url(), headers={"HX-Request": "true", "HX-Target": "drawer-body"})
    page = answer.content.decode()
    assert "<html" not in page
    assert "Equipo Rayo" in page
    assert url("charge", reservation.pk) in page


@pytest.mark.parametrize("courts", [1, 6])
def test_the_day_takes_as_many_queries_for_one_court_as_for_six(desk, courts, django_assert_max_num_queries):
    venue = make_venue()
    make_rate(venue)
    for _ in range(courts):
        book(make_court(venue))
    with django_assert_max_num_queries(18):
        desk.get(url("grid"))


# Booking


def test_booking_from_the_grid_comes_back_to_the_grid(desk):
    court = make_priced_court()
    answer = desk.post(url("new"), typed(court, slots=2, notes="Traen red"))
    reservation = Reservation.objects.get()
    assert (reservation.status, reservation.ends_at, reservation.notes) == ("confirmed", at("20:00"), "Traen red")
    assert (answer.status_code, answer["Location"]) == (302, "/reservas/?day=2026-11-16")


def test_only_asking_leaves_the_booking_requested(desk):
    desk.post(url("new"), typed(make_priced_court(), then="request"))
    assert Reservation.objects.get().status == "requested"
    assert not Billable.objects.exists()


def test_booking_and_charging_is_one_press(desk):
    method = PaymentMethod.objects.get()
    desk.post(url("new"), typed(make_priced_court(), then="charge", method=method.pk))
    document = Document.objects.get()
    assert (document.status, document.number, document.total) == ("paid", "001-001-000000001", Decimal("20.00"))


def test_a_new_customer_is_typed_in_the_same_form(desk):
    new = {"new_identification_type": "06", "new_identification": "AB123456", "new_name": "Turista", "new_phone": "09"}
    desk.post(url("new"), typed(make_priced_court(), **new) | {"customer": ""})
    assert Reservation.objects.get().customer == Customer.objects.get(identification="AB123456")


def test_extras_are_booked_with_the_court(desk):
    product = make_product(name="Pelotas", unit_price=Decimal("4.50"), price_includes_tax=True)
    lines = {"lines-TOTAL_FORMS": "2", "lines-0-product": product.pk, "lines-0-quantity": "2",
             "lines-1-description": "Chalecos", "lines-1-quantity": "1", "lines-1-unit_price": "3,00"}  # fmt: skip
    desk.post(url("new"), typed(make_priced_court()) | lines)
    reservation = Reservation.objects.get()
    assert reservation.total == Decimal("32.00")
    assert [line.description for line in reservation.lines.filter(kind="extra")] == ["Pelotas", "Chalecos"]


def test_a_taken_slot_comes_back_with_everything_typed_and_who_has_it(desk):
    court = make_priced_court(name="Cancha 1")
    book(court, customer_name="Ana Mora")
    answer = desk.post(url("new"), typed(court, notes="Traen red"))
    assert answer.status_code == 409
    assert "R-000001, Ana Mora" in answer.content.decode()
    assert answer.context["form"]["notes"].value() == "Traen red"
    assert (at("18:00").isoformat(), "18:00") in answer.context["form"].fields["starts_at"].widget.choices


def test_what_is_missing_is_said_at_its_field(desk):
    answer = desk.post(url("new"), typed(make_priced_court()) | {"customer": "", "starts_at": "pronto"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"starts_at": ["Elija una hora de la lista."]}
    answer = desk.post(url("new"), typed(make_priced_court()) | {"customer": ""})
    assert answer.context["form"].errors == {"customer": ["Elija el cliente, o escriba los datos de uno nuevo."]}


def test_a_line_is_added_without_javascript(desk):
    answer = desk.post(url("new"), typed(make_priced_court(), add_line="1"))
    assert answer.status_code == 200
    assert len(answer.context["formset"].forms) == 1
    assert not answer.context["form"].errors
    assert not Reservation.objects.exists()


def test_customers_are_found_while_one_types_without_another_dialog(desk):
    make_customer(name="José Ñáñez", identification="P77001")
    make_customer(name="Otra")
    for text in ("nanez", "77001"):
        answer = desk.get(url("customer_options"), {"customer_text": text})
        assert [option["label"] for option in answer.context["options"]] == ["José Ñáñez"]
        assert "data-href" not in answer.content.decode()


def test_the_price_follows_what_is_typed(desk):
    court = make_court()
    make_rate(court.venue, "20.00", price_includes_tax=False, name="Tarifa única")
    answer = desk.post(url("new_preview"), typed(court, slots=2))
    assert [(row["label"].split(":")[0], row["value"]) for row in answer.context["totals_rows"]] == [
        ("Tarifa única", Decimal("40.00")),
        ("IVA 15 %", Decimal("6.00")),
    ]
    assert answer.context["grand_total"] == Decimal("46.00")
    assert 'hx-swap-oob="true"' in answer.content.decode()
    assert not Reservation.objects.exists()


def test_the_price_says_why_there_is_none(desk):
    answer = desk.post(url("new_preview"), typed(make_court()))
    assert answer.context["grand_total"] is None
    assert "no tiene tarifa" in answer.context["warnings"][0]


def test_another_day_offers_the_free_hour_nearest_to_the_chosen_one(desk):
    court = make_priced_court()
    book(court, "18:00", "20:00", day=FRIDAY)
    form = desk.post(url("new_preview"), typed(court, "18:00", 2) | {"day": FRIDAY.isoformat()}).context["form"]
    assert form["starts_at"].value() == at("17:00", FRIDAY).isoformat()
    assert form.fields["slots"].widget.choices == [("1", "1 h, hasta las 18:00")]
    assert form["slots"].value() == 1


def test_a_length_that_no_longer_fits_is_priced_as_the_longest_that_does(desk):
    court = make_priced_court("20.00", closes="22:00")
    answer = desk.post(url("new_preview"), typed(court, "21:00", 3))
    assert (answer.context["form"]["slots"].value(), answer.context["grand_total"]) == (1, Decimal("20.00"))


def test_a_customer_who_has_a_court_at_that_hour_already_is_warned_of_and_booked_all_the_same(desk):
    court, other = make_priced_court(), make_priced_court()
    team = make_customer(name="Los Lunes")
    taken = book(other, "18:00", "19:00", customer_id=team.pk)
    said = "Los Lunes ya tiene una reserva a esa hora"
    assert said in desk.post(url("new_preview"), typed(court, "18:00", customer=team.pk)).text
    assert taken.code in desk.post(url("new_preview"), typed(court, "17:00", slots=2, customer=team.pk)).text
    for apart in (typed(court, "19:00", customer=team.pk), typed(court, "18:00"), typed(court, "18:00", day=FRIDAY)):
        assert said not in desk.post(url("new_preview"), apart).text
    assert desk.post(url("new"), typed(court, "18:00", customer=team.pk)).status_code == 302
    workflow.cancel(taken.pk, reason="Llueve", actor=SYSTEM)
    assert taken.code not in desk.post(url("new_preview"), typed(court, "18:00", customer=team.pk)).text


def test_consumidor_final_is_many_people(desk):
    everybody = Customer.objects.get(identification_type="07").pk
    court = make_priced_court()
    book(make_priced_court(), "18:00", "19:00", customer_id=everybody)
    preview = desk.post(url("new_preview"), typed(court, "18:00", customer=everybody))
    assert "a esa hora" not in preview.text


def test_the_price_follows_the_customers_kind_while_it_is_typed(desk):
    court = make_priced_court("20.00")
    club = CustomerKind.objects.create(name="Socios")
    make_rate(court.venue, "12.00", customer_kind_id=club.pk)
    member = make_customer(kind=club)
    preview = desk.post(url("new_preview"), typed(court, customer=member.pk))
    assert preview.context["grand_total"] == Decimal("12.00")


def test_lengths_go_as_far_as_the_court_is_free(desk):
    court = make_priced_court(closes="22:00")
    form = desk.get(url("new"), {"court": court.pk, "day": "2026-11-16", "starts_at": at("20:00").isoformat()})
    assert form.context["form"].fields["slots"].widget.choices == [
        ("1", "1 h, hasta las 21:00"),
        ("2", "2 h, hasta las 22:00"),
    ]


def test_the_booking_form_opens_where_nothing_can_be_booked(desk):
    assert desk.get(url("new"), {"court": "x", "day": "x", "starts_at": "x"}).status_code == 200


# One booking


def buttons(answer):
    primary = answer.context["primary"]
    return [str(button.label) for button in ([primary] if primary else []) + list(answer.context["others"])]


def test_each_state_has_its_buttons(desk):
    reservation = book(make_priced_court())
    page = url("detail", reservation.pk)
    assert buttons(desk.get(page)) == ["Confirmar"]
    desk.post(url("confirm", reservation.pk))
    assert buttons(desk.get(page)) == ["Facturar y cobrar", "Solo facturar", "Registrar llegada", "No asistió"]
    desk.post(url("invoice", reservation.pk))
    assert buttons(desk.get(page)) == ["Facturar y cobrar", "Registrar llegada", "No asistió"]
    workflow.invoice(reservation.pk, issue=True, actor=SYSTEM)
    assert buttons(desk.get(page)) == ["Cobrar", "Registrar llegada", "No asistió"]
    desk.post(url("charge", reservation.pk), {"method": PaymentMethod.objects.get().pk, "amount": "20,00"})
    assert buttons(desk.get(page)) == ["Registrar llegada", "No asistió"]
    with clock.at(at("18:00")):
        desk.post(url("check_in", reservation.pk))
        assert buttons(desk.get(page)) == ["Completar"]
        desk.post(url("complete", reservation.pk))
        assert buttons(desk.get(page)) == []


def test_who_only_looks_has_no_buttons(company):
    answer = signed_in(company, Role.AUDITOR).get(url("detail", confirmed().pk))
    assert (buttons(answer), answer.context["menu"]) == ([], [])


def test_the_story_of_a_booking_and_its_money_is_told(desk):
    reservation = confirmed()
    workflow.charge(reservation.pk, workflow.ChargeInput(PaymentMethod.objects.get().pk), actor=SYSTEM)
    answer = desk.get(url("detail", reservation.pk))
    assert [str(step["label"]) for step in answer.context["timeline"]] == [
        "Reserva solicitada",
        "Reserva confirmada",
        "Borrador de factura creado",
        "Factura emitida",
        "Factura pagada",
        "Cobro registrado",
    ]
    assert "001-001-000000001" in answer.content.decode()


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        ("confirm", "reservation_confirmed"),
        ("complete", "reservation_confirmed"),
        ("check_in", "too_early"),
    ],
)
def test_a_refused_step_says_so_and_changes_nothing(desk, step, refusal):
    reservation = confirmed()
    answer = desk.post(url(step, reservation.pk))
    assert (answer.status_code, answer.context["refusal"].code) == (409, refusal)
    assert Reservation.objects.get().version == reservation.version


@pytest.mark.parametrize("step", ["confirm", "check_in", "complete", "invoice"])
def test_a_step_is_not_taken_by_a_link(desk, step):
    assert desk.get(url(step, book(make_priced_court()).pk)).status_code == 405


def test_a_booking_is_cancelled_with_its_consequences_told_first(desk):
    reservation = confirmed(make_priced_court(name="Cancha 1"))
    asked = desk.get(url("cancel", reservation.pk))
    assert [item["text"] for item in asked.context["consequences"]] == [
        "Cancha 1 queda libre a esa hora para otra persona.",
        "$ 20,00 dejan de estar por facturar.",
        "Una reserva cancelada no vuelve atrás.",
    ]
    refused = desk.post(url("cancel", reservation.pk), {"reason": " "})
    assert (refused.status_code, refused.context["form"].errors) == (
        422,
        {"reason": ["Escriba el motivo de la cancelación."]},
    )
    assert desk.post(url("cancel", reservation.pk), {"reason": "Lluvia"}).status_code == 302
    assert Reservation.objects.get().cancel_reason == "Lluvia"


def test_cancelling_what_is_invoiced_warns_and_is_refused(desk):
    reservation = confirmed()
    workflow.invoice(reservation.pk, issue=True, actor=SYSTEM)
    assert "anúlela" in desk.get(url("cancel", reservation.pk)).context["consequences"][1]["text"]
    assert desk.post(url("cancel", reservation.pk), {"reason": "Lluvia"}).status_code == 409


def test_a_requested_booking_is_edited(desk):
    extra = workflow.ExtraInput(quantity=Decimal(1), description="Chalecos", unit_price=Decimal("3.00"),
                                price_includes_tax=False, tax_category="zero")  # fmt: skip
    reservation = book(make_priced_court(), extras=(extra,))
    form = desk.get(url("edit", reservation.pk))
    assert form.context["grand_total"] == Decimal("23.00")
    sent = {"version": "1", "notes": "Red", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "1",
            "lines-0-description": "Chalecos", "lines-0-quantity": "2", "lines-0-unit_price": "3,00",
            "lines-0-tax_category": "zero", "lines-0-price_includes_tax": "False"}  # fmt: skip
    preview = desk.post(url("edit_preview", reservation.pk), sent)
    assert preview.context["grand_total"] == Decimal("26.00")
    assert desk.post(url("edit", reservation.pk), sent)["Location"] == url("detail", reservation.pk)
    changed = Reservation.objects.get()
    line = changed.lines.get(kind="extra")
    assert (changed.total, changed.notes) == (Decimal("26.00"), "Red")
    assert (line.tax_category, line.price_includes_tax) == ("zero", False)
    stale = desk.post(url("edit", reservation.pk), sent)
    assert stale.status_code == 412
    removed = desk.post(url("edit", reservation.pk), sent | {"version": "2", "lines-0-DELETE": "on"})
    assert (removed.status_code, Reservation.objects.get().total) == (302, Decimal("20.00"))


def test_the_invoice_of_a_booking_opens_as_a_draft(desk):
    reservation = confirmed()
    answer = desk.post(url("invoice", reservation.pk))
    assert answer["Location"] == reverse("billing:invoice", args=[Document.objects.get().pk])
    assert Document.objects.get().status == "draft"


def test_charging_suggests_what_is_owed(desk):
    reservation, method = confirmed(), PaymentMethod.objects.get()
    assert desk.get(url("charge", reservation.pk)).context["form"]["amount"].value() == "20"
    desk.post(url("charge", reservation.pk), {"method": method.pk, "amount": "5,00"})
    assert desk.get(url("charge", reservation.pk)).context["form"]["amount"].value() == "15"
    refused = desk.post(url("charge", reservation.pk), {"method": method.pk, "amount": "99,00"})
    assert refused.status_code == 422
    assert "$ 15,00" in refused.content.decode()


# The list


def test_the_list_shows_where_the_money_is_and_what_it_comes_to(desk):
    court = make_priced_court()
    book(court, "10:00", "11:00")
    confirmed(court, "12:00", "14:00")
    answer = desk.get(url("list"))
    assert [row.record.code for row in answer.context["table"].rows] == ["R-000002", "R-000001"]
    totals = desk.get(url("list_totals")).context["totals"]
    assert [total["value"] for total in totals] == ["2", "$ 60,00", "$ 40,00"]
    filtered = desk.get(url("list"), {"status": "requested"})
    assert [row.record.code for row in filtered.context["table"].rows] == ["R-000001"]
    assert desk.get(url("list"), {"sort": "-total"}).context["table"].rows[0].record.code == "R-000002"


# The setup


def test_a_venue_a_court_and_a_rate_are_set_up(owner):
    owner.post(url("venue_new"), {"name": "Complejo Norte", "address": "Quito"})
    venue = Venue.objects.get()
    hours = {"lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0", "lines-0-weekdays": ["0", "1", "2", "3"],
             "lines-0-opens": "06:00", "lines-0-closes": "23:00", "lines-1-weekdays": ["4", "5"],
             "lines-1-opens": "18:00", "lines-1-closes": "02:00"}  # fmt: skip
    court = {"name": "Uno", "detail": "Pádel", "slot_minutes": "90", "position": "0"}
    owner.post(f"{url('court_new')}?venue={venue.pk}", court | hours)
    rate = {"name": "Noche", "court": "", "weekdays": ["4", "5"], "starts": "18:00", "ends": "02:00",
            "unit_price": "25,00", "per": "slot", "price_includes_tax": "on", "tax_category": "general"}  # fmt: skip
    owner.post(f"{url('rate_new')}?venue={venue.pk}", rate)
    made = Rate.objects.get()
    assert (made.starts, made.ends, made.weekdays, made.unit_price) == (1080, 1560, [4, 5], Decimal("25.00"))
    assert Court.objects.get().hours.count() == 6
    (shown,) = owner.get(url("setup")).context["venues"]
    assert shown["courts"][0]["hours"] == "lun–jue 06:00–23:00 · vie, sáb 18:00–02:00"
    assert shown["rates"][0]["days"] == "vie, sáb"


def test_a_court_is_changed_with_its_hours_as_they_are(owner):
    court = make_court(hours=[*spans("06:00", "12:00", [0, 1]), *spans("18:00", "02:00", [4])])
    form = owner.get(url("court", court.pk)).context["formset"]
    assert [(line["weekdays"].value(), line["opens"].value()) for line in form] == [
        ([0, 1], form[0].initial["opens"]),
        ([4], form[1].initial["opens"]),
    ]
    sent = {"name": "Otra", "slot_minutes": "60", "position": "3", "active": "on", "version": "1",
            "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "1", "lines-0-weekdays": ["0"],
            "lines-0-opens": "06:00", "lines-0-closes": "06:00"}  # fmt: skip
    owner.post(url("court", court.pk), sent)
    changed = Court.objects.get()
    assert (changed.name, [str(row) for row in changed.hours.all()]) == ("Otra", ["lunes 06:00–06:00"])
    assert owner.post(url("court", court.pk), sent).status_code == 412


def test_two_rates_that_cannot_be_told_apart_are_refused_on_the_form(owner):
    venue = make_venue()
    rate = make_rate(venue, name="Única")
    other = make_rate(venue, weekdays=[0], name="Lunes")
    sent = {"name": "Lunes", "weekdays": [str(day) for day in range(7)], "starts": "00:00", "ends": "00:00",
            "unit_price": "9", "per": "hour", "tax_category": "general", "active": "on", "version": "1"}  # fmt: skip
    answer = owner.post(url("rate", other.pk), sent)
    assert answer.status_code == 422
    assert "«Única»" in answer.content.decode()
    assert owner.post(url("rate", rate.pk), sent | {"name": "Única"}).status_code == 302


def test_the_front_desk_sets_nothing_up(desk):
    court = make_priced_court()
    for page in (url("setup"), url("venue_new"), url("court", court.pk), url("rate", Rate.objects.get().pk)):
        assert desk.get(page).status_code == 403, page


def test_the_setup_begins_with_a_venue(owner):
    assert "Todavía no hay sedes" in owner.get(url("setup")).content.decode()


# The wall


def test_another_companys_booking_is_not_there(desk, owner):
    other = make_company()
    with company_context(other.pk):
        theirs = confirmed()
        rate = Rate.objects.get()
    for name in ("detail", "edit", "cancel", "charge"):
        assert desk.get(url(name, theirs.pk)).status_code == 404, name
    for name in ("confirm", "check_in", "complete", "no_show", "invoice", "edit_preview"):
        assert desk.post(url(name, theirs.pk)).status_code == 404, name
    for name, pk in (("venue", theirs.court.venue_id), ("court", theirs.court_id), ("rate", rate.pk)):
        assert owner.get(url(name, pk)).status_code == 404, name
    for name in ("court_new", "rate_new"):
        assert owner.get(url(name), {"venue": theirs.court.venue_id}).status_code == 404, name
    mine = make_priced_court()
    for change in ({"court": theirs.court_id}, {"customer": theirs.customer_id}):
        assert desk.post(url("new"), typed(mine) | change).status_code == 422
    assert not Reservation.objects.exists()
