"""Objects made over the serving role's connection, which shadow names that the owner's functions use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from tests.attacks.target import DATABASES, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.attacks.target import Target

# Every function that runs as its owner, with its schema, its path and an argument list that it accepts.
RUNS_AS_OWNER = """
    SELECT p.oid::regprocedure::text AS name, n.nspname, p.proname, r.rolname,
           coalesce((SELECT substr(s, 13) FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%'), '') AS path,
           coalesce((SELECT string_agg(CASE t.typname WHEN 'int4' THEN '1' WHEN 'date' THEN 'CURRENT_DATE'
                                       WHEN 'text' THEN '''x''' ELSE 'NULL' END
                                       || '::pg_catalog.' || quote_ident(t.typname), ', ' ORDER BY a.n)
                       FROM unnest(p.proargtypes) WITH ORDINALITY a(type, n)
                       JOIN pg_type t ON t.oid = a.type), '') AS given
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner
     WHERE p.prosecdef ORDER BY 1
"""
# Names that such functions are full of.
TYPES = (
    ("date", "date"),
    ("text", "text"),
    ("integer", "int4"),
    ("int4", "int4"),
    ("int8", "int8"),
    ("bigint", "int8"),
    ("uuid", "uuid"),
    ("bool", "bool"),
    ("bytea", "bytea"),
    ("varchar", "varchar"),
    ("interval", "interval"),
    ("timestamptz", "timestamptz"),
    ("timestamp", "timestamp"),
    ("float8", "float8"),
    ("json", "json"),
)
# Stable, so that it is asked once of a view even where no row is.
SPY = """
    CREATE FUNCTION pg_temp.spy() RETURNS pg_catalog.bool STABLE LANGUAGE plpgsql AS $$
    BEGIN
        IF current_user <> session_user THEN RAISE NOTICE 'ran as %', current_user; END IF;
        RETURN true;
    END $$
"""
FUNCTIONS = {
    "CREATE FUNCTION pg_temp.{}(pg_catalog.text, pg_catalog.date) RETURNS pg_catalog.date LANGUAGE sql AS"
    " 'SELECT CASE WHEN pg_temp.spy() THEN $2 END'": ("date_trunc", "to_char"),
    "CREATE FUNCTION pg_temp.{}(pg_catalog.text) RETURNS pg_catalog.text LANGUAGE sql AS"
    " 'SELECT CASE WHEN pg_temp.spy() THEN $1 END'": ("format", "to_regclass", "min", "max", "count", "abs", "now"),
}
OPERATOR_FUNCTION = (
    "CREATE FUNCTION pg_temp.same(pg_catalog.{0}, pg_catalog.{1}) RETURNS pg_catalog.bool LANGUAGE plpgsql AS"
    " 'BEGIN RETURN pg_temp.spy(); END'"
)
OPERATOR = "CREATE OPERATOR pg_temp.{2} (LEFTARG = pg_catalog.{0}, RIGHTARG = pg_catalog.{1}, FUNCTION = pg_temp.same)"
OPERANDS = (("text", "text"), ("varchar", "text"), ("uuid", "uuid"), ("int4", "int4"), ("int8", "int4"))


def attack(target: Target) -> Outcome:
    """Try the trick on each function of both databases, and ask for every right that would help it."""
    functions, ran, open_paths, rights = 0, set[str](), set[str](), set[str]()
    for alias in DATABASES:
        with target.connect(alias) as connection:
            found = connection.execute(RUNS_AS_OWNER).fetchall()
            rights |= {f"{alias}: {right}" for right in rights_gained(connection)}
        functions += len(found)
        open_paths |= {name for name, *_, path, _given in found if not is_closed(path)}
        ran |= try_each(partial(target.connect, alias), found)
    seen = f"{functions} functions run as their owner"
    seen += f"; ours ran in {', '.join(sorted(ran))}" if ran else "; nothing of ours ran in them"
    seen += f"; pg_temp is not last in {len(open_paths)}" if open_paths else "; pg_temp is last in each"
    seen += f"; gained {', '.join(sorted(rights))}" if rights else "; no right gained"
    return Outcome(held=functions > 0 and not (ran or open_paths or rights), seen=seen)


def is_closed(path: str) -> bool:
    """Return whether the path of a function looks up built-in names first and temporary ones last."""
    names = [name.strip() for name in path.split(",")]
    return len(names) > 1 and names[0] == "pg_catalog" and names[-1] == "pg_temp"


def try_each(connect: Callable[[], psycopg.Connection], functions: list[tuple[Any, ...]]) -> set[str]:
    """Return `function: role` for each of RUNS_AS_OWNER in which something of ours ran as another role than ours.

    Each gets a session of its own, in which nothing is planned or compiled before the shadows are there.
    """
    ran = set()
    for name, schema, function, *_, given in functions:
        with connect() as connection:
            heard: list[str] = []
            connection.add_notice_handler(partial(_hear, heard))
            cast_shadows(connection)
            try:
                connection.execute(f'SELECT * FROM "{schema}"."{function}"({given})'.encode())
            except psycopg.Error as error:
                heard.append(error.diag.message_primary or "")
            ran |= {f"{name}: {told.removeprefix('ran as ')}" for told in heard if told.startswith("ran as ")}
    return ran


def _hear(heard: list[str], notice: psycopg.errors.Diagnostic) -> None:
    heard.append(notice.message_primary or "")


def cast_shadows(connection: psycopg.Connection) -> int:
    """Make as many temporary types, tables, functions and operators as may be made. Returns how many were."""
    statements = [SPY]
    statements += [f'CREATE DOMAIN pg_temp."{name}" AS pg_catalog.{of} CHECK (pg_temp.spy())' for name, of in TYPES]
    tables = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND has_table_privilege(c.oid, 'SELECT')"
    ).fetchall()
    for (table,) in tables:
        statements.append(f'CREATE VIEW pg_temp."{table}" AS SELECT * FROM public."{table}" WHERE pg_temp.spy()')
        statements.append(f'GRANT ALL ON pg_temp."{table}" TO PUBLIC')
    for template, names in FUNCTIONS.items():
        statements += [template.format(name) for name in names]
    for left, right in OPERANDS:
        statements.append(OPERATOR_FUNCTION.format(left, right))
        statements += [OPERATOR.format(left, right, sign) for sign in ("=", "<>", ">", "-", "||")]
    return sum(_done(connection, statement) for statement in statements)


def rights_gained(connection: psycopg.Connection) -> set[str]:
    """Return the rights of the connection that it must not have."""
    schemas = [row[0] for row in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")]
    asked = {
        "temporary objects": "CREATE TEMPORARY TABLE shadow (id pg_catalog.int4)",
        "SET ROLE memstore_owner": "SET ROLE memstore_owner",
        "SET ROLE memstore_auth": "SET ROLE memstore_auth",
        "SET SESSION AUTHORIZATION": "SET SESSION AUTHORIZATION memstore_owner",
        "a schema": "CREATE SCHEMA shadow",
        "a trusted extension": "CREATE EXTENSION citext",
        "an event trigger": "CREATE EVENT TRIGGER shadow ON ddl_command_end EXECUTE FUNCTION memstore_append_only()",
        "replica mode": "SET session_replication_role = replica",
        "a default right": "ALTER DEFAULT PRIVILEGES FOR ROLE memstore_owner GRANT ALL ON TABLES TO memstore_app",
    }
    asked |= {
        f"a function in {schema}": f'CREATE FUNCTION "{schema}".shadow() RETURNS pg_catalog.int4 LANGUAGE sql'
        " AS 'SELECT 1'"
        for schema in schemas
    }
    tables = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname !~ '^(pg_|information_schema)' AND c.relkind IN ('r', 'p')"
        " AND (has_table_privilege(c.oid, 'TRIGGER') OR has_table_privilege(c.oid, 'REFERENCES'))"
    ).fetchall()
    gained = {f"triggers on {schema}.{table}" for schema, table in tables}
    for right, statement in asked.items():
        with connection.transaction(force_rollback=True):
            if _done(connection, statement):
                gained.add(right)
    return gained


def _done(connection: psycopg.Connection, statement: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except psycopg.Error:
        return False
    return True
