"""The shape of where a document stands with SRI."""

from typing import Any

from rest_framework import serializers

from billing import sri_story
from billing.models import Document, SriAuthorization, Stage, Transmission


class SriMessageSerializer(serializers.Serializer):
    """One of SRI's messages, and what to do about it."""

    code = serializers.CharField(help_text="SRI's `identificador`.")
    text = serializers.CharField(help_text="SRI's words.")
    info = serializers.CharField(help_text="What SRI adds; may be empty.")
    advice = serializers.CharField(help_text="What a person does about it, in Spanish.")
    warning = serializers.BooleanField(help_text="It stops nothing.")


class SriSerializer(serializers.Serializer):
    """How far a document's way to SRI has come."""

    stage = serializers.ChoiceField(Stage.choices, help_text="What its transmission does next.")
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True, help_text="When SRI said that it has it.")
    authorized_at = serializers.DateTimeField(allow_null=True)
    authorization_number = serializers.CharField(allow_null=True, help_text="The access key, as a rule.")
    problem = serializers.CharField(help_text="What the last attempt met with; empty when nothing is the matter.")
    messages = SriMessageSerializer(many=True, help_text="Of SRI's last answer that had any.")


def standing(document: Document) -> dict[str, Any] | None:
    """Return where a document stands with SRI, None where it does not go there."""
    row = Transmission.objects.filter(document=document).first() if document.access_key else None
    if row is None:
        return None
    word = SriAuthorization.objects.filter(document=document).only("number").first() if document.authorized_at else None
    messages = sri_story.messages_of(row)
    values = {
        "stage": row.stage,
        "attempts": row.attempts,
        "next_attempt_at": row.next_attempt_at,
        "received_at": row.received_at,
        "authorized_at": document.authorized_at,
        "authorization_number": word.number if word else None,
        "problem": row.problem,
        "messages": [
            {"code": each.code, "text": each.text, "info": each.info, "advice": each.advice, "warning": each.is_note}
            for each in messages
        ],
    }
    return dict(SriSerializer(values).data)
