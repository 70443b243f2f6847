#!/bin/bash
# selftest.sh: tests of the simulator itself, as TAP.  Signs with the openssl
# command, asks with curl, and, where PostgreSQL's server programs are found
# (PG_BINDIR, or Debian's place), compares rule.sql with what is served.
set -u
export LC_ALL=C
cd "$(dirname "$0")" || exit 1
sim=${SIM:-./tuya_sim}
ctl=${SIMCTL:-./tuya_simctl}
dir=$(mktemp -d ${TMPDIR:-/tmp}/tuya_simtest.XXXXXX)
tests=0
failures=0
sim_pid=
pg_started=

finish() {
	[ -n "$sim_pid" ] && kill "$sim_pid" 2>/dev/null
	[ -n "$pg_started" ] && pg_ctl_as stop -m immediate >/dev/null 2>&1
	rm -rf "$dir"
}
trap finish EXIT

report() { # RESULT NAME
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $2"
	fi
}

is() { # GOT WANTED NAME
	[ "$1" = "$2" ]
	local result=$?
	report $result "$3"
	[ $result -eq 0 ] || printf '# got:    %s\n# wanted: %s\n' "$1" "$2"
}

has() { # TEXT PART NAME
	case $1 in *"$2"*) report 0 "$3" ;; *) report 1 "$3"; printf '# %s\n# lacks: %s\n' "$1" "$2" ;; esac
}

lacks() { # TEXT PART NAME
	case $1 in *"$2"*) report 1 "$3"; printf '# %s\n# has: %s\n' "$1" "$2" ;; *) report 0 "$3" ;; esac
}

encode() {
	local text=$1 out= c i
	for ((i = 0; i < ${#text}; i++)); do
		c=${text:i:1}
		case $c in
			[a-zA-Z0-9._~-]) out+=$c ;;
			*) printf -v c %02X "'$c"; out+=%${c: -2} ;;
		esac
	done
	printf %s "$out"
}

sign_query() { # CANONICAL_QUERY SECRET
	printf %s "GET&%2F&$(encode "$1")" | openssl dgst -sha1 -hmac "$2&" -binary | base64
}

# Any parameter can be overridden: sign PK DN FW [NAME=VALUE...], - drops one.
# The later setting of a name wins.
sign() {
	local -A p=([Action]=ListOTAJobByDevice [AccessKeyId]=testid [SignatureMethod]=HMAC-SHA1
		[SignatureNonce]=n$RANDOM$RANDOM$RANDOM$RANDOM [Timestamp]=$(date -u +%FT%TZ)
		[ProductKey]=$1 [DeviceName]=$2 [FirmwareId]=$3 [CurrentPage]=1 [PageSize]=10)
	local secret=testsecret name query=
	shift 3
	for name in "$@"; do
		case $name in
			secret=*) secret=${name#*=} ;;
			-*) unset "p[${name#-}]" ;;
			*) p[${name%%=*}]=${name#*=} ;;
		esac
	done
	for name in "${!p[@]}"; do
		query+="$(encode "$name")=$(encode "${p[$name]}")"$'\n'
	done
	query=$(printf %s "$query" | sort | paste -sd '&')
	printf '%s&Signature=%s' "$query" "$(encode "$(sign_query "$query" "$secret")")"
}

fetch() { # CURL ARGUMENTS...; sets body, status
	body=$(curl -s --cacert "$dir/certs/ca.pem" -w '\n%{http_code}' "$@" | tr -d '\0'; exit "${PIPESTATUS[0]}")
	exit_code=$?
	status=${body##*$'\n'}
	body=${body%$'\n'*}
}

# The curl option for a request that nothing, or not all, comes of: it waits twenty times
# as long as a good request takes just now.
set_patience() {
	patience="-m $(for _ in 1 2 3; do
		curl -s -o /dev/null --cacert "$dir/certs/ca.pem" -w '%{time_total}\n' "$(base)$(sign pk dev 187)"
	done | awk '{ if ($1 > most) most = $1 } END { print (most > 0.035) ? 20 * most : 0.7 }')"
}

