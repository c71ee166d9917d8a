-- How far the members of multixacts have come, a space of its own of 2^32, as of the last checkpoint.
-- Rows: one.
-- Grant: none, unless the service revoked EXECUTE on pg_control_checkpoint().
-- Cost: reads the control file; every five minutes.
select
    c.next_multi_offset::text::bigint as next_member,
    c.next_multixact_id::text::bigint as next_multixact,
    c.oldest_multi_xid::text::bigint as oldest_multixact
from pg_catalog.pg_control_checkpoint() c
