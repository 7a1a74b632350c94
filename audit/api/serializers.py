"""The shape of audit's resources."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audit.labels import label
from audit.models import AuditEntry
from audit.queries import Verdict


class AuditEventSerializer(serializers.ModelSerializer):
    """One entry of the log; `position` is its place in the company's chain."""

    position = serializers.IntegerField(source="seal.position", read_only=True, allow_null=True)
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    before = serializers.DictField(read_only=True, allow_null=True)
    after = serializers.DictField(read_only=True, allow_null=True)

    class Meta:
        model = AuditEntry
        fields = [
            "id", "position", "at", "action", "label", "actor_kind", "actor_label", "actor_user", "door", "object_type",
            "object_id", "object_label", "document_id", "before", "after", "reason", "request_id", "correlation_id",
            "address",
        ]  # fmt: skip

    def get_label(self, entry: AuditEntry) -> str:
        """Return the Spanish sentence of the action."""
        return str(label(entry.action).text)


class EventSerializer(serializers.Serializer):
    """The envelope of an event (for the API's description; `audit.events.envelope` makes it)."""

    id = serializers.IntegerField(help_text="Its position: gap-free commit order within the company.")
    type = serializers.CharField()
    company_id = serializers.IntegerField()
    occurred_at = serializers.DateTimeField()
    correlation_id = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]
    message = serializers.CharField(required=False, help_text="With `messages=true`: a sentence for people.")
    level = serializers.ChoiceField(["info", "success", "warning", "danger"], required=False)


class EventListSerializer(serializers.Serializer):
    """A stretch of events; `position` is where the next request goes on (`after`)."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    position = serializers.IntegerField()
    results = EventSerializer(many=True)


class BrokenLinkSerializer(serializers.Serializer):
    """One broken link of the chain."""

    code = serializers.CharField()
    position = serializers.IntegerField()
    entry_id = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()


class VerdictSerializer(serializers.Serializer):
    """Whether the log is intact, and what is not."""

    intact = serializers.BooleanField()
    length = serializers.IntegerField()
    head = serializers.CharField(help_text="SHA-256 of the last link, in hex.")
    published = serializers.IntegerField(help_text="Position of the published head it was compared with, 0 for none.")
    problems = serializers.SerializerMethodField()

    @extend_schema_field(BrokenLinkSerializer(many=True))
    def get_problems(self, verdict: Verdict) -> Any:
        """Return the broken links."""
        return BrokenLinkSerializer(verdict.problems, many=True).data