# Waits until the command succeeds; a minute at most.
wait_until() { # COMMAND...
	for _ in $(seq 3000); do
		"$@" && break
		sleep 0.02
	done
}
counted() { [ "$(get "$1")" = "$2" ]; } # NAME VALUE

base() { printf 'https://localhost:%s/?' "$tls_port"; }
ask() { fetch "$(base)$(sign "$@")"; }
ask_query() { fetch "$(base)$1"; }
get() { $ctl get "$@" | paste -sd ' '; }
reset() { $ctl reset; $ctl set "$@" seed=1; }
jobs_of() { printf %s "$1" | grep -o '"jobId":"[0-9]*"' | sed 's/.*[0-9]\{6\}\([0-9]\{6\}\)"/\1/; s/^0*//' | paste -sd ' '; }

# Starts the simulator as the variable sim_pid; sets the ports.
start() {
	"$sim" --cert "$dir/certs/${cert:-server}.pem" --key "$dir/certs/${cert:-server}.key" \
		--ready-file "$dir/ready" --die-with-parent "$@" &
	sim_pid=$!
	for _ in $(seq 200); do
		[ -f "$dir/ready" ] && break
		sleep 0.02
	done
	. "$dir/ready"
	export TUYA_SIM_CONTROL=$control_port
	rm -f "$dir/ready"
}

stop() {
	kill "$sim_pid"
	wait "$sim_pid"
	report $? "ends cleanly on SIGTERM: $1"
	sim_pid=
}

raw_http() { # BYTES; the first line of the reply
	local line
	exec 9<>"/dev/tcp/127.0.0.1/$http_port"
	printf "$1" >&9
	IFS= read -r -t 60 line <&9
	exec 9>&-
	printf %s "${line%$'\r'}"
}

refused_as() { # COUNTER STATUS CODE NAME; after a request
	has "$status $body" "$2 " "$4: status $2"
	has "$body" "\"$3\"" "$4: $3"
	is "$(get refused "$1")" '1 1' "$4: counted as refused and $1"
	$ctl clear
}

test_rule() {
	ask pk dev 187
	is "$status" 200 'a signed request is answered'
	is "$body" '{"code":"","currentPage":1,"data":{"simpleOTAJobInfo":[{"firmwareId":"52243","jobId":"1860895147377000003","jobStatus":"CANCELED","jobType":"UPGRADE_FIRMWARE","productKey":"pkge004bdc6","selectionType":"DYNAMIC","targetSelection":"GRAY","utcCreate":"2024-01-01T00:03:00.973Z","utcModified":"2024-01-01T02:03:00.973Z"},{"firmwareId":"63717","jobId":"1792501509690000002","jobStatus":"CANCELED","jobType":"UPGRADE_FIRMWARE","productKey":"pkge6d29139","selectionType":"DYNAMIC","targetSelection":"ALL","utcCreate":"2024-01-01T00:02:00.349Z","utcModified":"2024-01-01T07:02:00.349Z"},{"firmwareId":"588","jobId":"1870676656676000001","jobStatus":"IN_PROGRESS","jobType":"UPGRADE_FIRMWARE","productKey":"pkg480e21bd","selectionType":"DYNAMIC","targetSelection":"ALL","utcCreate":"2024-01-01T00:01:00.927Z","utcModified":"2024-01-01T02:01:00.927Z"}]},"pageCount":1,"pageSize":10,"requestId":"910a2dec-8902-4cc1-85e4-ab087439611e","success":true,"total":3}' \
		'a reply is what it was'
	ask pk dev:12 187 CurrentPage=2
	is "$(jobs_of "$body")" '2 1' 'the second page has the oldest jobs'
	has "$body" '"pageCount":2,"pageSize":10,' 'pages are counted'
	ask pk dev:0 187
	has "$body" '"simpleOTAJobInfo":[]},"pageCount":0,' 'a device without jobs'
	ask pk dev:12345678 187
	has "$body" '"total":3}' 'eight digits are no number of jobs'
	ask pk dev:1000000 187 CurrentPage=100000
	is "$(jobs_of "$body")" '10 9 8 7 6 5 4 3 2 1' 'a million jobs'
	is "$($ctl keys) $($ctl key pk dev:12 187) $($ctl key pk nobody 187)" '5 1 0' 'keys are counted'
	is "$(get requests replies pages_over_1 in_flight)" '5 5 2 0' 'requests are counted'
	$ctl set order=asc
	ask pk dev:12 187 PageSize=3
	is "$(jobs_of "$body")" '1 2 3' 'order=asc'
}

