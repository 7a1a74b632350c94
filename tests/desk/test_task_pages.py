"""What people see of tasks: the list, the page of one, the tray, its file, trying again; and who sees which."""

import pytest
from django.core.files.base import ContentFile

from desk import task_files
from desk.models import Task
from tests.factories import make_invoice, pay
from tests.tasks import start, worked

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def clerk(as_role):
    return as_role("billing")


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def voided_but_one(clerk) -> Task:
    first, second = make_invoice(), make_invoice()
    pay(second, str(second.total))
    start(clerk, "billing:invoices", "void", {"pk": [first.pk, second.pk], "reason": "Error"})
    return worked()


def test_the_page_says_what_was_done_and_why_the_rest_was_not(clerk):
    task = voided_but_one(clerk)
    page = text_of(clerk.get(f"/tareas/{task.pk}/"))
    assert "<strong>1</strong> hechos" in page
    refused = task.items.get(state="refused")
    assert refused.message in page
    assert f'<a href="/facturas/{refused.object_id}/">' in page
    assert f"/tareas/{task.pk}/repetir/" in page


def test_what_was_refused_is_tried_again_as_a_new_task(clerk):
    task = voided_but_one(clerk)
    again = clerk.post(f"/tareas/{task.pk}/repetir/")["Location"]
    assert again == f"/tareas/{Task.objects.latest('pk').pk}/"
    assert Task.objects.latest("pk").total == 1


def test_before_anything_is_voided_the_page_says_how_many_and_asks_why(clerk):
    invoice = make_invoice()
    path = "/tareas/nueva/billing:invoices/void/"
    asked = clerk.post(path, {"pk": [invoice.pk]})
    assert "Marcada en la lista: 1." in text_of(asked)
    assert not Task.objects.exists()
    refused = clerk.post(path, {"_start": "1", "pk": [invoice.pk], "reason": ""})
    assert refused.status_code == 422
    assert f'name="pk" value="{invoice.pk}"' in text_of(refused)
    assert not Task.objects.exists()


def test_while_it_runs_the_page_and_the_tray_ask_again_and_afterwards_no_more(clerk):
    start(clerk, "billing:invoices", "mail", {"pk": [make_invoice().pk]})
    task = Task.objects.get()
    page = text_of(clerk.get(f"/tareas/{task.pk}/", **HTMX))
    assert 'hx-trigger="every 1s"' in page
    assert "<html" not in page
    assert "every 2s" in text_of(clerk.get("/tareas/bandeja/", **HTMX))
    worked()
    tray = text_of(clerk.get("/tareas/bandeja/", **HTMX))
    assert "every 2s" not in tray
    assert "Tareas: 1 sin ver" in tray
    assert "every 1s" not in text_of(clerk.get(f"/tareas/{task.pk}/"))
    assert "sin ver" not in text_of(clerk.get("/tareas/bandeja/", **HTMX))


def test_another_s_task_is_seen_by_who_manages_the_company_and_nobody_else(clerk, as_role):
    task = voided_but_one(clerk)
    owner, cashier = as_role("owner"), as_role("cashier")
    assert task.title in text_of(owner.get("/tareas/"))
    assert task.title not in text_of(cashier.get("/tareas/"))
    for path in (f"/tareas/{task.pk}/", f"/tareas/{task.pk}/archivo/"):
        assert cashier.get(path).status_code == 404
    assert cashier.post(f"/tareas/{task.pk}/repetir/").status_code == 403
    listed = cashier.get(f"/tareas/elementos/?task={task.pk}")
    assert list(listed.context["table"].rows) == []


def test_its_file_is_sent_once_it_is_done(clerk):
    start(clerk, "billing:invoices", "mail", {"pk": [make_invoice().pk]})
    task = Task.objects.get()
    assert clerk.get(f"/tareas/{task.pk}/archivo/").status_code == 404
    worked()
    task_files.keep_file(task, ContentFile(b"PK"), "facturas.zip")
    answer = clerk.get(f"/tareas/{task.pk}/archivo/")
    assert answer["Content-Disposition"] == 'attachment; filename="facturas.zip"'
    assert b"".join(answer.streaming_content) == b"PK"


def test_an_act_that_a_list_does_not_offer_is_not_there(clerk):
    assert clerk.post("/tareas/nueva/billing:customers/void/", {"all": "1"}).status_code == 404
    assert clerk.post("/tareas/nueva/nowhere/void/", {"all": "1"}).status_code == 404
