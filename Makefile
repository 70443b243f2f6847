# tuya_fdw: what Tuya's private cloud lists, as foreign tables
#
#   make && sudo make install      build and install
#   make demo, make check          test/demo.sh and test/check.sh, for those who have the tools
#   make deb                       Debian packages, for the installed versions: test/deb.sh
#   make check-layers              prove the layering of the sources
#   make installcheck              test what is installed, in a running server: test/installcheck.sh
#   make dist                      an archive for PGXN, of what is committed
#   make clean                     remove whatever was built, tests included
#
# In a folder of its own: make -f PATH/Makefile, as for any extension.

# Where the sources are, with a slash at its end; empty if here.
SRC := $(filter-out ./,$(dir $(firstword $(MAKEFILE_LIST))))

EXTENSION = tuya_fdw
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" $(SRC)tuya_fdw.control)
DISTVERSION = $(shell sed -n 's/^   "version": "\(.*\)",/\1/p' $(SRC)META.json)
ARCHIVE = $(EXTENSION)-$(DISTVERSION).zip
MODULE_big = tuya_fdw

# sources PATTERN... - those files, by their names below $(SRC)
sources = $(patsubst $(SRC)%,%,$(sort $(wildcard $(addprefix $(SRC),$(1)))))

DATA = $(call sources,sql/tuya_fdw--*.sql)
REGRESS = $(filter-out tuya_fdw--%,$(basename $(notdir $(call sources,sql/*.sql))))
ISOLATION = $(basename $(notdir $(call sources,test/specs/*.spec)))
TAP_TESTS = 1

SOURCES = $(call sources,src/*.c src/*/*.c src/api/actions/*.c)
OBJS = $(SOURCES:.c=.o)
# Each file there describes an action; they and src/api/action.c are given the list of these.
ACTION_SOURCES = $(call sources,src/api/actions/*.c)
ACTIONS = $(foreach file,$(ACTION_SOURCES),ACTION($(basename $(notdir $(file)))))
EXTRA_CLEAN = $(addprefix test/,sim/*.o sim/tuya_sim sim/tuya_simctl unit/build fuzz/build) \
	results log output_iso tmp_check regression.diffs regression.out $(ARCHIVE) \
	postgresql-*-tuya-fdw_*.deb postgresql-*-tuya-fdw-dbgsym_*.deb

# Nothing is exported but what the server looks up by name.  From 16 on PGXS
# hides the rest; before, it takes our own flag and our own PGDLLEXPORT.
PG_CPPFLAGS = -I$(SRC)src -DTUYA_FDW_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -fvisibility=hidden
# A lookup calls libraries some hundred times: one jump each, not two.
PG_CFLAGS += -fno-plt
SHLIB_LINK = -lcurl -lssl -lcrypto -ljson-c

PG_CONFIG ?= pg_config

# PGXS has a "check" of its own, which only says that it cannot.
ifneq (,$(filter demo check deb,$(MAKECMDGOALS)))
.PHONY: demo check deb
demo check deb:
	$(SRC)test/$@.sh --no-install
else
PG_MAJOR := $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
# Without it make's own rules would build something that is no extension.
ifeq ($(and $(PG_MAJOR),$(wildcard $(PGXS))),)
$(error $(PG_CONFIG) is not there, or not of a PostgreSQL with server headers: install postgresql-server-dev-NN, or set PG_CONFIG)
endif
ifeq ($(EXTVERSION),)
$(error the sources are not in "$(SRC)")
endif
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

# PGXS sets it as well, but in a PostgreSQL that was configured in its own source folder
# that line is gone: autoconf takes out each such line of a Makefile.
ifneq ($(SRC),)
VPATH := $(SRC)
endif

include $(PGXS)

PROVE_TESTS = test/t/*.pl
PG_PROVE_FLAGS += -I $(srcdir)/test/t

src/api/action.o src/api/action.bc: $(ACTION_SOURCES)
$(foreach suffix,o bc,$(patsubst %.c,%.$(suffix),src/api/action.c $(ACTION_SOURCES))): override CPPFLAGS += -D'TUYA_ACTIONS=$(ACTIONS)'
$(OBJS): $(wildcard $(SRC)src/*.h $(SRC)src/*/*.h) $(SRC)tuya_fdw.control

# A target would be found among the sources.
ifneq ($(SRC),)
$(shell mkdir -p $(sort $(dir $(OBJS))))

.PHONY: clean-folders
clean: clean-folders
clean-folders:
	rm -f $(OBJS) $(OBJS:.o=.bc)
	find src -depth -type d -empty -delete
endif

.PHONY: check-layers print-REGRESS dist
ifdef NO_INSTALLCHECK
.PHONY: installcheck
installcheck:
	@MAKE='$(MAKE)' PG_CONFIG='$(PG_CONFIG)' TAP_TESTS='$(TAP_TESTS)' test/installcheck.sh
endif
dist:
	git -C $(or $(SRC),.) archive --format=zip --prefix=$(EXTENSION)-$(DISTVERSION)/ HEAD >$(ARCHIVE) || { rm -f $(ARCHIVE); false; }
check-layers: tuya_fdw.so
	$(SRC)test/check-layers.pl $(or $(SRC),.) tuya_fdw.so "$(CC) $(CPPFLAGS)" $(OBJS)
print-REGRESS:
	@echo $(REGRESS)
endif
