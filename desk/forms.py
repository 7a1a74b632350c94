"""The forms of desk's pages: shape only."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CommentForm(forms.Form):
    """A note beside a thing."""

    text = forms.CharField(label=_("Nota"), widget=forms.Textarea(attrs={"rows": 3}), required=False)


class AttachmentForm(forms.Form):
    """A file to keep beside a thing."""

    file = forms.FileField(label=_("Archivo"), max_length=500, allow_empty_file=True)
