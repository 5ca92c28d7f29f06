"""A table that counts attempts of unknown callers for all processes; only two functions of `memstore_auth` touch it."""

from django.db import migrations

TABLE = """
CREATE TABLE governance_attempt (
    bucket bytea PRIMARY KEY CHECK (length(bucket) = 32),
    n integer NOT NULL,
    ends_at timestamptz NOT NULL
)
"""
COUNT = """
CREATE FUNCTION memstore_count_attempt(wanted bytea, window_seconds integer)
RETURNS TABLE (n integer, seconds_left float8)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.governance_attempt AS a (bucket, n, ends_at)
    VALUES (wanted, 1, clock_timestamp() + make_interval(secs => window_seconds))
    ON CONFLICT (bucket) DO UPDATE SET
        -- Over when it has ended, or ends a window later than one that begins now: then a clock was set back. (One that
        -- ends a moment later was begun by another call while this one waited for it.)
        n = CASE WHEN a.ends_at > clock_timestamp()
                  AND a.ends_at <= excluded.ends_at + make_interval(secs => window_seconds)
                 THEN least(a.n, 1000000) + 1 ELSE 1 END,
        ends_at = CASE WHEN a.ends_at > clock_timestamp()
                        AND a.ends_at <= excluded.ends_at + make_interval(secs => window_seconds)
                       THEN a.ends_at ELSE excluded.ends_at END
    RETURNING a.n, greatest(extract(epoch FROM a.ends_at - clock_timestamp()), 0)::float8
$$
"""
PRUNE = """
CREATE FUNCTION memstore_prune_attempts() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DELETE FROM public.governance_attempt WHERE ends_at < clock_timestamp() - interval '1 hour'
$$
"""
FUNCTIONS = ("memstore_count_attempt(bytea, integer)", "memstore_prune_attempts()")


class Migration(migrations.Migration):
    dependencies = [("governance", "0041_alarms")]
    operations = [
        migrations.RunSQL(
            sql=[
                TABLE,
                "ALTER TABLE governance_attempt ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE governance_attempt FORCE ROW LEVEL SECURITY",
                "CREATE POLICY counted ON governance_attempt TO memstore_auth USING (true) WITH CHECK (true)",
                "REVOKE ALL ON governance_attempt FROM memstore_app, PUBLIC",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON governance_attempt TO memstore_auth",
                COUNT,
                PRUNE,
                # A new owner needs CREATE on the schema at the moment of the change, and not after it.
                "GRANT CREATE ON SCHEMA public TO memstore_auth",
                *(f"ALTER FUNCTION {function} OWNER TO memstore_auth" for function in FUNCTIONS),
                *(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC" for function in FUNCTIONS),
                *(f"GRANT EXECUTE ON FUNCTION {function} TO memstore_app" for function in FUNCTIONS),
                "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
            ],
            reverse_sql=[
                *(f"DROP FUNCTION {function}" for function in FUNCTIONS),
                "DROP TABLE governance_attempt",
            ],
        )
    ]
