"""The wall around all that desk keeps."""

from django.db import migrations

from core.operations import CompanyWalls


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_tasks_imports_views_and_comments"), ("companies", "0002_walls")]
    operations = [
        CompanyWalls(
            "Task", "TaskItem", "Import", "ImportRow", "SavedView", "FormDraft", "Comment", "Mention", "Attachment"
        ),
    ]
