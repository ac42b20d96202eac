"""What the catalogue says about the wall: faults in tables, views, functions and grants, in words."""

from __future__ import annotations

import re
from typing import Any

import psycopg

OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
"""Every schema that is not PostgreSQL's own, also one that nobody has declared yet."""
OPEN_TO_ALL = {"app.applied", "app.numbering", "app.section", "app.sharing", "system.setting"}
"""Tables whose policy lets every member of staff read every row: they hold nothing of the business."""

TABLES = f"""
SELECT n.nspname || '.' || c.relname, c.relrowsecurity, c.relkind::text, pg_get_userbyid(c.relowner)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
POLICIES = f"""
SELECT n.nspname || '.' || c.relname, p.polname, p.polcmd::text, pg_get_expr(p.polqual, p.polrelid),
       pg_get_expr(p.polwithcheck, p.polrelid), (SELECT array_agg(pg_get_userbyid(r)) FROM unnest(p.polroles) r)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS}
"""
GRANTS = f"""
SELECT n.nspname || '.' || c.relname, a.privilege_type, coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'PUBLIC')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) a
WHERE {OURS} AND a.grantee <> c.relowner
"""
COLUMN_GRANTS = f"""
SELECT n.nspname || '.' || c.relname || '.' || t.attname, a.privilege_type,
       coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'PUBLIC')
FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(t.attacl) a
WHERE {OURS} AND a.grantee <> c.relowner
"""
FUNCTIONS = f"""
SELECT p.oid::regprocedure::text, p.prosecdef, coalesce(array_to_string(p.proconfig, ';'), ''), l.lanname,
       p.prosqlbody IS NOT NULL,
       EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
               WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE'),
       has_function_privilege('shuke_staff', p.oid, 'EXECUTE'), p.prorettype = 'trigger'::regtype, p.proleakproof,
       pg_get_userbyid(p.proowner), p.prosrc
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE {OURS}
"""
GUARDED_COLUMNS = {
    "id", "owner_id", "branch_id", "version", "created_at", "created_by", "changed_at", "changed_by",
    "deleted_at", "deleted_by", "deletion_id", "search", "sort_name",
}  # fmt: skip

ATTRIBUTES = {"stock.warehouse.branch_id", "finance.account.branch_id", "customers.customer.branch_id"}
"""Where the branch is a plain attribute, because the table has no owner whose branch it could be, or where a trigger
asks for the right to give the record away (app.keep_branch)."""


READABLE_SETTINGS = {"application_name", "transaction_isolation"}
"""The first is written down as what the client says of itself; the second says what the transaction really is."""
OWN_SCOPE = {
    "organisation.log_in(text)",  # says in words why somebody is not admitted
    "organisation.set_password(text,text)",  # compares the rights of two people
    "app.sync_scope_roles()",
    "app.rebuild_scope()",
    "app.open_request(uuid,text,text)",
}
"""Functions that read app.user_scope and have no caller to ask about."""

UNBOUNDED = f"""
SELECT n.nspname || '.' || c.relname, string_agg(a.attname, ', ')
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS} AND c.relkind = 'r' AND c.relrowsecurity AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated = '' AND (t.typname IN ('numeric', 'date', 'timestamptz') OR t.typcategory = 'A')
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c'
                  AND k.conname = 'ck_' || c.relname || '_possible' AND a.attnum = ANY (k.conkey))
GROUP BY 1
"""


HISTORY = f"""
SELECT n.nspname || '.' || c.relname,
       (SELECT count(DISTINCT t.tgtype) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = c.oid AND p.proname = 'write_history' AND t.tgenabled IN ('O', 'A')) = 3,
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'a_append_only'
               AND t.tgenabled IN ('O', 'A'))
       OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'a_frozen'
                  AND t.tgenabled IN ('O', 'A') AND t.tgnargs = 7 AND pg_get_triggerdef(t.oid) ~ 'WHEN \\(true\\)')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS} AND c.relkind IN ('r', 'p')
