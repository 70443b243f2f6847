# selftest_faults.sh: the themes of selftest.sh about limits, faults and
# hostile replies; it reads this file.

# Asks the same URL so often over one connection; prints the statuses.
ask_often() { # TIMES [CURL ARGUMENTS...]
	local times=$1
	shift
	curl -s --cacert "$dir/certs/ca.pem" -o /dev/null -w '%{http_code} ' "$@" "$(base)$(sign pk dev 187)#[1-$times]"
}

# What curl has said of the stream's end, in the words of 7.88 or of 8.22.
has_stream_error() { # NAME CODE WHAT
	has "$(sed "s/(error 0x$2 $1)/$1 (err $2)/" "$dir/out")" "$1 (err $2)" "$3"
}

memory_kb() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$sim_pid/status"; }

none_is_left() { [ "$(get in_flight open_connections)" = '0 0' ]; }

# Waits until nothing is in progress; prints what is left.
settled() {
	wait_until none_is_left
	get in_flight open_connections
}

test_limits() {
	reset nonce_check=0 rate_limit=1 rate_burst=3 rate_clock_ms=0
	is "$(ask_often 8)" '200 200 200 429 429 429 429 429 ' 'rate_burst: so many at once'
	$ctl set rate_clock_ms=1100
	is "$(ask_often 2)" '200 429 ' 'rate_limit fills the bucket, and throttled requests take nothing'
	is "$(get requests throttled)" '10 6' 'throttled requests are counted'
	$ctl set rate_burst=3
	is "$(ask_often 4)" '200 200 200 429 ' 'the bucket is full when rate_burst is set'
	$ctl set rate_limit=1
	is "$(ask_often 4)" '200 200 200 429 ' 'the bucket is full when rate_limit is set'
	reset rate_limit=1 rate_burst=1 rate_clock_ms=0 throttle_status=503 throttle_code=Slow.Down 'throttle_headers=Retry-After: 7|X-A: b'
	ask pk dev 187
	fetch -i "$(base)$(sign pk dev 187)"
	is "$status" 503 'throttle_status'
	has "$body" '"Code":"Slow.Down"' 'throttle_code'
	has "$body" 'retry-after: 7' 'throttle_headers'
	$ctl set throttle_shape=service
	ask pk dev 187
	has "$status $body" '503 {"code":"Slow.Down","errorMessage":' 'throttle_shape=service'
	$ctl set throttle_shape=empty
	ask pk dev 187
	is "$status,$body" '503,' 'throttle_shape=empty'
	reset rate_limit=1 rate_clock_ms=1999 nonce_check=0 throttle_status=420
	is "$(ask_often 3)" '200 420 420 ' 'throttle_status where there is no bucket'
	$ctl set rate_clock_ms=2000
	is "$(ask_often 2)" '200 420 ' 'and the next second has its own'
	reset rate_limit=1 rate_burst=1 nonce_check=0
	ask_often 1 >/dev/null
	fetch --retry 100 --retry-delay 1 -o "$dir/retried" "$(base)$(sign pk dev 187)"
	is "$status" 200 'the clock fills it, too'
}

test_faults() {
	local first protocol
	reset nonce_check=0 fault_percent=30 fault_kinds=error,throttle
	first=$(ask_often 40)
	has "$first" '500 ' 'fault_kinds=error'
	has "$first" '429 ' 'fault_kinds=throttle'
	$ctl set fault_percent=30
	is "$(ask_often 40)" "$first" 'the same faults when fault_percent is set again'
	is "$(ask_often 40 | cmp -s - <(printf %s "$first"); echo $?)" 1 'other faults later on'
	$ctl set seed=1
	is "$(ask_often 40 --http1.1)" "$first" 'the same faults when the seed is set again, over HTTP/1.1 too'
	$ctl set seed=2
	is "$(ask_often 40 | cmp -s - <(printf %s "$first"); echo $?)" 1 'other faults with another seed'
	reset nonce_check=0 fault_percent=20 fault_kinds=error,throttle
	ask_often 1000 >/dev/null
	is "$(get requests failed throttled)" '1000 0 0' 'faults are not failures and no throttling'
	is "$(get faults fault_errors fault_throttles)" '179 100 79' 'fault_percent of the requests, in equal parts'
	reset nonce_check=0 fault_percent=50 fault_kinds=error
	curl -s --cacert "$dir/certs/ca.pem" -o /dev/null "$(base)$(sign pk dev 187 secret=x)#[1-20]"
	is "$(get faults refused)" '0 20' 'refused requests have no faults'
	reset fault_percent=100 fault_kinds=
	ask pk dev 187
	is "$status $(get faults)" '200 0' 'no fault_kinds'
	is "$($ctl reset; get fault_kinds)" error,reset,truncate,timeout,throttle 'fault_kinds: all by default'
	for protocol in --http1.1 --http2; do
		test_each_fault $protocol
	done
	reset fault_percent=100 fault_reset=stream fault_kinds=reset
	fetch --http1.1 -S "$(base)$(sign pk dev 187)" 2>"$dir/out"
	has "$(cat "$dir/out")" 'reset by peer' 'fault_reset=stream: over HTTP/1.1 the connection is reset'
	fetch -S "$(base)$(sign pk dev 187)" 2>"$dir/out"
	is "$exit_code $body" '92 ' 'fault_reset=stream'
	has_stream_error INTERNAL_ERROR 2 'fault_reset=stream: RST_STREAM'
	reset fault_percent=100 fault_reset=stream fault_kinds=truncate
	fetch "$(base)$(sign pk dev 187)"
	is "$exit_code ${body:0:9} $(get fault_truncations rst_streams forced_closes)" '92 {"code":" 1 1 0' 'fault_reset=stream: truncation'
	is "$(settled)" '0 0' 'faults leave nothing behind'
}

