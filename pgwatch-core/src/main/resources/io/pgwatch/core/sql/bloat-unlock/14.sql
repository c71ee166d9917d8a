-- Gives up the lock that lets one of several sessions of a role read pages; nothing else is locked by this session.
-- Rows: one.
-- Grant: none.
-- Cost: shared memory only.
select pg_catalog.pg_advisory_unlock_all()
