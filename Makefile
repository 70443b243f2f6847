# tuya_fdw: ListOTAJobByDevice of Tuya's private cloud as a foreign table
#
#   make && sudo make install      build and install
#   make demo, make check          test/demo.sh and test/check.sh, for those who have the tools
#   make check-layers              prove the layering of the sources

EXTENSION = tuya_fdw
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" tuya_fdw.control)
MODULE_big = tuya_fdw
DATA = $(wildcard sql/tuya_fdw--*.sql)
REGRESS = $(sort $(filter-out tuya_fdw--%,$(basename $(notdir $(wildcard sql/*.sql)))))

CORE = $(wildcard src/core/*.c)
SOURCES = $(CORE) $(wildcard src/*.c) $(wildcard src/lookahead/*.c)
OBJS = $(SOURCES:.c=.o)

# Nothing is exported but what the server looks up by name.  From 16 on PGXS
# hides the rest; before, it takes our own flag and our own PGDLLEXPORT.
PG_CPPFLAGS = -Isrc -DTUYA_FDW_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -fvisibility=hidden
SHLIB_LINK = -lcurl -lcrypto -ljson-c

PG_CONFIG ?= pg_config
PG_MAJOR := $(shell $(PG_CONFIG) --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
ifeq ($(shell test 0$(PG_MAJOR) -lt 16 && echo old),old)
PG_CPPFLAGS += -D'PGDLLEXPORT=__attribute__((visibility("default")))'
endif
# PostgreSQL's own headers are not held to our warnings.
PG_CPPFLAGS += -isystem $(shell $(PG_CONFIG) --includedir-server)

# PGXS has a "check" of its own, which only says that it cannot.
ifneq (,$(filter demo check,$(MAKECMDGOALS)))
.PHONY: demo check
demo check:
	test/$@.sh --no-install
else
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(wildcard src/*.h src/*/*.h) tuya_fdw.control

.PHONY: check-layers print-REGRESS
check-layers: tuya_fdw.so
	test/check-layers.sh tuya_fdw.so
print-REGRESS:
	@echo $(REGRESS)
endif
