-- What the conditions of joins imply of the keys where an outer join is around them, or within them.
-- Each result is compared with a local table's; the requests are as many as there are keys.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
-- Where it depends on the version in which order PostgreSQL joins.
CREATE FUNCTION rows_only(query text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(form(query), ', \d+ requests.*', '') $$;
\set ECHO all

-- A LATERAL subquery whose rows, or whose value, an inner join needs, below FULL JOIN.
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE i.device_name = j.device_name) x ON x.c > 0 AND j.product_key = 'pk0' AND j.firmware_id = '187') FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE i.device_name = j.job_id) x ON x.c > -1 AND j.product_key = 'pk0' AND j.firmware_id = '187' AND j.device_name = 'd1:1') FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM pks a FULL JOIN (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) FULL JOIN (ota_job k JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(k, i)) y ON y.c > 0) ON k.job_id = j.job_id $$);
SELECT form($$ SELECT * FROM ((ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) LEFT JOIN fws f ON f.fw = j.firmware_id) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT rows_only($$ SELECT * FROM (fws f LEFT JOIN (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) ON f.fw = j.firmware_id) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (ota_job j CROSS JOIN LATERAL (SELECT i.id FROM inventory i WHERE KEY(j, i) ORDER BY id LIMIT 1) x) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT j.product_key, count(*), sum(x.c) FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) FULL JOIN pks a ON a.pk = j.product_key GROUP BY 1 $$);
SELECT form($$ SELECT j.product_key, count(*), sum(x.c) FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) LEFT JOIN pks a ON a.pk = j.product_key GROUP BY 1 $$);
SELECT form($$ SELECT * FROM ((ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON true) JOIN fws f ON f.fw = j.firmware_id AND x.c > 0) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT (SELECT count(*) FROM inventory i WHERE KEY(j, i)) AS c) x ON x.c > 0) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (ota_job j LEFT JOIN LATERAL (SELECT max(id) AS c FROM inventory i WHERE KEY(j, i)) x ON true JOIN fws f ON f.fw = j.firmware_id AND x.c > 0) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN fws f ON f.fw = j.firmware_id AND (SELECT count(*) FROM inventory i WHERE KEY(j, i)) > 0) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON true) FULL JOIN pks a ON a.pk = j.product_key WHERE x.c > 0 $$);
SELECT form($$ SELECT * FROM ((ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) FULL JOIN pks a ON a.pk = j.product_key) FULL JOIN fws f ON f.fw = j.firmware_id $$);
SELECT form($$ SELECT * FROM fws f LEFT JOIN ((ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) FULL JOIN pks a ON a.pk = j.product_key) ON f.fw = j.firmware_id $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN fws f ON f.fw = j.firmware_id AND EXISTS (SELECT FROM inventory i WHERE i.device_name = j.device_name HAVING count(*) > 0) AND j.product_key = 'pk0') FULL JOIN pks a ON j.product_key = a.pk $$);
SELECT form($$ SELECT * FROM ((ota_job j JOIN (SELECT pk AS product_key FROM pks) p USING (product_key)) js JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(js, i)) x ON true) FULL JOIN fws f ON f.fw = js.firmware_id WHERE x.c > 0 $$);
SELECT form($$ SELECT * FROM ((ota_job j JOIN (SELECT pk AS product_key FROM pks) p USING (product_key)) js JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(js, i)) x ON x.c > 0) FULL JOIN fws f ON f.fw = js.firmware_id $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT 1 AS site_id, count(*) n FROM inventory i WHERE i.device_name = j.device_name HAVING count(*) > 0) x ON true) WHERE j.product_key = 'pk0' AND j.firmware_id = '187' $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT 1 AS site_id, count(*) n FROM inventory i WHERE i.device_name = j.device_name HAVING count(*) > 0) x ON true) FULL JOIN pks a ON j.product_key = a.pk WHERE j.product_key = 'pk0' AND j.firmware_id = '187' $$);
SELECT form($$ SELECT * FROM fws f, (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) FULL JOIN pks a ON a.pk = j.product_key WHERE f.fw = j.firmware_id $$);
SELECT rows_only($$ SELECT * FROM fws f WHERE EXISTS (SELECT FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) FULL JOIN pks a ON a.pk = j.product_key WHERE f.fw = j.firmware_id) $$);

