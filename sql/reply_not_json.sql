-- A body that is not JSON is told by status, type and length, and not quoted:
-- it may be a proxy's page, and anything may be in it.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
-- The hint of what reading a reply with that body fails with.
CREATE FUNCTION hint_of(body text, settings text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	CALL simulate_body(body, settings);
	PERFORM FROM dev_job;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;
\set ECHO all

-- HTML by status.  Only with a status of success is it a malformed reply of the
-- service's.  (429 says rate limit whatever comes with it: see throttled.)
SELECT status, t.* FROM unnest('{200,400,403,404,500,502,503}'::int[]) status,
	trial_body('<html><body>quoted</body></html>', 'raw_type=text/html raw_status=' || status) t;
-- An empty body, and one without a type.
SELECT status, t.* FROM unnest('{200,404,500,502}'::int[]) status,
	trial_body('', 'raw_type= raw_status=' || status) t;
-- A login page that a redirect leads to is not fetched.
SELECT t.* FROM trial('dev', 'redirect=' || current_setting('tuya.endpoint')) t;

-- Texts that are not JSON, with a type that says they are.
SELECT name, t.* FROM (VALUES
	('nothing', ''), ('only space', E' \r\n\t '), ('HTML', '<!DOCTYPE html>quoted'), ('words', 'quoted'),
	('XML', '<?xml version="1.0"?><ListOTAJobByDeviceResponse/>'),
	('cut in a string', left(page(), 12)), ('cut in an object', left(page(), 30)),
	('cut in a word', left(page(), 14)), ('the last byte is missing', left(page(), -1)),
	('something behind it', page() || ' quoted'), ('a second one behind it', page() || page()),
	('a brace behind it', page() || '}'), ('NUL behind it', page() || '\u0000'),
	('single quotes', replace(page(), '"', '''')), ('names without quotes', replace(page(), '"total"', 'total')),
	('a comma at the end of the list', page(jobs => '{"jobId":"1"},')),
	('a comma at the end of an object', page(jobs => '{"jobId":"1",}')),
	('a comma too many', page(jobs => '{"jobId":"1"},,{"jobId":"2"}')),
	('a comment', page() || '/* quoted */'), ('a comment before', '// quoted' || E'\n' || page()),
	('NaN', page('NaN')), ('Infinity', page('Infinity')), ('-', page('-')), ('hexadecimal', page('0x1')),
	('a leading zero', page('01')), ('a plus sign', page('+1')), ('no fraction', page('1.')),
	('True', replace(page(), 'true', 'True')), ('tru', replace(page(), 'true', 'tru')),
	('an escape of no meaning', page(jobs => '{"jobId":"\x31"}')), ('half an escape', page(jobs => '{"jobId":"\u12"}')),
	('a tab in a string', page(jobs => E'{"jobId":"1\t"}')), ('a newline in a string', page(jobs => E'{"jobId":"1\n"}'))
) AS v (name, body), trial_body(body) t;

-- The hint tells a page in the service's place, and XML, from what was cut.
SELECT name, status, h.hint FROM (VALUES
	('a login page', 200, '<!DOCTYPE html><html>quoted</html>'), ('behind a mark and space', 200, U&'\FEFF' || E'\n <html>quoted'),
	('one with a status', 407, '<html>quoted</html>'), ('words with a status', 502, 'quoted'), ('words', 200, 'quoted'),
	('XML', 200, '<?xml version="1.0"?><ListOTAJobByDeviceResponse/>'), ('an error in XML', 400, '<?xml version="1.0"?><Error/>'),
	('cut', 200, left(page(), 30)), ('empty', 200, '')
) AS v (name, status, body), LATERAL hint_of(body, 'raw_status=' || status) h (hint);

-- Bytes that are not UTF-8, wherever they are.
SELECT name, t.* FROM (VALUES
	('a byte of LATIN1', '\xe9'::bytea), ('half a character', '\xe4b8'), ('a lonely continuation', '\x80'),
	('overlong', '\xc0af'), ('overlong NUL', '\xc080'), ('a surrogate', '\xeda080'), ('beyond Unicode', '\xf4908080'),
	('NUL', '\x00'), ('0xFF', '\xff')
) AS v (name, bytes),
	trial_body(convert_to('{"success":true,"total":1,"data":{"simpleOTAJobInfo":[{"jobId":"1', 'UTF8') ||
			   bytes || convert_to('"}]}}', 'UTF8')) t;
SELECT name, t.* FROM (VALUES
	('UTF-16', '\xfffe7b007d00'::bytea), ('UTF-32', '\xfffe00007b0000007d000000'), ('a NUL at the end', '\x7b7d00'),
	('a zip archive', '\x504b0304140000000800'), ('only a byte order mark', '\xefbbbf')
) AS v (name, body), trial_body(body) t;

-- The type, which is remote text, too: without control characters, cut, never a
-- format.
SELECT type, t.state, t.requests, t.said FROM (VALUES
	('text/html;charset=%s%n%d'), ('text/html;charset="é'), ('text/' || repeat('x', 300))
) AS v (type), trial_body('quoted', 'raw_type=' || type) t;

-- Compressed replies: one that is cut or is none.
SELECT name, t.rows, t.requests, t.state, left(t.said, 33) AS said FROM (VALUES
	('gzip', 'gzip -nc'), ('gzip, cut', 'gzip -nc | head -c 40'), ('not compressed', 'cat')
) AS v (name, filter), trial_body(convert_to(page(), 'UTF8'),
	'reply_headers=Content-Encoding:%20gzip', filter) t;

-- The session is well after all that.
SELECT * FROM trial('dev:250');

\set ECHO none
\i :cleanup
