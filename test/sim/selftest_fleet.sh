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
