-- What the service or its gateway reports is an error with its own SQLSTATE,
-- the code and the request id in DETAIL.  (What is throttled, and clocks that
-- differ, have tests of their own: throttled, clock.)
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
-- failure(shape, status, code, further settings): trial() with that failure.  The
-- request id is the simulator's; what stays of it is whether it is there.
CREATE FUNCTION failure(shape text, status int, code text, settings text DEFAULT '', device text DEFAULT 'dev',
	OUT requests int, OUT state text, OUT said text) LANGUAGE sql AS $$
	SELECT t.requests, t.state, regexp_replace(replace(regexp_replace(t.said, 'in \d+ ms', 'in N ms'), 'The request has failed due to a temporary failure of the server.', '...'),
		'request id [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}\.', 'request id ID.', 'g')
	FROM trial(device, format('fail_count=-1 fail_shape=%s fail_status=%s fail_code=%s %s', shape, status, code, settings)) t;
$$;
\set ECHO all

-- Each kind of error that the service is known to have, in both shapes.
SELECT code, status, shape, f.* FROM (VALUES
	('ServiceUnavailable', 503), ('InternalError', 500), ('iot.system.SystemException', 500),
	('SignatureNonceUsed', 400),
	('SignatureDoesNotMatch', 400), ('IncompleteSignature', 400), ('InvalidAccessKeyId.NotFound', 404),
	('InvalidAccessKeyId.Inactive', 403), ('Forbidden.RAM', 403), ('Forbidden', 403),
	('iot.prod.NotExistedProduct', 400), ('iot.device.NotExistedDevice', 404),
	('MissingParameter', 400), ('InvalidParameter', 400), ('InvalidAction.NotFound', 400),
	('iot.common.InvalidPageParams', 400),
	('iot.something.New', 400)
) AS v (code, gateway_status),
	LATERAL (VALUES ('gateway', gateway_status), ('service', 200)) AS s (shape, status),
	failure(shape, status, code) f;

-- The status decides where the code is not known.
SELECT status, f.* FROM unnest('{200,400,401,403,404,500,502,503,504}'::int[]) status,
	failure('gateway', status, 'New') f;

-- Codes in any case, and members of both shapes in any case.
SELECT casing, shape, code, f.* FROM (VALUES
	('lower', 'gateway', 'INVALIDACCESSKEYID.NOTFOUND'),
	('upper', 'gateway', 'iot.device.notExistedDevice'), ('pascal', 'service', 'SIGNATUREDOESNOTMATCH'),
	('lower', 'service', 'Iot.System.SystemException'), ('upper', 'service', 'FORBIDDEN.ram')
) AS v (casing, shape, code), failure(shape, 200, code, 'casing=' || casing) f;

-- Nobody but Throttling is throttled: what only begins like a code is another.
SELECT code, f.state, f.said FROM unnest('{SignatureDoesNotMatching,iot.device.NotExistedDevices,IllegalTimestamps,Throttl}'::text[]) code,
	failure('gateway', 400, code) f;

-- What SignatureDoesNotMatch says may echo the string that was signed: it is not
-- shown; nor is what another refusal of the credentials says.
SELECT code, f.* FROM unnest('{SignatureDoesNotMatch,IncompleteSignature,InvalidAccessKeyId.NotFound}'::text[]) code,
	failure('gateway', 400, code, 'fail_message=server%20string%20to%20sign%20is:GET&%2F&AccessKeyId%3Dtestid') f;
SELECT f.* FROM failure('gateway', 400, 'MissingParameter', 'fail_message=FirmwareId%20is%20missing.') f;

-- Errors in shapes of their own.
SELECT body, t.* FROM (VALUES
	('{"success":false}'), ('{"success":false,"code":"","errorMessage":""}'), ('{"success":"false","code":"X"}'),
	('{"success":false,"code":12345,"errorMessage":67,"requestId":89}'), ('{"success":false,"code":null,"errorMessage":null}'),
	('{"success":false,"code":{"a":1},"errorMessage":["b"],"requestId":{}}'),
	('{"success":false,"code":"X","message":"the gateway''s word"}'),
	('{"success":false,"code":"X","errorMessage":"the service''s word","message":"the gateway''s word"}'),
	('{"success":false,"code":"X","total":1,"data":{"simpleOTAJobInfo":[{"jobId":"1"}]}}'),
	('{"Code":"X","total":0,"data":{"simpleOTAJobInfo":[]}}'), ('{"success":null,"code":"X"}')
) AS v (body), trial_body(body) t;

-- An error on a later page ends the statement as well; it is not repeated.
SELECT page, f.* FROM unnest('{1,2,3}'::int[]) page,
	failure('service', 200, 'iot.system.SystemException', 'fail_page=' || page, 'dev:250') f;

-- The hint says what to do about it.
CALL simulate('fail_count=1 fail_code=Forbidden.RAM fail_status=403');
SELECT count(*) FROM dev_job;
CALL simulate('fail_count=1 fail_code=InvalidAccessKeyId.NotFound fail_status=404');
SELECT count(*) FROM dev_job;
CALL simulate('fail_count=1 fail_code=MissingParameter fail_status=400 fail_message=FirmwareID');
SELECT count(*) FROM dev_job;
CALL simulate('fail_count=1 fail_code=InvalidVersion fail_status=400 fail_message=Version');
SELECT count(*) FROM dev_job;
CALL simulate('fail_count=1 fail_code=InvalidParameter fail_status=400');
SELECT count(*) FROM dev_job;
SELECT count(*) FROM dev_job;
SELECT requests();

-- What follows the service's words is a sentence of its own, though they have no full stop.
ALTER SERVER reply_paging OPTIONS (SET retries '1');
SELECT said FROM failure('gateway', 503, 'InternalError', 'fail_message=oops');
ALTER SERVER reply_paging OPTIONS (SET retries '0');

\set ECHO none
\i :cleanup
