"""Opens a company in a fresh installation, and prints what a program needs to bill for it."""

import json

import django

django.setup()

from companies import api_keys  # noqa: E402
from companies.roles import PERMISSIONS  # noqa: E402
from core.tenancy import company_context  # noqa: E402
from tests.factories import actor, make_company, make_customer, make_user  # noqa: E402

company = make_company(e_invoicing=True)
owner = make_user(company)
with company_context(company.pk):
    made = api_keys.create(name="Tienda", scopes=sorted(PERMISSIONS), actor=actor(user_id=owner.pk))
    print(json.dumps({"secret": made.secret, "customer": make_customer().pk}))
