-- For how long the session that has the lock for reading tables has asked nothing.
-- Rows: one; none when it is gone.
-- Parameter: its pid.
-- Grant: none, since it is one of the same role.
-- Cost: shared memory only.
select extract(epoch from pg_catalog.clock_timestamp() - s.state_change)::float8 as silent
from pg_catalog.pg_stat_get_activity(?) s
