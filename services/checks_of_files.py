"""Rules of ``services.checking``: stored files against their records and against themselves (PLT-32).

The rule over the bytes reads every file: about a second per 100 MB.
"""

from __future__ import annotations

from typing import Final

from services.checks_of_ledgers import Rule
from services.language import mark

FILE_RULES: Final = (
    Rule(
        "system.content.orphan",
        mark("A stored file belongs to no record:"),
        """SELECT c.id || ' (' || c.size || ' B)', '1', '0' FROM system.content c
           WHERE c.digest IS NOT NULL AND NOT EXISTS (SELECT FROM system.attachment a WHERE a.content_id = c.id)""",
        admin=True,
    ),
    Rule(
        "system.content.unfinished",
        mark("A file was sent in part and never cleared away:"),
        """SELECT c.id || ' ' || c.started_at::date, c.size::text,
                  (SELECT coalesce(sum(octet_length(p.data)), 0) FROM system.content_part p
                   WHERE p.content_id = c.id)::text
           FROM system.content c WHERE c.digest IS NULL AND c.started_at < now() - interval '30 days'""",
        admin=True,
    ),
    Rule(
        "system.content.bytes",
        mark("A stored file is damaged:"),
        """SELECT x.names, x.digest || ' ' || x.size, x.found || ' ' || x.bytes FROM (
               SELECT (SELECT string_agg(DISTINCT a.name, ', ') FROM system.attachment a
                       WHERE a.content_id = c.id) AS names,
                      c.digest, c.size, coalesce(p.bytes, 0) AS bytes,
                      encode(sha256(coalesce(p.digests, '')), 'hex') AS found
               FROM system.content c LEFT JOIN LATERAL (
                   SELECT sum(octet_length(p.data)) AS bytes,
                          string_agg(sha256(p.data), ''::bytea ORDER BY p.number) AS digests
                   FROM system.content_part p WHERE p.content_id = c.id) p ON true
               WHERE c.digest IS NOT NULL
           ) x WHERE x.digest <> x.found OR x.size <> x.bytes""",
        admin=True,
    ),
    Rule(
        "system.attachment.copy",
        mark("A file says something else of itself than is stored:"),
        """SELECT a.name || ' (' || a.id || ')', c.digest || ' ' || c.size || ' ' || c.type,
                  a.digest || ' ' || a.size || ' ' || a.type
           FROM system.attachment a JOIN system.content c ON c.id = a.content_id
           WHERE (a.digest, a.size, a.type) IS DISTINCT FROM (c.digest, c.size, c.type)""",
        admin=True,
    ),
    Rule(
        "system.attachment.record",
        mark("A file hangs on a record that is not there:"),
        """SELECT x.entity || ' ' || x.record_id, '1', '0' FROM system.lost_attachments() x""",
        admin=True,
    ),
)
