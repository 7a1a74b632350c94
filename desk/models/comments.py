"""What people write beside things and for each other, and the files they keep there."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.tenancy import CompanyForeignKey, CompanyModel


class Comment(CompanyModel):
    """A note on a thing (`customer` 12, `invoice` 34 …), by whom and when; withdrawn, never deleted."""

    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    text = models.TextField(_("nota"), max_length=4000)
    author = models.ForeignKey(
        "companies.User", verbose_name=_("autor"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    author_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("nota")
        verbose_name_plural = _("notas")
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="a_comment_says_something")]
        indexes = [models.Index(fields=["company", "object_type", "object_id", "-id"], name="comment_by_object")]

    def __str__(self) -> str:
        return self.text[:80]


class Mention(CompanyModel):
    """A comment names a colleague, who is told and may say that it was read."""

    comment = CompanyForeignKey(Comment, related_name="mentions")
    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mención")
        verbose_name_plural = _("menciones")
        constraints = [
            models.UniqueConstraint(fields=["company", "comment", "user"], name="one_mention_per_comment_and_person"),
        ]
        indexes = [
            models.Index(fields=["company", "user"], condition=Q(read_at=None), name="mention_unread"),
        ]

    def __str__(self) -> str:
        return str(self.comment)


class Attachment(CompanyModel):
    """A file kept beside a thing; withdrawn, its bytes stay (D28)."""

    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    name = models.CharField(_("archivo"), max_length=200)
    path = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("adjunto")
        verbose_name_plural = _("adjuntos")
        indexes = [models.Index(fields=["company", "object_type", "object_id", "-id"], name="attachment_by_object")]

    def __str__(self) -> str:
        return self.name