"""
"""Tables, whether each of the three verbs writes history, whether their rows never change (but for what ``app.freeze``
leaves free in every table: seven columns of the mechanism)."""
WITHOUT_HISTORY = {
    "follows its ledger, whose rows never change": {
        "customers.balance", "finance.account_balance", "stock.balance", "stock.cost",
    },
    "a journal itself, written by functions alone": {
        "activities.step", "products.repricing", "organisation.hand_over",
        "organisation.handed_part", "app.deletion", "app.import_run", "app.import_record",
        "app.applied", "app.request",
    },
    "bytes of a file, whose attachment has history": {
        "system.content", "system.content_part", "system.thumbnail",
    },
    "what a person's own screen remembers, or was told": {"system.preference", "organisation.notice", "app.presence"},
    "worked out from what has history": {"app.user_scope", "app.counter", "products.code"},
    "declared by this program, not by the office": {
        "app.alembic_version", "app.along", "app.child", "app.guarded", "app.held_kind", "app.offered", "app.part",
        "app.reading", "app.reading_phrase", "app.reading_correction",
    },
}  # fmt: skip
"""Tables that need none, by reason."""

DEFAULTS = f"""
SELECT n.nspname || '.' || c.relname || '.' || a.attname, pg_get_expr(d.adbin, d.adrelid)
FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS}
"""
CHECKS = f"""
SELECT n.nspname || '.' || c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS} AND k.contype = 'c'
"""
DAY_OF_THE_SESSION = re.compile(
    r"\bcurrent_date\b|\blocaltime(stamp)?\b|(\bnow\(\)|\w+_timestamp\(\)|\bcurrent_timestamp)\s*\)?\s*::\s*date",
    re.IGNORECASE,
)


def faults(connection: psycopg.Connection[Any]) -> list[str]:
    """Everything that breaks the wall, one sentence each; empty for a sound database."""
    return [
        *_table_faults(connection),
        *_history_faults(connection),
        *_policy_faults(connection),
        *_grant_faults(connection),
        *_function_faults(connection),
        *_role_faults(connection),
    ]


def _table_faults(connection: psycopg.Connection[Any]) -> list[str]:
    found = [
        f"{name} takes impossible values: {columns}"
        for name, columns in connection.execute(UNBOUNDED).fetchall()
    ]
    found += [
        f"{name} takes the day of the session's time zone: app.today()"
        for name, rule in (*connection.execute(DEFAULTS), *connection.execute(CHECKS))
        if DAY_OF_THE_SESSION.search(rule)
    ]
    for name, secured, kind, owner in connection.execute(TABLES).fetchall():
        if kind in {"r", "p"} and not secured and name != "app.alembic_version":
            found.append(f"{name} has no row-level security")
        if kind == "m":
            found.append(f"{name} is a materialised view: it has no policies")
        if kind == "v":
            options = connection.execute(
                "SELECT coalesce(array_to_string(reloptions, ','), '') FROM pg_class WHERE oid = %s::regclass",
                (name,),
            ).fetchone()
            if options is None or "security_invoker=true" not in options[0]:
                found.append(f"the view {name} is not security_invoker")
        if owner != "shuke_owner":
            found.append(f"{name} belongs to {owner}")
    return found


def _history_faults(connection: psycopg.Connection[Any]) -> list[str]:
    excepted = set().union(*WITHOUT_HISTORY.values())
    return [
        f"{name} writes no history (PLT-34)"
        for name, written, kept in connection.execute(HISTORY).fetchall()
        if not written and not kept and name not in excepted
    ]


def _policy_faults(connection: psycopg.Connection[Any]) -> list[str]:
    found = []
    for name, policy, command, using, check, roles in connection.execute(POLICIES).fetchall():
        rule = f"{using or ''} {check or ''}"
        if DAY_OF_THE_SESSION.search(rule):
            found.append(f"{name}.{policy} takes the day of the session's time zone: app.today()")
        if command == "*" or command == "d":
            found.append(f"{name}.{policy} allows DELETE")
        if roles == ["shuke_keys"]:
            continue
        if "PUBLIC" in (roles or []) or None in (roles or []):
            found.append(f"{name}.{policy} is for everybody")
        if command == "r" and name not in OPEN_TO_ALL and "app.can(" not in rule and "my_user_id" not in rule:
            found.append(f"{name}.{policy} checks no right")
        if command in {"a", "w"} and "app.can(" not in rule and "my_user_id" not in rule:
            found.append(f"{name}.{policy} lets anybody write")
    return found


def _grant_faults(connection: psycopg.Connection[Any]) -> list[str]:
    found = []
    for name, privilege, grantee in connection.execute(GRANTS).fetchall():
        if (grantee, privilege) == ("shuke_staff", "SELECT") or grantee == "shuke_keys":
            continue
        found.append(f"{grantee} has {privilege} on the whole of {name}")
    for name, privilege, grantee in connection.execute(COLUMN_GRANTS).fetchall():
        column = name.rsplit(".", 1)[1]
        if grantee != "shuke_staff" or privilege not in {"INSERT", "UPDATE"}:
            found.append(f"{grantee} has {privilege} on {name}")
        elif column in GUARDED_COLUMNS and name not in ATTRIBUTES:
            found.append(f"staff may write {name}")
    for privilege in ("CREATE", "TEMPORARY"):
        row = connection.execute(
            "SELECT has_database_privilege('shuke_staff', current_database(), %s)", (privilege,)
        ).fetchone()
        if row and row[0]:
            found.append(f"staff has {privilege} on the database")
    for (schema,) in connection.execute(
        "SELECT nspname FROM pg_namespace WHERE has_schema_privilege('shuke_staff', oid, 'CREATE')"
    ).fetchall():
        found.append(f"staff may create in schema {schema}")
    return found


def _function_faults(connection: psycopg.Connection[Any]) -> list[str]:
    found = []
    for row in connection.execute(FUNCTIONS).fetchall():
        name, definer, config, language, bound, public, staff, trigger, leakproof, owner, source = row
        if public:
            found.append(f"everybody may execute {name}")
        if definer and "search_path=pg_catalog, pg_temp" not in config and not bound:
            found.append(f"{name} is SECURITY DEFINER without a pinned search_path")
        if leakproof and not name.startswith("app.ts_match("):
            found.append(f"{name} is LEAKPROOF")
        if definer and owner not in {"shuke_owner", "shuke_keys"}:
            found.append(f"{name} runs as {owner}")
        if language not in {"sql", "plpgsql", "internal"}:
            found.append(f"{name} is written in {language}")
        if definer and staff and not trigger and not _asks(source or "", bound):
            found.append(f"{name} may be executed by staff and checks nothing")
        found += [f"{name} {fault}" for fault in _setting_faults(name, source or "")]
    return found


def _setting_faults(name: str, source: str) -> list[str]:
    """What a setting of the attacker's own session would change inside the function."""
    code = re.sub(r"--[^\n]*", "", source)
    found = []
    if DAY_OF_THE_SESSION.search(code):
        found.append("takes the day of the session's time zone: app.today()")
    if set(re.findall(r"current_setting\('([^']*)'", code)) - READABLE_SETTINGS:
        found.append("believes a setting that anybody may set")
    # with standard_conforming_strings off a backslash in a plain literal is read as an escape
    if any("\\" in literal for literal in re.findall(r"(?<![EeU&])'((?:[^']|'')*)'", _without_escapes(code))):
        found.append("has a backslash in a literal that is not E'...'")
    if (
        "app.user_scope" in code
        and "session_user" in code
        and "admitted(" not in code
        and name not in OWN_SCOPE
    ):
        found.append("reads the caller's scope without asking whether he is admitted")
    return found