-- On the side that an outer join fills up, where a condition is not true of what is filled up.
SELECT form($$ SELECT * FROM pks a LEFT JOIN (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON true) ON a.pk = j.product_key WHERE x.c > 0 $$);
SELECT form($$ SELECT * FROM (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON true) RIGHT JOIN pks a ON a.pk = j.product_key WHERE x.c > 0 $$);
SELECT form($$ SELECT * FROM ((ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON true) FULL JOIN pks a ON a.pk = j.product_key) FULL JOIN fws f ON f.fw = j.firmware_id WHERE x.c > 0 $$);
SELECT form($$ SELECT * FROM fws f LEFT JOIN ((ota_job j JOIN (SELECT pk AS product_key FROM pks) p USING (product_key)) js JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(js, i)) x ON true) ON f.fw = js.firmware_id WHERE x.c > 0 $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (fws f LEFT JOIN (ota_job j JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON true) ON f.fw = j.firmware_id) ON a.pk = j.product_key WHERE x.c > 0 $$);
SELECT rows_only($$ SELECT * FROM pks a LEFT JOIN ((fws f LEFT JOIN ota_job j ON f.fw = j.firmware_id) JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN ((fws f LEFT JOIN ota_job j ON f.fw = j.firmware_id) JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON true) ON a.pk = j.product_key WHERE x.c > 0 $$);
SELECT form($$ SELECT * FROM pks a FULL JOIN ((fws f LEFT JOIN ota_job j ON f.fw = j.firmware_id) JOIN LATERAL (SELECT count(*) AS c FROM inventory i WHERE KEY(j, i)) x ON x.c > 0) ON a.pk = j.product_key $$);

-- An outer join of which a condition of an inner join, or of an outer one around it, leaves no row that it has filled up.
SELECT form($$ SELECT * FROM (ota_job j LEFT JOIN inventory i ON KEY(j, i) JOIN fws f ON f.fw = j.firmware_id AND coalesce(i.id, 0) > 0) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (ota_job j LEFT JOIN inventory i ON KEY(j, i) JOIN fws f ON f.fw = j.firmware_id AND coalesce(i.id, 0) > 0) ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (ota_job j LEFT JOIN inventory i ON KEY(j, i)) ON a.pk = j.product_key AND coalesce(i.id, 0) > 0 $$);
SELECT form($$ SELECT * FROM ota_job j LEFT JOIN inventory i ON KEY(j, i) JOIN fws f ON f.fw = j.firmware_id AND coalesce(i.id, 0) > 0 $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (ota_job j LEFT JOIN inventory i ON KEY(j, i)) ON a.pk = j.product_key AND coalesce(i.id, 1) > 0 WHERE j.device_name = 'd1:1' AND j.firmware_id = '187' $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (fws f LEFT JOIN ota_job j ON f.fw = j.firmware_id AND j.device_name = 'd1:1' AND j.product_key = 'pk1') ON coalesce(j.job_id, 'x') <> 'x' $$);
SELECT form($$ SELECT * FROM pks a RIGHT JOIN (fws f LEFT JOIN ota_job j ON f.fw = j.firmware_id AND j.device_name = 'd1:1' AND j.product_key = 'pk1') ON coalesce(j.job_id, 'x') <> 'x' $$);
SELECT form($$ SELECT * FROM pks a FULL JOIN (fws f LEFT JOIN ota_job j ON f.fw = j.firmware_id AND j.device_name = 'd1:1' AND j.product_key = 'pk1') ON a.pk = f.fw AND coalesce(j.job_id, 'x') <> 'x' $$);

-- What a subquery in FROM has computed, in outer joins.
SELECT form($$ SELECT * FROM (SELECT * FROM (SELECT *, (SELECT count(*) FROM inventory i WHERE KEY(j, i)) AS n FROM ota_job j) y WHERE n > 0) y FULL JOIN pks a ON a.pk = y.product_key $$);
SELECT form($$ SELECT * FROM ((SELECT *, (SELECT count(*) FROM inventory i WHERE KEY(j, i)) AS n FROM ota_job j) y JOIN fws f ON f.fw = y.firmware_id AND n > 0) FULL JOIN pks a ON a.pk = y.product_key $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (SELECT *, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) AS n FROM ota_job j WHERE firmware_id = '187') y ON a.pk = y.product_key WHERE y.n > 0 $$);
SELECT form($$ SELECT * FROM (SELECT *, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) AS n FROM ota_job j WHERE firmware_id = '187' AND product_key = 'pk0') y LEFT JOIN pks a ON a.pk = y.product_key WHERE y.n > 0 $$);
SELECT form($$ SELECT * FROM (SELECT *, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) AS n FROM ota_job j WHERE firmware_id = '187' AND product_key = 'pk0') y FULL JOIN pks a ON a.pk = y.product_key WHERE y.n > 0 $$);
SELECT form($$ SELECT * FROM (SELECT *, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) AS n FROM ota_job j WHERE firmware_id = '187' AND product_key = 'pk0') y JOIN pks a ON y.n > length(a.pk)-3 AND y.n > 0 $$);
SELECT form($$ SELECT * FROM (SELECT j.*, n FROM ota_job j, LATERAL (SELECT count(*) n FROM inventory i WHERE i.device_name = j.device_name) x WHERE firmware_id = '187' AND product_key = 'pk0') y JOIN pks a ON y.n > length(a.pk)-3 AND y.n > 0 $$);
SELECT form($$ SELECT * FROM ((SELECT j.*, n FROM ota_job j, LATERAL (SELECT count(*) n FROM inventory i WHERE i.device_name = j.device_name) x WHERE firmware_id = '187' AND product_key = 'pk0') y JOIN pks a ON y.n > length(a.pk)-3 AND y.n > 0) FULL JOIN fws f ON f.fw = y.firmware_id $$);
SELECT form($$ SELECT * FROM ((SELECT j.*, n FROM ota_job j, LATERAL (SELECT count(*) n FROM inventory i WHERE i.device_name = j.device_name) x WHERE firmware_id = '187' AND product_key = 'pk0') y FULL JOIN pks a ON y.product_key = a.pk) WHERE coalesce(y.n, 0) > 0 $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (SELECT j.*, n FROM ota_job j, LATERAL (SELECT count(*) n FROM inventory i WHERE i.device_name = j.device_name) x WHERE firmware_id = '187' AND product_key = 'pk0') y ON a.pk = y.product_key WHERE y.n > length(a.pk) - 3 AND y.n > 0 $$);
SELECT form($$ WITH y AS (SELECT j.*, n FROM ota_job j, LATERAL (SELECT count(*) n FROM inventory i WHERE i.device_name = j.device_name) x WHERE firmware_id = '187' AND product_key = 'pk0') SELECT * FROM y FULL JOIN pks a ON a.pk = y.product_key WHERE y.n > 0 $$);