test_refusals() {
	local query
	$ctl reset
	ask pk dev 187 secret=wrong
	has "$body" 'GET&%2F&AccessKeyId%3Dtestid%26Action' 'a wrong signature: the string to sign is echoed'
	refused_as bad_signatures 400 SignatureDoesNotMatch 'wrong signature'
	query=$(sign pk dev 187)
	ask_query "${query/DeviceName=dev/DeviceName=dew}"
	refused_as bad_signatures 400 SignatureDoesNotMatch 'a value changed after signing'
	query=$(sign pk 'd v' 187)
	ask_query "${query/d\%20v/d+v}"
	refused_as not_canonical 400 InvalidParameter 'a raw plus'
	query=$(sign pk dév 187)
	ask_query "${query/\%C3\%A9/%c3%a9}"
	refused_as not_canonical 400 InvalidParameter 'lower-case escapes'
	ask_query "${query/\%C3\%A9/é}"
	refused_as not_canonical 400 InvalidParameter 'raw bytes'
	query=$(sign pk dev 187)
	ask_query "${query/=dev/=d%65v}"
	refused_as not_canonical 400 InvalidParameter 'needless escapes'
	ask_query "$query&"
	refused_as not_canonical 400 InvalidParameter 'an empty parameter'
	ask_query "$query&PageSize=10"
	refused_as repeated_parameters 400 InvalidParameter 'a repeated parameter'
	ask pk $'d\xff' 187
	refused_as invalid_utf8 400 InvalidParameter 'bad UTF-8'
	ask pk $'d\xed\xa0\x80' 187
	refused_as invalid_utf8 400 InvalidParameter 'a surrogate'
	for name in Action AccessKeyId SignatureNonce Timestamp ProductKey FirmwareId PageSize; do
		ask pk dev 187 -$name
		refused_as missing_parameters 400 MissingParameter "no $name"
	done
	ask pk '' 187
	refused_as missing_parameters 400 MissingParameter 'an empty DeviceName'
	ask pk dev 187 AccessKeyId=nobody
	refused_as unknown_access_keys 404 InvalidAccessKeyId.NotFound 'unknown access key'
	ask pk dev 187 SignatureMethod=HMAC-SHA256
	refused_as bad_signature_methods 400 InvalidParameter 'another signature method'
	ask pk dev 187 "Timestamp=$(date -u -d '-16 min' +%FT%TZ)"
	refused_as bad_timestamps 400 IllegalTimestamp 'an old timestamp'
	ask pk dev 187 "Timestamp=$(date -u -d '+16 min' +%FT%TZ)"
	refused_as bad_timestamps 400 IllegalTimestamp 'a future timestamp'
	ask pk dev 187 "Timestamp=$(date -u +%FT%T.000Z)"
	refused_as bad_timestamps 400 IllegalTimestamp 'a timestamp with milliseconds'
	ask pk dev 187 Action=ListOTAJob
	refused_as bad_actions 400 InvalidAction.NotFound 'another action'
	ask pk dev 187 PageSize=101
	refused_as bad_pages 200 iot.common.InvalidPageParams 'PageSize 101'
	ask pk dev 187 PageSize=0
	refused_as bad_pages 200 iot.common.InvalidPageParams 'PageSize 0'
	ask pk dev 187 CurrentPage=0
	refused_as bad_pages 200 iot.common.InvalidPageParams 'CurrentPage 0'
	fetch -X POST "$(base)$(sign pk dev 187)"
	refused_as bad_methods 405 UnsupportedHTTPMethod 'POST'
	fetch "https://localhost:$tls_port/x?$(sign pk dev 187)"
	refused_as bad_paths 400 InvalidParameter 'another path'
	query=$(sign pk dev 187)
	ask_query "$query"
	is "$status" 200 'a nonce is good once'
	$ctl clear
	ask_query "$query"
	refused_as repeated_nonces 400 SignatureNonceUsed 'a repeated nonce, after clear'
	$ctl reset
	ask_query "$query"
	is "$status" 200 'reset forgets nonces'
}