test_each_fault() { # PROTOCOL
	reset fault_percent=100 fault_kinds=error
	fetch $1 "$(base)$(sign pk dev 187)"
	has "$status $body" '"Code":"InternalError"' "fault error $1"
	is "$status $(get faults fault_errors replies)" '500 1 1 1' "fault error $1: counted"
	reset fault_percent=100 fault_kinds=throttle
	fetch $1 "$(base)$(sign pk dev 187)"
	has "$status $body" '"Code":"Throttling.User"' "fault throttle $1"
	is "$status $(get faults fault_throttles replies)" '429 1 1 1' "fault throttle $1: counted"
	reset fault_percent=100 fault_kinds=reset
	fetch -i $1 -S "$(base)$(sign pk dev 187)" 2>"$dir/out"
	is "$status,$body" '000,' "fault reset $1: no byte of a reply"
	has "$(cat "$dir/out")" 'reset by peer' "fault reset $1"
	is "$(get faults fault_resets replies aborted)" '1 1 0 1' "fault reset $1: counted"
	reset fault_percent=100 fault_kinds=truncate
	fetch $1 "$(base)$(sign pk dev 187)"
	is "$((exit_code != 0)) $status ${body:0:9} $((${#body} > 300))" '1 200 {"code":" 1' "fault truncate $1"
	is "$(get faults fault_truncations replies aborted open_connections)" '1 1 0 1 0' "fault truncate $1: counted"
	reset fault_percent=100 fault_kinds=timeout
	fetch $patience $1 "$(base)$(sign pk dev 187)"
	is "$exit_code,$body" '28,' "fault timeout $1"
	is "$(get faults fault_timeouts replies) $(settled) $(get aborted)" '1 1 0 0 0 1' "fault timeout $1: counted"
}