-- What does not imply a row stays out: NULLs pass, or the condition chooses no rows.
SELECT form($$ SELECT * FROM pks a LEFT JOIN (fws b LEFT JOIN (SELECT *, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) AS n FROM ota_job j WHERE device_name IN ('d1:1', 'postgres') AND product_key = 'pk0') y ON b.fw = y.firmware_id) ON y.n IS NULL OR y.n > 0 $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (fws b LEFT JOIN (SELECT *, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) AS n FROM ota_job j WHERE device_name IN ('d1:1', 'postgres') AND product_key = 'pk0') y ON b.fw = y.firmware_id) ON coalesce(y.n, 1) > 0 $$);
SELECT form($$ SELECT * FROM pks a LEFT JOIN (fws b LEFT JOIN (SELECT *, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) AS n FROM ota_job j WHERE device_name IN ('d1:1', 'postgres') AND product_key = 'pk0') y ON b.fw = y.firmware_id AND y.n > 0) ON true $$);
SELECT form($$ SELECT * FROM fws b FULL JOIN (SELECT *, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) AS n FROM ota_job j WHERE device_name IN ('d1:1', 'postgres') AND product_key = 'pk0' AND firmware_id = '187') y ON b.fw = y.firmware_id AND y.n > 0 $$);
SELECT form($$ SELECT * FROM fws b FULL JOIN (ota_job j JOIN LATERAL (SELECT count(*) n FROM inventory i WHERE i.device_name = j.device_name) y ON device_name IN ('d1:1', 'postgres') AND product_key = 'pk0' AND firmware_id = '187') ON b.fw = j.firmware_id AND y.n > 0 $$);
SELECT form($$ SELECT * FROM fws b FULL JOIN (ota_job j LEFT JOIN LATERAL (SELECT count(*) n FROM inventory i WHERE i.device_name = j.device_name) y ON y.n > 0) ON b.fw = j.firmware_id WHERE device_name IN ('d1:1', 'postgres') AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT * FROM ((SELECT j.*, n FROM ota_job j, LATERAL (SELECT count(*) n FROM inventory i WHERE i.device_name = j.device_name) x WHERE firmware_id = '187' AND product_key = 'pk0') y FULL JOIN pks a ON y.product_key = a.pk) WHERE coalesce(y.n, 1) > 0 $$);

-- What an outer join has made NULL is joined once more: its columns are no other relation's.
SELECT form($$ SELECT * FROM (fws f LEFT JOIN (ota_job j JOIN inventory i ON KEY(j, i)) ON f.fw = j.firmware_id) FULL JOIN pks a ON a.pk = j.product_key $$);
SELECT form($$ SELECT * FROM (fws f LEFT JOIN (ota_job j JOIN inventory i ON KEY(j, i)) ON f.fw = j.firmware_id) LEFT JOIN pks a ON a.pk = j.product_key $$);
