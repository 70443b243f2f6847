-- foreign_inventory.sql
--		What the tests of foreign inventories share, after their setup: a copy of the inventory
--		as a :file, :here as a server's options, and made(), which runs a statement that makes a
--		foreign table; where PostgreSQL was built without the wrapper a view stands for that.
\set ECHO none
CREATE FUNCTION made(name text, statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	EXECUTE statement;
	EXECUTE format('SELECT FROM %I', name) INTO one;
EXCEPTION WHEN OTHERS THEN
	EXECUTE format('CREATE VIEW %I AS SELECT * FROM inventory', name);
END $$;
COPY inventory TO PROGRAM 'cat > tuya_inventory.csv';
SELECT current_setting('data_directory') || '/tuya_inventory.csv' AS file,
	format('host %L, port %L, dbname %L, async_capable ''true''', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) AS here \gset
\set ECHO all
