"""The product form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Product
from core.forms import AmountField, ShapeForm


class ProductForm(ShapeForm):
    """A good or service; the workflow checks price and code."""

    unit_price = AmountField(label=_("Precio"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Product
        fields = ["code", "auxiliary_code", "name", "unit_price", "price_includes_tax", "tax_category"]
