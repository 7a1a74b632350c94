"""The shapes of certificates. What opens one is taken and never given."""

from rest_framework import serializers

from core.shapes import Id, Shape
from sri.models import Certificate
from sri.workflow import days_left

STATES = ("active", "future", "expired", "retired")


class CertificateSerializer(Shape):
    """A company's signing certificate."""

    id = Id()
    holder = serializers.CharField()
    issuer = serializers.CharField(help_text="The certification authority.")
    serial = serializers.CharField(help_text="Decimal.")
    ruc = serializers.CharField(help_text="The company's RUC where the certificate names it, else empty.")
    fingerprint = serializers.CharField(help_text="SHA-256 of the certificate.")
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    state = serializers.ChoiceField([(state, state) for state in STATES])
    days_left = serializers.SerializerMethodField()
    uploaded_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)

    def get_days_left(self, certificate: Certificate) -> int:
        """Return how many days remain, a begun one counted."""
        return days_left(certificate)


class CertificateInputSerializer(serializers.Serializer):
    """A certificate file of at most 200 KB (.p12 or .pfx), and its password."""

    file = serializers.FileField()
    password = serializers.CharField(max_length=200, default="", allow_blank=True, trim_whitespace=False)


class CertificateCheckSerializer(Shape):
    """How a certificate is, after opening it again."""

    state = serializers.ChoiceField([(state, state) for state in STATES])
    days_left = serializers.IntegerField()
    problem = serializers.CharField(help_text="Why it cannot sign although it should, in Spanish; else empty.")
    problem_code = serializers.CharField()