test_streams() {
	reset rst_stream_at=0 rst_stream_count=1
	curl -s -S -o /dev/null --cacert "$dir/certs/ca.pem" "$(base)$(sign pk a 187)" -o "$dir/second" "$(base)$(sign pk b 187)" 2>"$dir/out"
	has_stream_error INTERNAL_ERROR 2 'rst_stream_at=0'
	has "$(cat "$dir/second")" '"total":3' 'rst_stream_count, and the connection lives on'
	is "$(get connections requests replies aborted rst_streams)" '1 2 1 1 1' 'rst_stream_at: counted'
	reset rst_stream_at=50
	fetch "$(base)$(sign pk dev 187)"
	is "$exit_code $status ${#body}" '92 200 50' 'rst_stream_at=50: so many bytes'
	reset rst_stream_at=1000000 chunked=1
	fetch "$(base)$(sign pk dev 187)"
	is "$exit_code ${body: -10}" '92 "total":3}' 'rst_stream_at behind the body: no end of it'
	fetch --http1.1 "$(base)$(sign pk dev 187)"
	is "$status" 200 'rst_stream_at does nothing over HTTP/1.1'
	reset rst_stream_at=0 rst_stream_code=8 nonce_check=0
	fetch -S "$(base)$(sign pk dev 187)" 2>"$dir/out"
	has_stream_error CANCEL 8 'rst_stream_code'
	reset rst_stream_at=0 rst_stream_code=7 rst_stream_count=1 nonce_check=0
	fetch "$(base)$(sign pk dev 187)"
	is "$status $(get requests)" '200 2' 'REFUSED_STREAM: curl asks again by itself'
	reset rst_stream_at=0 rst_stream_code=7 rst_stream_count=1 provoked=1
	fetch "$(base)$(sign pk dev 187)"
	is "$status $(get repeated_nonces)" '400 1' 'the nonce of a refused stream is used'
	reset goaway_after=2
	ask_often 1 >/dev/null
	is "$(get goaways)" 0 'goaway_after: not before'
	reset goaway_after=2 nonce_check=0
	is "$(ask_often 5)" '200 200 200 200 200 ' 'goaway_after: all are answered'
	is "$(get connections requests replies goaways aborted)" '3 5 5 2 0' 'goaway_after: each connection ends'
	is "$(ask_often 5 --http1.1; get goaways)" '200 200 200 200 200 2' 'goaway_after does nothing over HTTP/1.1'
	# whether a client asks again by itself differs between versions of curl
	reset goaway_after=2 goaway_refuse=1 goaway_count=1 nonce_check=0
	ask_often 5 >/dev/null
	is "$(get connections goaways aborted) $(($(get requests) - $(get replies)))" '2 1 1 1' 'goaway_count, goaway_refuse: dropped without reply'
	test_goaway_overlap
	reset goaway_after=2 goaway_notice_ms=50 nonce_check=0
	is "$(ask_often 4)" '200 200 200 200 ' 'goaway_notice_ms: all are answered'
	is "$(get connections goaways aborted)" '2 2 0' 'goaway_notice_ms: curl takes another connection at once'
	reset close_after=2 nonce_check=0
	local got
	got="$(ask_often 5) $(get connections requests forced_closes)"
	# curl 8.22 may not ask again what went over a connection that was closed
	[ "$got" != '200 200 000 200 200  2 4 2' ] || got='200 200 200 200 200  3 5 2'
	is "$got" '200 200 200 200 200  3 5 2' 'close_after'
	reset h2_settings_ms=300
	fetch -m 0.2 "$(base)$(sign pk dev 187)"
	is "$exit_code $(get bytes_sent)" '28 0' 'h2_settings_ms: nothing before'
	ask pk dev 187
	is "$status" 200 'h2_settings_ms: a reply then'
	$ctl set h2_settings_ms=-1
	fetch -m 0.5 "$(base)$(sign pk dev 187)"
	is "$exit_code" 28 'h2_settings_ms=-1: nothing'
	test_lower_streams
	is "$(settled)" '0 0' 'nothing is left behind'
}

# Two requests in progress when the connection has no stream any more; and again two at once later.
test_lower_streams() {
	reset h2_lower_after=2 h2_lower_to=0 h2_lower_ms=100 latency_ms=50 nonce_check=0
	is "$(ask_often 4) $(get lowerings)" "200 200 200 200  $(($(get connections) > 1 ? 2 : 1))" 'h2_lower_after: fewer streams, and as many as before'
}

# Three requests at once on one connection, of which GOAWAY comes with the third.
test_goaway_overlap() {
	local how late refuse url
	for how in '0 0' '1 0' '0 20' '1 20'; do
		read -r refuse late <<<"$how"
		reset goaway_after=3 goaway_refuse=$refuse goaway_count=1 nonce_check=0
		ask pk dev 187 # a connection before, so that the three share one
		url="$(base)$(sign pk dev 187)"
		$ctl set hold_until_in_flight=3 hold_ms=60000 goaway_ms=$late latency_ms=$((late * 10))
		$ctl clear
		curl -s -Z --cacert "$dir/certs/ca.pem" -o /dev/null -w '%{http_code} ' "$url#[1-3]" >"$dir/out"
		[ $refuse = 1 ] || is "$(cat "$dir/out")" '200 200 200 ' "goaway_ms=$late with three in progress: all are answered"
		is "$(get goaways aborted) $(($(get requests) - $(get replies)))" "1 $((3 * refuse)) $((3 * refuse))" "goaway_refuse=$refuse goaway_ms=$late with three in progress: counted"
	done
}

