-- Whether the server is a standby; asked every time, since a session survives a promotion.
-- Rows: one.
-- Grant: none.
-- Cost: shared memory only.
select pg_catalog.pg_is_in_recovery() as standby
