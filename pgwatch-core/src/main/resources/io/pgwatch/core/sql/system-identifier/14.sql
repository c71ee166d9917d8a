-- What tells this cluster from every other; the same on a primary and its standbys. Some managed services hide it.
-- Rows: one.
-- Grant: none, unless the service revoked EXECUTE on pg_control_system().
-- Cost: reads the control file.
-- On a borrowed connection it runs with the search_path that the application set: so the type is qualified, too.
select system_identifier::pg_catalog.text as id
from pg_catalog.pg_control_system()