test_parameters() {
	reset require=Version:2018-01-20,Format:JSON
	ask pk dev 187 Version=2018-01-20
	has "$body" MissingParameter 'a required parameter that is missing'
	ask pk dev 187 Version=2018-01-20 Format=JSON
	is "$status" 200 'required parameters'
	reset firmware_parameter=FirmwareID
	ask pk dev 187
	has "$body" MissingParameter 'FirmwareId where FirmwareID is wanted'
	ask pk dev - -FirmwareId FirmwareID=187
	has "$body" '"total":3}' 'FirmwareID'
	is "$(get last_firmware_parameter)" FirmwareID 'last_firmware_parameter'
	$ctl reset
	ask 'p k/*' "d'é~:2" '1&8=7' A+b=c
	has "$body" '"total":2}' 'odd characters and a further parameter'
	fetch -A 'tester/1.0' "$(base)$(sign pk dev 187)"
	is "$(get last_user_agent last_host)" "tester/1.0 localhost:$tls_port" 'user agent and host can be read'
}

test_protocols() {
	$ctl reset
	fetch --http1.1 "$(base)$(sign pk dev 187)" "$(base)$(sign pk dev 187)"
	is "$(get connections tls_handshakes h1_requests h2_requests)" '1 1 2 0' 'HTTP/1.1 keeps the connection'
	$ctl clear
	fetch --http2 "$(base)$(sign pk dev 187)" "$(base)$(sign pk dev 187)"
	is "$(get connections h1_requests h2_requests)" '1 0 2' 'HTTP/2 keeps the connection'
	$ctl set http2=0
	$ctl clear
	fetch --http2 "$(base)$(sign pk dev 187)"
	is "$(get h1_requests h2_requests)" '1 0' 'http2=0'
	$ctl set http2=2
	ask pk dev 187
	is "$(get h1_requests h2_requests)" '1 1' 'http2=2'
	fetch --http1.1 "$(base)$(sign pk dev 187)"
	is "$status" 000 'http2=2: not for who has HTTP/1.1 only'
	$ctl reset
	fetch "http://localhost:$http_port/?$(sign pk dev 187)"
	is "$status $(get tls_handshakes)" '200 0' 'the cleartext port'
	$ctl clear
	fetch --http2-prior-knowledge "http://localhost:$http_port/?$(sign pk dev 187)"
	is "$status $(get h2_requests)" '200 1' 'HTTP/2 with prior knowledge'
	curl -s -m 0.5 "http://127.0.0.1:$full_port/"
	is $? 28 'the full port does not connect'
	$ctl set gzip=1
	fetch "$(base)$(sign pk dev:100 187 PageSize=100)"
	is "$(jobs_of "$body" | wc -w) $(get gzip_replies)" '100 0' 'no gzip unless asked for'
	fetch --compressed "$(base)$(sign pk dev:100 187 PageSize=100)"
	is "$(jobs_of "$body" | wc -w) $(get gzip_replies)" '100 1' 'gzip'
	$ctl reset
	is "$(raw_http 'GET / HTTP/1.0\r\n\r\n')" 'HTTP/1.1 400 Bad Request' 'HTTP/1.0 is refused'
	is "$(raw_http 'GET / HTTP/1.1\r\n\r\n')" 'HTTP/1.1 400 Bad Request' 'no Host is refused'
	is "$(raw_http 'GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n')" 'HTTP/1.1 400 Bad Request' 'a folded header is refused'
	is "$(raw_http 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n')" 'HTTP/1.1 400 Bad Request' 'two spaces are refused'
	is "$(raw_http 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx')" 'HTTP/1.1 400 Bad Request' 'a body is refused'
	is "$(get requests malformed refused)" '0 5 5' 'malformed requests are counted apart'
}

empty_is() { # SHAPE PART; how the reply without jobs has that shape
	$ctl set empty_shape="$1"
	ask pk dev:0 187
	has "$body" "$2" "empty_shape=$1"
}

