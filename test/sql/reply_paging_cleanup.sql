SET client_min_messages = warning;
DO $$ BEGIN
	PERFORM reply_paging.run('tuya_simctl reset; rm -f ' || reply_paging.raw_body_file());
END $$;
DROP SERVER reply_paging CASCADE;
DROP SCHEMA reply_paging CASCADE;