test_heads() {
	local protocol before
	before=$(memory_kb)
	for protocol in --http1.1 --http2; do
		reset header_flood=100
		fetch -i $protocol "$(base)$(sign pk dev 187)"
		is "$status $(grep -ci '^x-flood-[0-9]*: xxx' <<<"$body")" '200 100' "header_flood $protocol: lines"
		is "$((${#body} > 100000 && ${#body} < 105000))" 1 "header_flood $protocol: kilobytes"
		has "$body" '"total":3}' "header_flood $protocol: the body follows"
		reset header_flood=-1
		fetch -m 5 $protocol -o /dev/null "$(base)$(sign pk dev 187)"
		is "$((exit_code != 0)) $(get replies) $(settled) $(get aborted)" '1 0 0 0 1' "header_flood=-1 $protocol"
		is "$(($(get bytes_sent) > 100000))" 1 "header_flood=-1 $protocol: more than a client wants"
		reset no_date=1
		fetch -i $protocol "$(base)$(sign pk dev 187)"
		lacks "${body,,}" $'\ndate:' "no_date $protocol"
		$ctl set no_date=0
		fetch -i $protocol "$(base)$(sign pk dev 187)"
		has "${body,,}" $'\ndate:' "no_date=0 $protocol"
		reset chunked=1 nonce_check=0
		fetch -i $protocol "$(base)$(sign pk dev:100 187 PageSize=100)"
		lacks "${body,,}" content-length "chunked $protocol: no length"
		is "$(jobs_of "$body" | wc -w)" 100 "chunked $protocol: whole"
		$ctl clear
		is "$(ask_often 3 $protocol; get connections)" '200 200 200 1' "chunked $protocol: the connection lives on"
	done
	fetch -i --http1.1 "$(base)$(sign pk dev 187)"
	has "$body" 'Transfer-Encoding: chunked' 'chunked'
	reset no_length=1 nonce_check=0
	fetch -i --http1.1 "$(base)$(sign pk dev:100 187 PageSize=100)"
	lacks "${body,,}" content-length 'no_length'
	lacks "${body,,}" transfer-encoding 'no_length'
	is "$(jobs_of "$body" | wc -w)" 100 'no_length: whole'
	reset chunked=1 nonce_check=0
	$ctl set truncate_body=1
	fetch --http1.1 "$(base)$(sign pk dev 187)"
	is "$((exit_code != 0)) ${body:0:9}" '1 {"code":"' 'chunked and truncated'
	is "$(($(memory_kb) - before < 8192))" 1 'floods of headers take no memory'
}

