"""The wall around billing's rows."""

from django.db import migrations

from core.operations import CompanyWalls


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_documents_and_what_they_need"), ("core", "0001_company_wall_functions")]
    operations = [
        CompanyWalls(
            "Customer",
            "CustomerContact",
            "Product",
            "Establishment",
            "EmissionPoint",
            "Series",
            "NumberGap",
            "Billable",
            "BillableLine",
            "Document",
            "DocumentLine",
            "DocumentTax",
            "DocumentPayment",
            "CustomerCredit",
            "Settlement",
            "DocumentFile",
            "BulkDownload",
        ),
    ]