def _without_escapes(code: str) -> str:
    return re.sub(r"(?<![A-Za-z0-9_])(?:[Ee]|U&)'(?:[^'\\]|\\.|'')*'", "''", code)


def _asks(source: str, bound: bool) -> bool:
    signs = (
        "app.require(",
        "app.can(",
        "session_user",
        "my_user_id",
        "app.offered",
        "app.visible_ids",
        "app.require_visible(",
        "app.require_deletable(",
        "app.refuse_",
    )
    return bound or any(sign in source for sign in signs)


def _role_faults(connection: psycopg.Connection[Any]) -> list[str]:
    found = []
    for name, superuser, creates, bypass, replicates in connection.execute(
        "SELECT rolname, rolsuper, rolcreaterole, rolbypassrls, rolreplication FROM pg_roles"
        " WHERE pg_has_role(oid, 'shuke_staff', 'MEMBER') AND rolname <> 'shuke_keys' AND NOT rolsuper"
    ).fetchall():
        if superuser or creates or bypass or replicates:
            found.append(f"the login {name} has powers over the server")
    for (name,) in connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND (pg_has_role(oid, 'shuke_owner', 'MEMBER')"
        " OR pg_has_role(oid, 'shuke_keys', 'MEMBER')) AND NOT rolsuper"
    ).fetchall():
        found.append(f"the login {name} is a member of an owner role")
    for (name,) in connection.execute(
        'SELECT u.login FROM organisation."user" u JOIN pg_roles r ON r.rolname = u.login WHERE u.active AND ('
        " SELECT count(*) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"
        " WHERE m.member = r.oid AND g.rolname ~ '^shuke_(all|tree)_customers$') <> 1"
    ).fetchall():
        found.append(f"the login {name} is not in exactly one scope role of customers")
    return found
