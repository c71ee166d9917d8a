-- What tells this cluster from every other; the same on a primary and its standbys. Some managed services hide it.
-- Rows: one.
-- Grant: none, unless the service revoked EXECUTE on pg_control_system().
-- Cost: reads the control file.
select system_identifier::text as id
from pg_catalog.pg_control_system()