test_shapes() {
	reset clamp=5
	ask pk dev:12 187
	has "$body" '"pageCount":3,"pageSize":5,' 'clamp tells the page size'
	$ctl set clamp_mode=silent
	ask pk dev:12 187
	has "$body" '"pageCount":3,"pageSize":10,' 'clamp_mode=silent'
	is "$(jobs_of "$body")" '12 11 10 9 8' 'clamp_mode=silent: five rows'
	$ctl set clamp_mode=refuse
	ask pk dev:12 187
	has "$body" InvalidPageParams 'clamp_mode=refuse'
	reset casing=pascal
	ask pk dev:1 187
	has "$body" '"Data":{"SimpleOTAJobInfo":[{"FirmwareId":' 'casing=pascal'
	$ctl set casing=lower
	ask pk dev:1 187
	has "$body" '"data":{"simpleotajobinfo":[{"firmwareid":' 'casing=lower'
	ask pk dev:1 187 secret=x
	has "$body" '"requestid":' 'casing=lower: errors'
	$ctl set casing=upper numbers_as_strings=1 ids_as_numbers=1 spaced_times=1
	ask pk dev:1 187
	has "$body" '"TOTAL":"1"}' 'casing=upper, numbers_as_strings'
	has "$body" '"FIRMWAREID":44655,"JOBID":1979787933703000001,' 'ids_as_numbers'
	has "$body" '"UTCCREATE":"2024-01-01 T00:01:' 'spaced_times'
	reset
	empty_is data_empty '"data":{},"pageCount":0'
	$ctl set empty_page_count=1
	empty_is data_null '"data":null,"pageCount":1'
	$ctl set empty_shape=no_data empty_total=0
	ask pk dev:0 187
	lacks "$body" '"data"' 'empty_shape=no_data'
	lacks "$body" '"total"' 'empty_total=0'
	empty_is data_list '"data":[],"pageCount"'
	empty_is data_text '"data":"","pageCount"'
	empty_is list_null '"data":{"simpleOTAJobInfo":null}'
	empty_is list_object '"data":{"simpleOTAJobInfo":{}}'
	empty_is list_text '"data":{"simpleOTAJobInfo":""}'
	ask pk dev:1 187
	has "$body" '"data":{"simpleOTAJobInfo":[{' 'empty_shape with a row'
	$ctl reset
	ask pk dev:3 187 CurrentPage=2
	has "$body" '"simpleOTAJobInfo":[]},"pageCount":1,"pageSize":10' 'past_end=empty'
	$ctl set past_end=error
	ask pk dev:3 187 CurrentPage=2
	has "$body" InvalidPageParams 'past_end=error'
	reset clock_offset_s=3600
	ask pk dev 187
	has "$body" IllegalTimestamp 'clock_offset_s'
	ask pk dev 187 "Timestamp=$(date -u -d '+1 hour' +%FT%TZ)"
	is "$status" 200 'clock_offset_s: the same offset'
}

page() { # DEVICE PAGE; jobs and total
	ask pk "$1" 187 CurrentPage="$2" PageSize=3
	printf '%s of %s' "$(jobs_of "$body")" "$(printf %s "$body" | sed 's/.*"total":\([0-9-]*\).*/\1/')"
}

