/* sql/tuya_fdw--1.0--1.1.sql */

\echo Use "ALTER EXTENSION tuya_fdw UPDATE TO '1.1'" to load this file. \quit
