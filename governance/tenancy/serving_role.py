"""Privileges that the serving role must not have in a database, as queries for psycopg and Django alike.

A role that may create objects can shadow names that the owner's functions use. So the serving role creates none: no
temporary objects, and nothing in any schema. And functions that run as their owner search `pg_temp` last
(`search_path`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import LiteralString

# One row for each excessive privilege; the roles must exist. `public` means every role.
EXCESSIVE: LiteralString = """
    SELECT format('%s of %s on the database', might, role)
      FROM unnest(ARRAY['public', 'memstore_app']) role, unnest(ARRAY['CONNECT', 'TEMPORARY', 'CREATE']) might
     WHERE has_database_privilege(role, current_database(), might) AND (role, might) <> ('memstore_app', 'CONNECT')
    UNION ALL
    SELECT format('CREATE of memstore_app on schema %s', nspname) FROM pg_namespace
     WHERE nspname !~ '^pg_(temp|toast)' AND has_schema_privilege('memstore_app', oid, 'CREATE')
    UNION ALL
    SELECT format('ownership of the database by %s', datdba::regrole) FROM pg_database
     WHERE datname = current_database() AND pg_has_role('memstore_app', datdba, 'MEMBER')
    UNION ALL
    SELECT format('membership of memstore_app in %s', rolname) FROM pg_roles
     WHERE rolname <> 'memstore_app' AND pg_has_role('memstore_app', oid, 'MEMBER')
       AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolname IN ('memstore_owner', 'memstore_auth')
            OR rolname ~ '^pg_(execute|write|read_server|read_all_data|maintain)')
"""
# Functions that run as their owner and may search `pg_temp` before other schemas: first the product's own, then all
# that the serving role may call.
UNGUARDED: LiteralString = """
    SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
     WHERE p.prosecdef AND r.rolname IN ('memstore_owner', 'memstore_auth') AND NOT EXISTS (
           SELECT 1 FROM unnest(p.proconfig) setting WHERE setting ~ '^search_path=pg_catalog,.*[ ,]pg_temp$')
     ORDER BY 1
"""
CALLABLE_UNGUARDED: LiteralString = """
    SELECT p.oid::regprocedure::text FROM pg_proc p
     WHERE p.prosecdef AND has_function_privilege('memstore_app', p.oid, 'EXECUTE')
       AND has_schema_privilege('memstore_app', p.pronamespace, 'USAGE')
       AND NOT EXISTS (SELECT 1 FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
       AND NOT EXISTS (
           SELECT 1 FROM unnest(p.proconfig) setting WHERE setting ~ '^search_path=pg_catalog,.*[ ,]pg_temp$')
     ORDER BY 1
"""
# One row of three booleans: the session may bypass row-level security or manage roles (as superuser, BYPASSRLS or
# CREATEROLE), owns a table, or owns a function that runs as its owner; by itself, by RESET ROLE to its login, or by
# SET ROLE from there.
MIGHTY: LiteralString = """
    SELECT coalesce(bool_or(r.rolsuper OR r.rolbypassrls OR r.rolcreaterole), false),
           coalesce(bool_or(EXISTS (
               SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname IN ('public', 'pgmq') AND c.relkind IN ('r', 'p')
                  AND pg_has_role(r.oid, c.relowner, 'MEMBER'))), false),
           coalesce(bool_or(EXISTS (
               SELECT 1 FROM pg_proc p WHERE p.prosecdef AND pg_has_role(r.oid, p.proowner, 'MEMBER'))), false)
      FROM pg_roles r WHERE pg_has_role(session_user, r.oid, 'MEMBER') OR pg_has_role(current_user, r.oid, 'MEMBER')
"""