test_churn() {
	reset churn_after_page=1 churn_create=1
	is "$(page a:5 1)" '5 4 3 of 5' 'churn_create: page 1'
	is "$(page a:5 2)" '3 2 1 of 6' 'churn_create: page 2'
	is "$(page a:5 1)" '6 5 4 of 6' 'churn_create: page 1 again'
	is "$(page a:5 2)" '3 2 1 of 6' 'churn_times: only once'
	is "$(page b:5 1)" '5 4 3 of 5' 'churn is each key'\''s own'
	reset churn_after_page=1 churn_delete=1
	is "$(page a:5 1) $(page a:5 2)" '5 4 3 of 5 1 of 4' 'churn_delete skips a row'
	reset churn_after_page=1 churn_delete_last=2 churn_times=2
	is "$(page a:9 1) $(page a:9 1) $(page a:9 2) $(page a:9 1)" \
		'9 8 7 of 9 9 8 7 of 7 6 5 of 5 9 8 7 of 5' 'churn_delete_last twice'
	reset churn_after_page=1 churn_delete=1 churn_create=1 churn_times=3
	is "$(page a:5 1) $(page a:5 2) $(page a:5 1)" '5 4 3 of 5 2 1 of 5 6 4 3 of 5' 'a deletion and a creation balance'
	is "$(page a:5 1)" '7 4 3 of 5' 'and again, with new ids'
	$ctl set churn_after_page=0
	is "$(page a:5 1)" '8 4 3 of 5' 'changes stay'
	$ctl clear
	is "$(page a:5 1)" '8 4 3 of 5' 'changes stay over clear'
	$ctl reset
	is "$(page a:5 1)" '5 4 3 of 5' 'reset takes churn back'
	reset churn_after_page=1 churn_delete=1 order=asc
	is "$(page a:5 1) $(page a:5 2)" '1 2 3 of 5 5 of 4' 'churn_delete with order=asc'
	reset churn_after_page=1 churn_delete=9
	is "$(page a:5 1) $(page a:5 1)" '5 4 3 of 5  of 0' 'churn can delete everything'
}

test_lies() {
	reset lie_total=+2 lie_page=2
	is "$(page a:5 1) $(page a:5 2)" '5 4 3 of 5 2 1 of 7' 'lie_total on lie_page'
	reset lie_total=-1 lie_rounds=1
	is "$(page a:5 1) $(page a:5 2) $(page a:5 1)" '5 4 3 of 4 2 1 of 4 5 4 3 of 5' 'lie_rounds'
	$ctl set lie_rounds=1
	is "$(page a:5 1) $(get lies)" '5 4 3 of 4 3' 'lie_rounds counts anew when set'
	reset drop_rows=2 lie_page=1
	is "$(page a:5 1)" '5 of 5' 'drop_rows'
	reset extra_rows=4
	is "$(page a:5 1)" '5 4 3 5 4 3 5 of 5' 'extra_rows'
	reset repeat_page=1 lie_page=2
	is "$(page a:5 2)" '5 4 3 of 5' 'repeat_page'
	reset endless=1
	is "$(page a:5 1) $(page a:5 7)" '1 2 3 of 6 19 20 21 of 24' 'endless'
	reset lie_page_count=9 lie_page_size=7 lie_current_page=+1 lie_success=string
	ask pk a:5 187
	has "$body" '"currentPage":2' 'lie_current_page'
	has "$body" '"pageCount":9,"pageSize":7' 'lie_page_count, lie_page_size'
	has "$body" '"success":"true"' 'lie_success'
	reset omit=total,success,current_page,page_size,page_count,job_id,request_id
	ask pk a:5 187
	lacks "$body" '"total"' 'omit=total'
	lacks "$body" '"jobId"' 'omit=job_id'
	has "$body" '{"code":"","data":{' 'omit=current_page'
	has "$body" ']}}' 'omit=success, page_size, page_count'
	$ctl set omit=list
	ask pk a:5 187
	has "$body" '"data":{},"pageCount":1' 'omit=list'
}

