"""The shapes of companies' resources."""

from typing import Any

from rest_framework import serializers

from companies import workflow
from companies.models import Company, Environment, Rimpe
from companies.roles import PERMISSIONS, Role
from core.shapes import Id, Moment, Number, Percent, Shape, Text

STATES = ("active", "expired", "revoked")


class TokenInputSerializer(serializers.Serializer):
    """Who signs in; `otp` where the second step is on."""

    username = serializers.CharField(max_length=254, help_text="The e-mail address.")
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    otp = serializers.CharField(
        max_length=20, required=False, allow_blank=True, help_text="Six digits, or a recovery code."
    )


class RefreshSerializer(serializers.Serializer):
    """A refresh token; each is taken once."""

    refresh = serializers.CharField(max_length=4000)


class PairSerializer(serializers.Serializer):
    """A token for fifteen minutes, and the one that gets the next pair."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class CompanyBriefSerializer(Shape):
    """A company one belongs to."""

    id = Id()
    name = serializers.SerializerMethodField()
    ruc = serializers.CharField()
    environment = serializers.ChoiceField(Environment.choices)

    def get_name(self, company: Company) -> str:
        """Return the name people know it by."""
        return str(company)


class PersonSerializer(Shape):
    """A person."""

    id = Id()
    email = serializers.EmailField()
    name = serializers.CharField()


class BelongingSerializer(Shape):
    """A company of the person's, and their role there."""

    company = CompanyBriefSerializer()
    role = serializers.ChoiceField(Role.choices)


class MeSerializer(serializers.Serializer):
    """Who is calling, in which company, allowed what."""

    kind = serializers.ChoiceField([("user", "user"), ("api_key", "api_key")])
    name = serializers.CharField(help_text="As the log names the caller: a person's name, a key's name.")
    user = PersonSerializer(allow_null=True)
    company = CompanyBriefSerializer(allow_null=True)
    role = serializers.ChoiceField(Role.choices, allow_null=True)
    permissions = serializers.ListField(child=serializers.CharField())
    companies = BelongingSerializer(many=True, help_text="Name one of them in X-Company.")


class MailsSerializer(Shape):
    """What the caller, a person, is told by mail in this company."""

    mails_mentions = serializers.BooleanField(help_text="When a colleague names them in a note.")


class CompanySerializer(Shape):
    """The company's profile."""

    id = Id()
    ruc = serializers.CharField()
    environment = serializers.ChoiceField(Environment.choices, help_text="SRI table 4; for life.")
    legal_name = serializers.CharField()
    trade_name = serializers.CharField()
    address = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    keeps_accounts = serializers.BooleanField()
    special_taxpayer = serializers.CharField()
    withholding_agent = serializers.CharField()
    rimpe = serializers.ChoiceField(Rimpe.choices)
    e_invoicing = serializers.BooleanField()
    time_zone = serializers.CharField()
    payment_days = serializers.IntegerField()
    discount_limit = Percent(allow_null=True, help_text="The most off, in percent, without approval; null: no limit.")
    mails_documents = serializers.BooleanField(help_text="Documents are mailed to customers by themselves.")
    mails_receipts = serializers.BooleanField(help_text="A receipt is mailed at each payment.")
    has_logo = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    def get_has_logo(self, company: Company) -> bool:
        """Say whether documents show a logo."""
        return bool(company.logo)

    def get_warnings(self, company: Company) -> list[str]:
        """Return what looks wrong and is nobody's to forbid."""
        return workflow.warnings(company)


class CompanyInputSerializer(serializers.Serializer):
    """What may change in a profile; what is left out stays."""

    ruc = Text(max_length=20)
    legal_name = serializers.CharField(max_length=300)
    trade_name = Text()
    address = Text()
    email = serializers.EmailField(allow_blank=True)
    phone = Text(max_length=30)
    keeps_accounts = serializers.BooleanField()
    special_taxpayer = Text(max_length=13)
    withholding_agent = Text(max_length=8)
    rimpe = serializers.ChoiceField(Rimpe.choices)
    e_invoicing = serializers.BooleanField()
    time_zone = serializers.CharField(max_length=40)
    payment_days = serializers.IntegerField(min_value=0, max_value=32_767)
    discount_limit = Number(allow_null=True, help_text="0 to 100; null: no limit.")
    mails_documents = serializers.BooleanField()
    mails_receipts = serializers.BooleanField()


class LogoInputSerializer(serializers.Serializer):
    """An image of at most 1 MB: PNG, JPEG, WebP or GIF."""

    logo = serializers.FileField()


class MemberSerializer(Shape):
    """A person's access to the company."""

    id = Id()
    user = PersonSerializer()
    role = serializers.ChoiceField(Role.choices)
    state = serializers.ChoiceField([("active", "active"), ("inactive", "inactive")])
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class RoleInputSerializer(serializers.Serializer):
    """Another role."""

    role = serializers.ChoiceField(Role.choices)


class EndAccessInputSerializer(serializers.Serializer):
    """What goes with the access."""

    revoke_keys = serializers.BooleanField(default=True, help_text="Also revoke the API keys the person made.")


class InvitationSerializer(Shape):
    """Somebody who was asked to join."""

    id = Id()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    state = serializers.ChoiceField([(state, state) for state in ("invited", "expired", "accepted", "revoked")])
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    mailed_at = serializers.DateTimeField(allow_null=True)
    mail_problem = serializers.CharField()


class InvitationInputSerializer(serializers.Serializer):
    """Somebody to ask."""

    email = serializers.EmailField(max_length=254)
    name = Text(max_length=150)
    role = serializers.ChoiceField(Role.choices)


class ApiKeySerializer(Shape):
    """Another system's key; its secret is nowhere."""

    id = Id()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the key begins.")
    scopes = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField([(state, state) for state in STATES])
    created_by = PersonSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewApiKeySerializer(ApiKeySerializer):
    """A key just made, with its secret, this once."""

    secret = serializers.CharField(help_text="Shown once: only its hash is kept.")


class ApiKeyInputSerializer(serializers.Serializer):
    """A key to make."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=len(PERMISSIONS),
        help_text="Permissions, each held by the caller.",
    )
    expires_at = Moment(required=False, allow_null=True, help_text="A year from now when left out.")


def without_nulls(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was sent as null, so that the workflow's own defaults hold."""
    return {name: value for name, value in values.items() if value is not None}