test_bodies() {
	local protocol before size began
	before=$(memory_kb)
	printf 0123456789 >"$dir/raw"
	for protocol in --http1.1 --http2; do
		reset
		fetch $protocol "$(base)$(sign pk dev 187)"
		size=${#body}
		reset body_flood=40
		fetch $protocol -o "$dir/out" "$(base)$(sign pk dev 187)"
		is "$status $(($(wc -c <"$dir/out") - size))" "200 $((40 * 1048576))" "body_flood $protocol"
		is "$(tr -d ' ' <"$dir/out" | cut -c 1-9,$((size - 9))-)" '{"code":""total":3}' "body_flood $protocol: in the JSON"
		is "$(get replies)" 1 "body_flood $protocol: counted"
		reset body_flood=-1
		fetch $protocol $patience -o /dev/null "$(base)$(sign pk dev 187)"
		is "$exit_code $status $(get replies) $(settled)" '28 200 0 0 0' "body_flood=-1 $protocol"
		curl -s $protocol --limit-rate 1M -o /dev/null --cacert "$dir/certs/ca.pem" "$(base)$(sign pk dev 187)" &
		wait_until counted in_flight 1
		is "$(timeout 60 $ctl get in_flight)" 1 "body_flood=-1 $protocol: others are served"
		kill $! && wait $! 2>/dev/null
		reset trickle_ms=5 raw_body_file="$dir/raw"
		fetch $protocol "$(base)$(sign pk dev 187)"
		is "$status $body $(get replies)" '200 0123456789 1' "trickle_ms $protocol: whole"
		$ctl set trickle_ms=100
		began=$(date +%s%N)
		fetch $protocol "$(base)$(sign pk dev 187)"
		is "$status ${#body} $((($(date +%s%N) - began) / 1000000 >= 10 * 100))" '200 10 1' "trickle_ms $protocol: a byte each 100 ms"
		reset bomb_mb=64
		fetch $protocol -o "$dir/out" "$(base)$(sign pk dev 187)"
		is "$(($(wc -c <"$dir/out") < 100000)) $(gzip -dc <"$dir/out" | wc -c)" "1 $((64 * 1048576 + size))" "bomb_mb $protocol"
		is "$(gzip -dc <"$dir/out" | tr -d ' ' | cut -c 1-9)" '{"code":"' "bomb_mb $protocol: with JSON in it"
		fetch $protocol --compressed -o /dev/null -w '\n%{size_download}\n' "$(base)$(sign pk dev 187)"
		is "$exit_code" 0 "bomb_mb $protocol: a client can unpack it"
	done
	is "$(settled)" '0 0' 'nothing is left behind'
	is "$(($(memory_kb) - before < 8192))" 1 'floods and bombs take no memory'
	reset accept_reset=1
	fetch "$(base)$(sign pk dev 187)"
	is "$((exit_code != 0)),$body" '1,' 'accept_reset'
	ask pk dev 187
	is "$status $(get connections requests forced_closes open_connections)" '200 2 1 1 0' 'accept_reset: so many'
	$ctl set accept_reset=-1
	fetch "http://localhost:$http_port/?$(sign pk dev 187)"
	is "$((exit_code != 0)) $(get accept_reset)" '1 -1' 'accept_reset=-1: all, also in cleartext'
}

# Two requests over one connection, all that came in between included.
test_unasked() {
	local what
	reset http2=0 unasked=reply unasked_count=1 nonce_check=0
	has "$(curl -sv --cacert "$dir/certs/ca.pem" -o /dev/null "$(base)$(sign pk dev 187)" 2>&1)" \
		'Excess found' 'unasked=reply: another one right behind a reply'
	is "$(get unasked unasked_count)" '1 0' 'it is counted, and unasked_count counts down'
	for what in again data next next_data stream push; do
		reset unasked=$what nonce_check=0
		curl -s --cacert "$dir/certs/ca.pem" -o /dev/null "$(base)$(sign pk dev 187)"
		is "$(get unasked)" 1 "unasked=$what: over HTTP/2"
	done
	reset unasked=stream unasked_ms=5 unasked_pings=2 latency_ms=50 nonce_check=0
	curl -s --cacert "$dir/certs/ca.pem" -o /dev/null -o /dev/null "$(base)$(sign pk dev 187)" "$(base)$(sign pk dev2 187)"
	is "$(($(get unasked) > 0)) $(get unasked_pings)" '1 2' 'unasked_ms and unasked_pings: a while after a reply'
	reset http2=0 interim=2 'interim_headers=X-Hint: yes'
	fetch -i "$(base)$(sign pk dev 187)"
	is "$(grep -c 'HTTP/1.1 103' <<<"$body"),$(grep -c 'X-Hint: yes' <<<"$body")" 2,2 'interim and its headers'
	reset http2=0 trailers=2 chunked=1
	is "$(curl -s --cacert "$dir/certs/ca.pem" -o /dev/null -D - "$(base)$(sign pk dev 187)" | grep -c '^X-Trailer-')" 2 'trailers'
	reset interim=2 trailers=1 chunked=1
	has "$(curl -s --cacert "$dir/certs/ca.pem" -o /dev/null -D - "$(base)$(sign pk dev 187)")" \
		'x-trailer: of the body' 'trailers over HTTP/2'
}

# A request that gets a torrent, until there is one; curl's own limit on time does not hold.
ask_torrent() { # PROTOCOL
	local pid
	curl -s "$1" -o /dev/null --cacert "$dir/certs/ca.pem" "$(base)$(sign pk dev 187)" &
	pid=$!
	wait_until counted torrents 1
	[ "$torrent" = tickets ] || wait_until is_much
	kill -s KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
}

is_much() { [ "$(get bytes_sent)" -gt 10000 ]; }

test_torrents() {
	local protocol torrents torrent
	for protocol in --http2 --http1.1; do
		torrents='window_update empty_data priority ping settings rst_stream continuation headers unknown push_promise'
		[ $protocol = --http2 ] || torrents='continue lines line chunk chunks trailer coded'
		for torrent in $torrents hello tickets; do
			reset torrent=$torrent
			ask_torrent $protocol
			is "$(get torrents replies) $(settled)" '1 0 0 0' "torrent=$torrent $protocol"
			[ $torrent = tickets ] || is "$(($(get bytes_sent) > 10000))" 1 "torrent=$torrent $protocol: without end"
		done
	done
	reset torrent=ping
	fetch --http1.1 "$(base)$(sign pk dev 187)"
	is "$status $(get torrents)" '200 0' 'a torrent of HTTP/2 over HTTP/1.1: none'
}