test_failures() {
	reset fail_count=2 fail_status=429 fail_code=Throttling.User 'fail_message=Slow "down"' 'fail_headers=Retry-After: 3|X-A: b'
	fetch -i "$(base)$(sign pk dev 187)"
	is "$status" 429 'fail_status'
	has "$body" '{"Code":"Throttling.User","Message":"Slow \u0022down\u0022","RequestId":' 'fail_code, fail_message'
	has "$body" 'retry-after: 3' 'fail_headers'
	ask pk dev 187
	ask pk dev 187
	is "$status $(get failed)" '200 2' 'fail_count'
	reset fail_count=-1 fail_page=2 fail_skip=1 fail_shape=service
	ask pk dev:50 187 CurrentPage=2
	has "$body" '"total":50' 'fail_skip'
	ask pk dev:50 187 CurrentPage=2
	has "$body" '{"code":"ServiceUnavailable","errorMessage":' 'fail_shape=service, fail_page'
	has "$body" '"success":false}' 'fail_shape=service: success'
	ask pk dev:50 187
	has "$body" '"total":50' 'fail_page leaves others alone'
	reset fail_count=-1 fail_device=dev:5
	ask pk dev:50 187
	is "$status $(get failed)" '503 1' 'fail_device'
	ask pk dev:4 187
	is "$status $(get failed)" '200 1' 'fail_device leaves others alone'
	reset fail_count=1 fail_shape=html
	ask pk dev 187
	has "$status $body" '<h1>502 Bad Gateway</h1>' 'fail_shape=html'
	reset fail_count=1 fail_shape=empty fail_status=503
	ask pk dev 187
	is "$status,$body" '503,' 'fail_shape=empty'
	printf '{"a":\0 \xff' >"$dir/raw"
	reset raw_body_file="$dir/raw" raw_status=203 raw_type=text/x
	curl -s --cacert "$dir/certs/ca.pem" "$(base)$(sign pk dev 187)" | cmp -s - "$dir/raw"
	report $? 'raw_body_file is sent verbatim'
	fetch -i "$(base)$(sign pk dev 187 secret=x)"
	has "$status $body" 'content-type: text/x' 'raw_type, to refused requests too'
	is "$status $(get bad_signatures)" '203 1' 'raw_status, and signatures are checked'
	reset redirect=https://example.com/
	fetch -i "$(base)$(sign pk dev 187)"
	has "$status $body" 'location: https://example.com/' 'redirect'
	reset rate_limit=2
	fetch "$(base)$(sign pk dev 187)" "$(base)$(sign pk dev 187)" "$(base)$(sign pk dev 187)" \
		"$(base)$(sign pk dev 187)" "$(base)$(sign pk dev 187)"
	has "$body" Throttling.User 'rate_limit'
}

test_connections() {
	local u1 u2 protocol
	for protocol in --http1.1 --http2; do
		reset close_all=1
		fetch $protocol "$(base)$(sign pk dev 187)"
		is "$((exit_code != 0)),$body" 1, "close_all $protocol"
		is "$(get requests replies forced_closes in_flight aborted)" '1 0 1 0 1' "close_all $protocol: counted"
		reset close_reused=1
		fetch $protocol "$(base)$(sign pk dev 187)" "$(base)$(sign pk dev2 187)"
		is "$(get forced_closes)" 1 "close_reused $protocol"
		reset close_reused=1 close_reused_count=0
		fetch $protocol "$(base)$(sign pk dev 187)" "$(base)$(sign pk dev2 187)"
		is "$status $(get forced_closes)" '200 0' "close_reused_count $protocol"
		reset stall=head stall_skip=1
		ask pk dev 187
		is "$status" 200 "stall_skip $protocol"
		fetch $patience $protocol "$(base)$(sign pk dev 187)"
		is "$exit_code,$body" '28,' "stall=head $protocol"
		reset stall=body
		fetch $patience $protocol "$(base)$(sign pk dev 187)"
		is "$exit_code,${body:0:9}" '28,{"code":"' "stall=body $protocol"
		reset truncate_body=1
		fetch $protocol "$(base)$(sign pk dev 187)"
		is "$((exit_code != 0)),${body:0:9}" '1,{"code":"' "truncate_body $protocol"
		for cut_reset in 0 1; do
			reset cut_at=400 cut_reset=$cut_reset cut_count=1
			fetch $protocol "$(base)$(sign pk dev 187)"
			is "$((exit_code != 0)) $(get bytes_sent replies)" \
				"1 $([ $protocol = --http2 ] && get bytes_sent || echo 400) $(get replies)" "cut_at, cut_reset=$cut_reset $protocol"
			ask pk dev 187
			is "$status" 200 "cut_count $protocol"
		done
	done
	reset stall=tls
	fetch $patience "$(base)$(sign pk dev 187)"
	is "$exit_code $(get connections tls_handshakes stalls)" '28 1 0 1' 'stall=tls'
	reset hold_until_replies=1
	ask pk dev 187 &
	wait_until counted requests 1
	is "$(get requests replies in_flight)" '1 0 1' 'the control port works meanwhile'
	$ctl set hold_until_replies=0
	wait $!
	$ctl clear
	u1="$(base)$(sign pk a 187)" u2="$(base)$(sign pk b 187)"
	reset hold_until_in_flight=2 hold_ms=60000
	curl -sS -Z --parallel-immediate --http1.1 --cacert "$dir/certs/ca.pem" "$u1" "$u2" >"$dir/out" 2>&1
	is "$(get max_in_flight replies)" '2 2' 'hold_until_in_flight: a reply waits for the next request'
	reset hold_until_in_flight=2 hold_ms=200 nonce_check=0
	fetch "$u1" "$u2"
	is "$(get max_in_flight replies)" '1 2' 'hold_ms: not for ever'
	reset hold_until_in_flight=2 hold_ms=100 hold_times=-1
	fetch "$u1"
	is "$status" 200 'a reply is held, in vain'
	$ctl set hold_ms=3600000
	fetch $patience "$u2"
	is "$exit_code,$body" '28,' 'hold_times=-1: and the next'
	reset hold_until_replies=1 fail_skip=1 fail_count=1
	fetch -o /dev/null "$(base)$(sign pk a 187)" &
	wait_until counted requests 1
	is "$(get requests replies)" '1 0' 'hold_until_replies: a good reply waits'
	ask pk b 187
	is "$status" 503 'hold_until_replies: not one that fails'
	wait $!
	is "$(get replies)" 2 'hold_until_replies: then the other goes'
	reset latency_ms=3600000
	fetch $patience "$(base)$(sign pk dev 187)"
	is "$(settled) $(get requests replies aborted)" '0 0 1 0 1' 'a client that went away'
	reset idle_close_ms=100
	exec 8<>"/dev/tcp/127.0.0.1/$http_port"
	IFS= read -r -t 60 _ <&8
	is $? 1 'idle_close_ms'
	exec 8>&-
	is "$(get idle_closes open_connections)" '1 0' 'idle_close_ms: counted'
}

