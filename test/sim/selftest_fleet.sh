# selftest_fleet.sh: the themes of selftest.sh about the family of actions: what each answers,
# what it refuses, and whether fleet.sql says the same; it reads this file.

# Asks an action, of which the parameters are NAME=VALUE; it sends pages' as the action has them.
act() { # ACTION [NAME=VALUE...]
	case $1 in
		ListOTAUnfinishedTaskByDevice | ListOTAModuleByProduct) set -- "$@" -CurrentPage -PageSize ;;
	esac
	ask - - - -ProductKey -DeviceName -FirmwareId Action="$@"
}

member() { printf %s "$body" | sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p'; } # NAME

# What each action is, without or with pages: name, greatest page size, parameters.
all_actions() { # COMMAND...; with those appended
	"$@" ListOTAJobByDevice 100 ProductKey=p DeviceName=d FirmwareId=f
	"$@" ListOTAJobByFirmware 200 FirmwareId=7000001000001
	"$@" ListOTATaskByJob 100 JobId=8000001000001000001
	"$@" ListOTAUnfinishedTaskByDevice 0 ProductKey=pk DeviceName=dev:3
	"$@" ListOTAFirmware 100
	"$@" ListOTAModuleVersionsByDevice 200 ProductKey=fleet1 DeviceName=fleet1-1
	"$@" ListOTAModuleByProduct 0 ProductKey=fleet1
	"$@" QueryProductList 200
	"$@" QueryDevice 50 ProductKey=fleet1
}

# Signed rightly, refused for its parameters alone.
act_refused() { # COUNTER CODE NAME ACTION [NAME=VALUE...]
	local counter=$1 code=$2 name=$3
	shift 3
	act "$@"
	has "$body" "\"$code\"" "$name: $code"
	is "$(get refused "$counter")" '1 1' "$name: $counter"
	$ctl clear
}

is_strict() { # ACTION SIZE [NAME=VALUE...]
	local action=$1 size=$2 parameter
	shift 2
	$ctl clear
	act "$action" "$@"
	is "$status $(get requests refused)" '200 1 0' "$action is answered"
	has "$body" '"success":true' "$action: success"
	is "$($ctl actions)" "$action 1 1" "$action: requests by action"
	is "$($ctl key "$action" "${@#*=}")" 1 "$action: requests of a key"
	$ctl clear
	for parameter; do
		act_refused missing_parameters MissingParameter "$action without ${parameter%%=*}" "$action" "$@" "-${parameter%%=*}"
		act_refused missing_parameters MissingParameter "$action, ${parameter%%=*} empty" "$action" "$@" "${parameter%%=*}="
	done
	act_refused foreign_parameters InvalidParameter "$action with another's parameter" "$action" "$@" \
		"$([ "$action" = QueryDevice ] && echo JobId=1 || echo NextToken=1)"
	if [ "$size" = 0 ]; then
		ask - - - -ProductKey -DeviceName -FirmwareId Action="$action" "$@" -PageSize
		is "$(get foreign_parameters)" 1 "$action has no pages"
		lacks "$body" '"total"' "$action has no total"
	else
		act "$action" "$@" PageSize="$size"
		has "$body" "\"pageSize\":$size," "$action, PageSize $size"
		$ctl clear
		act_refused bad_pages iot.common.InvalidPageParams "$action, PageSize $((size + 1))" "$action" "$@" PageSize=$((size + 1))
		act_refused missing_parameters MissingParameter "$action without PageSize" "$action" "$@" -PageSize
	fi
}

test_fleet() {
	local token
	$ctl reset
	all_actions is_strict
	act_refused bad_pages iot.common.InvalidPageParams 'tasks beyond 100,000' ListOTATaskByJob JobId=j:100001 PageSize=100 CurrentPage=1001
	act ListOTATaskByJob JobId=j:100001 PageSize=100 CurrentPage=1000
	has "$body" '000002","taskStatus":' 'tasks up to 100,000'
	has "$body" '"total":100001}' 'tasks beyond 100,000 are counted'
	$ctl clear
	act_refused bad_pages iot.common.InvalidPageParams 'devices beyond 10,000 by number' QueryDevice ProductKey=shop:20000 PageSize=50 CurrentPage=201
	act QueryDevice ProductKey=shop:20000 PageSize=50 CurrentPage=200
	token=$(member nextToken)
	act QueryDevice ProductKey=shop:20000 PageSize=50 CurrentPage=201 NextToken="$token"
	has "$body" '"currentPage":201,"data":{"deviceInfo":[{"deviceName":"shop:20000-10000"' 'devices beyond 10,000 by token'
	$ctl clear
	act_refused bad_pages iot.common.InvalidPageParams 'a token and another page' QueryDevice ProductKey=shop:20000 PageSize=50 CurrentPage=202 NextToken="$token"
	act_refused bad_pages iot.common.InvalidPageParams 'a token of another page size' QueryDevice ProductKey=shop:20000 PageSize=49 NextToken="$token" -CurrentPage
	act_refused bad_pages iot.common.InvalidPageParams 'a token of another key' QueryDevice ProductKey=shop:20001 PageSize=50 NextToken="$token" -CurrentPage
	act_refused bad_pages iot.common.InvalidPageParams 'a token that was changed' QueryDevice ProductKey=shop:20000 PageSize=50 NextToken="${token/1/2}" -CurrentPage
	act_refused missing_parameters MissingParameter 'an empty token' QueryDevice ProductKey=shop:20000 PageSize=50 NextToken= -CurrentPage
	act QueryDevice ProductKey=shop:2 PageSize=2
	has "$body" '"nextToken":"",' 'an empty token at the end'
	has "$body" '"deviceSecret":"S3CR3T-of-shop:2-2"' 'deviceSecret is told'
	act QueryProductList
	has "$body" '"productKey":"fleet1","productName":"Product 1"}]},"pageCount":1,"pageSize":10,"total":3},"requestId"' 'totals inside data'
	has "$body" '"gmtCreate":1704070800001,' 'milliseconds since 1970'
	act QueryDevice ProductKey=fleet1
	has "$body" '"gmtCreate":"Mon, 01-Jan-2024 01:05:00 GMT","gmtModified":"Mon, 01-Jan-2024 06:05:00 GMT"' 'times as of RFC 1123'
	act ListOTAModuleByProduct ProductKey=fleet1
	has "$body" '"gmtCreate":"2024-01-01T01:02Z","gmtModified":"2024-01-01 T03:02Z"' 'times without seconds, one with a blank'
	is "$($ctl actions | tail -2 | head -1)" 'QueryProductList 1 1' 'requests by action'
}

# Forms and lies that are asked of each action: NAME=VALUE of settings, and a part of the reply.
form_of() { # PART NAME SETTINGS -- ACTION SIZE [NAME=VALUE...]
	local part=$1 set=$2
	shift 2
	$ctl reset
	$ctl set $set
	act "$1" "${@:3}"
	has "$body" "$part" "$set: $1"
}

lie_of() { # PART SETTINGS ACTION SIZE [NAME=VALUE...]; not of actions without pages
	[ "$4" = 0 ] || form_of "$@"
}

test_fleet_faults() {
	local first next
	all_actions form_of '"Success":true' casing=pascal
	all_actions form_of '"REQUESTID":"' casing=upper
	all_actions form_of '"code":"ServiceUnavailable"' 'fail_count=1 fail_shape=service'
	all_actions form_of '"success":null' lie_success=null
	all_actions form_of '"code":"iot.x"' 'fail_count=1 fail_shape=service fail_code=iot.x'
	all_actions form_of ':null' 'empty_always=1 empty_shape=list_null'
	all_actions form_of '"b":{"c":[{' list_path=a.b.c
	all_actions lie_of '"total":77}' lie_total=77
	all_actions lie_of '"total":"' numbers_as_strings=1
	all_actions lie_of '"currentPage":9,' lie_current_page=9
	all_actions lie_of '"pageSize":1,' clamp=1
	all_actions lie_of '"iot.common.InvalidPageParams"' 'clamp=1 clamp_mode=refuse'
	reset lie_action=ListOTAFirmware,QueryDevice lie_total=77
	act ListOTAFirmware
	has "$body" '"total":77' 'lie_action'
	act QueryProductList
	has "$body" '"total":3' 'lie_action: not others'
	reset fail_action=QueryDevice fail_count=-1
	act QueryProductList
	is "$status" 200 'fail_action: not others'
	act QueryDevice ProductKey=fleet1
	is "$status" 503 'fail_action'
	reset hold_action=QueryDevice hold_until_in_flight=2 hold_ms=60000
	act QueryProductList
	is "$status" 200 'hold_action: not others'
	curl -sS -Z --parallel-immediate --http1.1 --cacert "$dir/certs/ca.pem" \
		"$(base)$(sign fleet1 - - -DeviceName -FirmwareId Action=QueryDevice)" \
		"$(base)$(sign fleet2 - - -DeviceName -FirmwareId Action=QueryDevice)" >"$dir/out" 2>&1
	is "$($ctl actions | paste -sd ' ')" 'QueryProductList 1 1 QueryDevice 2 2' 'hold_action: a reply waits for the next request of its action'
	reset ids_as_numbers=1
	act ListOTATaskByJob JobId=8000001000001000001
	has "$body" '"jobId":8000001000001000001,' 'ids_as_numbers'
	reset omit=job_id
	act QueryDevice ProductKey=fleet1
	lacks "$body" '"iotId"' 'omit=job_id: the id of the action'
	test_tokens
	test_module_shapes
	reset churn_after_page=1 churn_create=2
	act QueryDevice ProductKey=fleet1 PageSize=2
	act QueryDevice ProductKey=fleet1 PageSize=2 NextToken="$(member nextToken)" -CurrentPage
	has "$body" '"currentPage":2,"data":{"deviceInfo":[{"deviceName":"fleet1-3",' 'a walk goes on behind its last row, whatever was created'
	has "$body" '"total":7}' 'and tells that more were'
	reset overlap_rows=1
	act ListOTAFirmware PageSize=2
	first=$(member firmwareId)
	act ListOTAFirmware PageSize=2 CurrentPage=2
	next=$(printf %s "$body" | grep -o '"firmwareId":"[0-9]*"' | head -1)
	is "$next" "\"firmwareId\":\"$first\"" 'overlap_rows: an id twice, across pages'
}

test_tokens() {
	local token
	reset token_total=0
	act QueryDevice ProductKey=fleet1 PageSize=2
	lacks "$body" '"total"' 'token_total=0'
	token=$(member nextToken)
	$ctl set lie_token=repeat
	act QueryDevice ProductKey=fleet1 PageSize=2 NextToken="$token" -CurrentPage
	is "$(member nextToken)" "$token" 'lie_token=repeat'
	$ctl set lie_token=absent
	act QueryDevice ProductKey=fleet1 PageSize=2
	lacks "$body" nextToken 'lie_token=absent'
	$ctl set lie_token=null
	act QueryDevice ProductKey=fleet1 PageSize=2
	has "$body" '"nextToken":null,' 'lie_token=null'
	$ctl set lie_token=number
	act QueryDevice ProductKey=fleet1 PageSize=2
	has "$body" '"nextToken":17,' 'lie_token=number'
	$ctl set lie_token=empty
	act QueryDevice ProductKey=fleet1 PageSize=2
	has "$body" '"nextToken":"",' 'lie_token=empty'
	$ctl set lie_token=foreign
	act QueryDevice ProductKey=fleet1 PageSize=2
	act QueryDevice ProductKey=fleet1 PageSize=2 NextToken="$(member nextToken)" -CurrentPage
	has "$body" InvalidPageParams 'lie_token=foreign: it is not taken'
	reset endless=1
	act QueryDevice ProductKey=fleet1 PageSize=2
	act QueryDevice ProductKey=fleet1 PageSize=2 NextToken="$(member nextToken)" -CurrentPage
	is "${body##*nextToken\":\"p3+4/*}" '' 'endless: a token again and again'
}

test_module_shapes() {
	reset list_shape=object
	act ListOTAModuleByProduct ProductKey=fleet1
	has "$body" '"data":{"simpleOTAModuleInfo":[{"aliasName":' 'list_shape=object'
	$ctl set list_shape=single
	act ListOTAModuleByProduct ProductKey=p:1
	has "$body" '"data":{"aliasName":' 'list_shape=single'
	act QueryDevice ProductKey=fleet1
	has "$body" '"data":{"deviceInfo":[{' 'list_shape: of modules only'
}

# All pages of a list, by number or, with WALK=1, by token, as files.
take_list() { # ACTION [NAME=VALUE...]
	local page=1 size=${SIZE:-50} next=()
	rm -f "$dir"/pg/page*
	while :; do
		act "$@" PageSize="$size" CurrentPage=$page "${next[@]}"
		printf %s "$body" >"$dir/pg/page$page"
		[ "${WALK:-}" ] && next=(NextToken="$(member nextToken)" -CurrentPage)
		[ "${WALK:-}" ] && [ -z "$(member nextToken)" ] && break
		[ "${WALK:-}" ] || [ "$page" -lt "$(member pageCount || echo 0)" ] 2>/dev/null || break
		page=$((page + 1))
	done
	chmod a+r "$dir"/pg/page*
	pages=$page
}

# Compares the rows of the pages with those of a query, in a table's columns; prints how many
# there are on both sides, and how many differ.
compare_rows() { # TABLE LIST QUERY
	pg_psql -v table="$1" -v list="$2" -v query="$3" -v n="$pages" -v page="$dir/pg/page" <<-'SQL'
		SET client_encoding = utf8;
		SET search_path = rules;
		SET timezone = 'UTC';
		CREATE FUNCTION pg_temp.column_of(name text) RETURNS text LANGUAGE sql AS $$
			SELECT CASE name WHEN 'desc' THEN 'description' ELSE lower(regexp_replace(name, '([A-Z])', '_\1', 'g')) END $$;
		CREATE FUNCTION pg_temp.value_of(name text, value jsonb) RETURNS jsonb LANGUAGE sql AS $$
			SELECT CASE WHEN name NOT LIKE 'gmt%' THEN value
				WHEN jsonb_typeof(value) = 'number' THEN to_jsonb(to_timestamp(value::bigint / 1000.0))
				WHEN value #>> '{}' LIKE '% GMT' THEN to_jsonb(to_timestamp(substr(value #>> '{}', 6), 'DD-Mon-YYYY HH24:MI:SS'))
				ELSE to_jsonb(replace(value #>> '{}', ' T', 'T')) END $$;
		SET jit = off;
		SELECT format('WITH served AS (
				SELECT (jsonb_populate_record(NULL::%1$I, (SELECT jsonb_object_agg(pg_temp.column_of(key), pg_temp.value_of(key, value))
					FROM jsonb_each(r)))).*
				FROM generate_series(1, %4$s) p, jsonb_array_elements(pg_read_file(%5$L || p)::jsonb #> %2$L) r),
			ruled AS (%3$s)
			SELECT (SELECT count(*) FROM served), (SELECT count(*) FROM ruled),
				(SELECT count(*) FROM ((TABLE served EXCEPT ALL TABLE ruled) UNION ALL (TABLE ruled EXCEPT ALL TABLE served)) d)',
			:'table', :'list', :'query', :'n', :'page') \gexec
	SQL
}

# Sets the fleet's size here and there.
fleet() { # NAME=VALUE...
	local item
	$ctl set "${@/#/fleet_}"
	for item; do
		pg_psql -c "ALTER DATABASE postgres SET sim.fleet_${item%%=*} = '${item#*=}'"
	done
}

agrees() { # ROWS TABLE LIST QUERY ACTION [NAME=VALUE...]
	local rows=$1 table=$2 list=$3 query=$4
	shift 4
	take_list "$@"
	is "$(compare_rows "$table" "$list" "$query")" "$rows|$rows|0" "fleet.sql agrees: $* ($rows)"
}

test_fleet_rules() {
	pg_start UTF8 || return
	$ctl reset
	compare_fleet 3 5 12 2 2
	fleet products=2 devices=51 firmware=6 jobs=7 tasks=50 modules=3
	compare_fleet 2 51 12 7 3
	agrees 7 device '{data,deviceInfo}' "SELECT 'shop:7', s.* FROM sim_devices('shop:7') s" QueryDevice ProductKey=shop:7
	agrees 101 ota_task '{data,simpleOTATaskInfo}' "SELECT '8' || substr(firmware_id, 2) || lpad(sim_id_number('j:101', 2)::text, 6, '0'), s.*
		FROM sim_tasks('j:101') s" ListOTATaskByJob JobId=j:101
	agrees 60 ota_firmware_job '{data,simpleOTAJobInfo}' "SELECT sim_firmware_id(sim_id_number('187:60', 0), sim_id_number('187:60', 1)), s.*
		FROM sim_firmware_jobs('187:60') s" ListOTAJobByFirmware FirmwareId=187:60
	agrees 7 ota_firmware_job '{data,simpleOTAJobInfo}' "SELECT sim_firmware_id(sim_id_number('187', 0), sim_id_number('187', 1)), s.*
		FROM sim_firmware_jobs('187') s" ListOTAJobByFirmware FirmwareId=187
	agrees 9 ota_firmware '{firmwareInfo,simpleFirmwareInfo}' "SELECT * FROM sim_firmware('shop:9')" ListOTAFirmware ProductKey=shop:9
	agrees 30 ota_open_task '{data,simpleOTATaskInfo}' "SELECT 'pk', 'dev:30', s.* FROM sim_open_tasks('pk', 'dev:30') s" \
		ListOTAUnfinishedTaskByDevice ProductKey=pk DeviceName=dev:30
	agrees 4 ota_module '{data}' "SELECT 'pk:4', s.* FROM sim_modules('pk:4') s" ListOTAModuleByProduct ProductKey=pk:4
	agrees 0 device '{data,deviceInfo}' "SELECT 'fleet9', s.* FROM sim_devices('fleet9') s" QueryDevice ProductKey=fleet9
	agrees 0 ota_task '{data,simpleOTATaskInfo}' "SELECT '', s.* FROM sim_tasks('8000001000007000001') s" ListOTATaskByJob JobId=8000001000007000001
	fleet products=0
	agrees 0 product '{data,list,productInfo}' 'TABLE product' QueryProductList
	agrees 0 ota_firmware '{firmwareInfo,simpleFirmwareInfo}' 'TABLE ota_firmware' ListOTAFirmware
	pg_end
}

# Each table, of product 2, of firmware 3 of it, of job 1 of that, of device 4.
compare_fleet() { # PRODUCTS DEVICES FIRMWARE JOBS MODULES; firmware of all products
	local job=8000002000003000001 device="ProductKey=fleet2 DeviceName=fleet2-4" open status
	open=$(pg_psql -c "SELECT count(*) FROM rules.sim_open_tasks('fleet2', 'fleet2-4')")
	agrees "$1" product '{data,list,productInfo}' 'TABLE product' QueryProductList
	agrees "$2" device '{data,deviceInfo}' "SELECT * FROM device WHERE product_key = 'fleet2'" QueryDevice ProductKey=fleet2
	SIZE=2 WALK=1 agrees "$2" device '{data,deviceInfo}' "SELECT * FROM device WHERE product_key = 'fleet2'" QueryDevice ProductKey=fleet2
	agrees "$3" ota_firmware '{firmwareInfo,simpleFirmwareInfo}' 'TABLE ota_firmware' ListOTAFirmware
	agrees $(($3 / $1)) ota_firmware '{firmwareInfo,simpleFirmwareInfo}' "SELECT * FROM ota_firmware WHERE product_key = 'fleet2'" ListOTAFirmware ProductKey=fleet2
	agrees "$1" ota_firmware '{firmwareInfo,simpleFirmwareInfo}' "SELECT * FROM ota_firmware WHERE dest_version = '1.3.0'" ListOTAFirmware DestVersion=1.3.0
	agrees 1 ota_firmware '{firmwareInfo,simpleFirmwareInfo}' "SELECT * FROM ota_firmware WHERE dest_version = '1.3.0' AND product_key = 'fleet2'" \
		ListOTAFirmware DestVersion=1.3.0 ProductKey=fleet2
	agrees "$4" ota_firmware_job '{data,simpleOTAJobInfo}' "SELECT * FROM ota_firmware_job WHERE firmware_id = '7000002000003'" \
		ListOTAJobByFirmware FirmwareId=7000002000003
	agrees "$(get fleet_tasks)" ota_task '{data,simpleOTATaskInfo}' "SELECT * FROM ota_task WHERE job_id = '$job'" ListOTATaskByJob JobId=$job
	for status in NOTIFIED SUCCEEDED CANCELED; do
		agrees "$(pg_psql -c "SELECT count(*) FROM rules.sim_tasks('$job') WHERE task_status = '$status'")" ota_task '{data,simpleOTATaskInfo}' \
			"SELECT * FROM ota_task WHERE job_id = '$job' AND task_status = '$status'" ListOTATaskByJob JobId=$job TaskStatus=$status
	done
	agrees "$open" ota_open_task '{data,simpleOTATaskInfo}' "SELECT * FROM ota_open_task WHERE device_name = 'fleet2-4'" ListOTAUnfinishedTaskByDevice $device
	agrees "$open" ota_open_task '{data,simpleOTATaskInfo}' "SELECT * FROM ota_open_task WHERE device_name = 'fleet2-4'" \
		ListOTAUnfinishedTaskByDevice IotId=iot-fleet2-4
	agrees "$5" ota_module '{data}' "SELECT * FROM ota_module WHERE product_key = 'fleet2'" ListOTAModuleByProduct ProductKey=fleet2
	agrees "$5" ota_module_version '{data,simpleOTAModuleInfo}' "SELECT * FROM ota_module_version WHERE device_name = 'fleet2-4'" \
		ListOTAModuleVersionsByDevice $device
	agree_among_themselves
}

# The tables of fleet.sql, of which what is served was compared.
agree_among_themselves() {
	is "$(pg_psql <<-'SQL'
		SET search_path = pg_temp, rules;
		CREATE TABLE product AS TABLE rules.product;
		CREATE TABLE device AS TABLE rules.device;
		CREATE TABLE ota_firmware AS TABLE rules.ota_firmware;
		CREATE TABLE ota_firmware_job AS TABLE rules.ota_firmware_job;
		CREATE TABLE ota_task AS TABLE rules.ota_task;
		CREATE TABLE ota_open_task AS TABLE rules.ota_open_task;
		CREATE TABLE ota_module_version AS TABLE rules.ota_module_version;
		CREATE TABLE ota_job AS TABLE rules.ota_job;
		SELECT count(*) FROM ota_task t LEFT JOIN device d USING (product_key, device_name, iot_id) WHERE d.product_key IS NULL;
		SELECT count(*) FROM ota_task t LEFT JOIN ota_firmware_job j USING (job_id, firmware_id, dest_version) WHERE j.job_id IS NULL;
		SELECT count(*) FROM ota_task t LEFT JOIN ota_firmware f USING (firmware_id, product_key, product_name, dest_version, src_version, module_name)
			WHERE f.firmware_id IS NULL;
		SELECT count(*) FROM (
			(SELECT task_id, job_id, device_name FROM ota_task WHERE task_status IN ('CONFIRM', 'QUEUED', 'NOTIFIED', 'IN_PROGRESS')
				EXCEPT ALL SELECT task_id, job_id, device_name FROM ota_open_task)
			UNION ALL (SELECT task_id, job_id, device_name FROM ota_open_task
				EXCEPT ALL SELECT task_id, job_id, device_name FROM ota_task)) d;
		SELECT count(*) FROM (
			(SELECT product_key, device_name, firmware_id, job_id FROM ota_task EXCEPT ALL SELECT product_key, device_name, firmware_id, job_id FROM ota_job)
			UNION ALL
			(SELECT product_key, device_name, firmware_id, job_id FROM ota_job EXCEPT ALL SELECT product_key, device_name, firmware_id, job_id FROM ota_task)) d;
		SELECT count(*) FROM ota_module_version v WHERE module_version <> coalesce((SELECT dest_version FROM ota_task t
			WHERE t.device_name = v.device_name AND t.module_name = v.module_name AND task_status = 'SUCCEEDED'
			ORDER BY firmware_id DESC LIMIT 1), '1.0.0');
		SELECT count(*) - count(DISTINCT task_id) FROM ota_task;
	SQL
	)" "$(printf '0\n%.0s' 1 2 3 4 5 6 7)" 'the tables agree with each other'
}
