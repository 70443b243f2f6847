# tuya_fdw: ListOTAJobByDevice of Tuya's private cloud as a foreign table
#
#   make && sudo make install      build and install
#   make demo, make check          test/demo.sh and test/check.sh, for those who have the tools
#   make check-layers              prove the layering of the sources
#   make installcheck              test what is installed, in a running server: test/installcheck.sh
#   make dist                      an archive for PGXN, of what is committed

EXTENSION = tuya_fdw
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" tuya_fdw.control)
DISTVERSION = $(shell sed -n 's/^   "version": "\(.*\)",/\1/p' META.json)
MODULE_big = tuya_fdw
DATA = $(wildcard sql/tuya_fdw--*.sql)
REGRESS = $(sort $(filter-out tuya_fdw--%,$(basename $(notdir $(wildcard sql/*.sql)))))
ISOLATION = $(sort $(basename $(notdir $(wildcard test/specs/*.spec))))
TAP_TESTS = 1

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
# pg_regress keeps expected files apart from 16 on.
REGRESS_OPTS = --encoding=UTF8
ISOLATION_OPTS = --inputdir=test --outputdir=output_iso
ifneq ($(shell test 0$(PG_MAJOR) -lt 16 && echo old),old)
ISOLATION_OPTS += --expecteddir=test
endif
# The tests need a simulator, which test/installcheck.sh starts.
ifndef TUYA_SIM_CONTROL
NO_INSTALLCHECK = 1
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

PROVE_TESTS = test/t/*.pl
PG_PROVE_FLAGS += -I $(srcdir)/test/t

$(OBJS): $(wildcard src/*.h src/*/*.h) tuya_fdw.control

.PHONY: check-layers print-REGRESS dist
ifdef NO_INSTALLCHECK
.PHONY: installcheck
installcheck:
	@MAKE='$(MAKE)' PG_CONFIG='$(PG_CONFIG)' TAP_TESTS='$(TAP_TESTS)' test/installcheck.sh
endif
dist:
	git archive --prefix=$(EXTENSION)-$(DISTVERSION)/ -o $(EXTENSION)-$(DISTVERSION).zip HEAD
check-layers: tuya_fdw.so
	test/check-layers.sh tuya_fdw.so
print-REGRESS:
	@echo $(REGRESS)
endif