test_control() {
	$ctl reset
	is "$($ctl set nonsense=1 2>&1) $?" 'unknown setting "nonsense" 1' 'an unknown setting'
	$ctl set latency_ms=x 2>/dev/null
	is $? 1 'a bad value'
	$ctl set latency_ms=5 order=sideways 2>/dev/null
	is "$(get latency_ms)" 0 'all settings of a command or none'
	$ctl set raw_body_file=/nonexistent 2>/dev/null
	is $? 1 'an unreadable file'
	$ctl get nonsense 2>/dev/null
	is $? 1 'an unknown counter'
	$ctl set omit=total,list lie_total=-3
	is "$(get omit lie_total order)" 'total,list -3 desc' 'settings can be read'
	is "$(get requests connections)" '0 0' 'control requests never count'
}

test_certificates() {
	local name
	for name in wronghost expired selfsigned; do
		cert=$name start
		curl -s --cacert "$dir/certs/ca.pem" "$(base)"
		is $? 60 "the certificate $name is not trusted"
		stop $name
	done
	start --max-tls 1.1 --min-tls 1.0 --access-key-id me --access-key-secret mine
	curl -s --cacert "$dir/certs/ca.pem" "$(base)"
	is $? 35 '--max-tls'
	fetch --tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 "$(base)$(sign pk dev 187 AccessKeyId=me secret=mine)"
	is "$status" 200 '--min-tls and other credentials'
	stop 'TLS 1.1'
}

. ./selftest_faults.sh
. ./selftest_sql.sh
. ./selftest_fleet.sh
./make_certs.sh "$dir/certs"
start
all_themes='rule refusals parameters protocols shapes churn lies failures connections control
	limits faults streams heads bodies torrents unasked sql fleet fleet_faults fleet_rules'
for theme in ${THEMES:-$all_themes}; do
	echo "# $theme"
	$ctl reset
	set_patience
	$ctl reset
	test_$theme
	kill -0 "$sim_pid" 2>/dev/null || { echo 'Bail out! the simulator ended'; exit 1; }
done
stop 'after all tests'
test_certificates
echo "1..$tests"
[ "$failures" -eq 0 ] || echo "# $failures failed"
[ "$failures" -eq 0 ]
