"""The seal: at commit the database itself chains each audit entry to the one before.

The trigger is deferred, so the lock on the company's head is the last a transaction takes (it cannot
deadlock) and `position` is commit order. It runs as the owner: the application may not write the chain.
"""

from django.conf import settings
from django.db import migrations

from core.operations import CompanyWalls

FUNCTIONS = """
-- The digest names its columns one by one, so that a column added later leaves old seals valid.
CREATE FUNCTION audit_digest(previous bytea, e audit_auditentry) RETURNS bytea
LANGUAGE sql STABLE SET timezone = 'UTC' SET datestyle = 'ISO, YMD' AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        e.id, e.company_id, e.at, e.actor_kind, e.actor_label, e.actor_user_id, e.door, e.action, e.object_type,
        e.object_id, e.object_label, e.document_id, e.before, e.after, e.reason, e.public, e.request_id,
        e.correlation_id, e.address)::text, 'UTF8'))
$$;

CREATE FUNCTION audit_seal_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head audit_audithead;
BEGIN
    INSERT INTO audit_audithead (company_id, position, hash) VALUES (NEW.company_id, 0, ''::bytea)
        ON CONFLICT (company_id) DO NOTHING;
    SELECT * INTO head FROM audit_audithead WHERE company_id = NEW.company_id FOR UPDATE;
    UPDATE audit_audithead SET position = head.position + 1, hash = audit_digest(head.hash, NEW)
        WHERE company_id = NEW.company_id RETURNING * INTO head;
    INSERT INTO audit_auditseal (company_id, position, entry_id, hash)
        VALUES (NEW.company_id, head.position, NEW.id, head.hash);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER audit_entry_is_sealed AFTER INSERT ON audit_auditentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_seal_entry();
"""

DROP_FUNCTIONS = """
DROP TRIGGER audit_entry_is_sealed ON audit_auditentry;
DROP FUNCTION audit_seal_entry();
DROP FUNCTION audit_digest(bytea, audit_auditentry);
"""

WALLS = """
ALTER TABLE audit_auditseal ENABLE ROW LEVEL SECURITY;
CREATE POLICY company_wall ON audit_auditseal USING
    (company_id = (SELECT app_company_id()) OR (SELECT app_all_companies()));
ALTER TABLE audit_audithead ENABLE ROW LEVEL SECURITY;
CREATE POLICY company_wall ON audit_audithead USING
    (company_id = (SELECT app_company_id()) OR (SELECT app_all_companies()));
"""

DROP_WALLS = """
DROP POLICY company_wall ON audit_auditseal;
ALTER TABLE audit_auditseal DISABLE ROW LEVEL SECURITY;
DROP POLICY company_wall ON audit_audithead;
ALTER TABLE audit_audithead DISABLE ROW LEVEL SECURITY;
"""


def revoke_writes(apps, schema_editor):
    """Leave the application what the log needs: reading all, adding entries, thinning the access log."""
    application = schema_editor.quote_name(settings.DATABASES["default"]["USER"])
    for table, rights in {
        "audit_auditentry": "UPDATE, DELETE, TRUNCATE",
        "audit_auditseal": "INSERT, UPDATE, DELETE, TRUNCATE",
        "audit_audithead": "INSERT, UPDATE, DELETE, TRUNCATE",
        "audit_accessentry": "UPDATE, TRUNCATE",
    }.items():
        schema_editor.execute(f"REVOKE {rights} ON {table} FROM {application}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_log"), ("core", "0001_company_wall_functions")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(WALLS, DROP_WALLS),
        CompanyWalls("AuditEntry"),
        CompanyWalls("AccessEntry", open_to_none=True),
        migrations.RunPython(revoke_writes, migrations.RunPython.noop),
    ]
