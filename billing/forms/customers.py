"""The customer form and its contacts."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Customer, CustomerContact, CustomerKind, IdentificationType
from core.forms import AmountField, ShapeForm


class ContactForm(ShapeForm):
    """A person at the customer."""

    class Meta:
        model = CustomerContact
        fields = ["name", "email", "phone", "position", "receives_documents"]
        widgets = {
            "name": forms.TextInput(attrs={"cell": "w-quarter"}),
            "email": forms.EmailInput(attrs={"cell": "w-quarter"}),
            "receives_documents": forms.CheckboxInput(attrs={"cell": "w-num"}),
        }
        labels = {"receives_documents": _("Documentos")}


ContactRows = forms.formset_factory(ContactForm, extra=1, can_delete=True, max_num=50)


class CustomerForm(ShapeForm):
    """A buyer's data; the workflow checks the identification and looks for duplicates."""

    credit_limit = AmountField(
        label=_("Límite de crédito"), required=False, help_text=_("Avisa al pasarse; no impide.")
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields = [
            "identification_type",
            "identification",
            "name",
            "trade_name",
            "email",
            "phone",
            "address",
            "fiscal_status",
            "kind",
            "payment_days",
            "credit_limit",
            "notes",
        ]
        widgets = {
            "phone": forms.TextInput(attrs={"type": "tel"}),
            "payment_days": forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
            "notes": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {"payment_days": _("Vacío: los de la empresa.")}

    def __init__(self, data: Any = None, files: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, files, initial=initial)
        with_contacts = data is not None and "contacts-TOTAL_FORMS" in data  # the dialog of a combobox shows none
        self.contacts = ContactRows(
            data if with_contacts else None, prefix="contacts", initial=(initial or {}).get("contacts")
        )
        kinds = [choice for choice in IdentificationType.choices if choice[0] != IdentificationType.FINAL_CONSUMER]
        self.fields["identification_type"].choices = kinds  # type: ignore[attr-defined]
        own = CustomerKind.objects.filter(Q(active=True) | Q(pk=(initial or {}).get("kind")))
        if own:
            self.fields["kind"].queryset = own  # type: ignore[attr-defined]
        else:
            del self.fields["kind"]

    def is_valid(self) -> bool:
        """Check the contacts, where they were sent, together with the customer; put them beside its values."""
        both = [super().is_valid(), not self.contacts.is_bound or self.contacts.is_valid()]
        if all(both) and self.contacts.is_bound:
            rows = [form.cleaned_data for form in self.contacts.forms if form not in self.contacts.deleted_forms]
            self.cleaned_data["contacts"] = [row for row in rows if row.get("name")]
        return all(both)
