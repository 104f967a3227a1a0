# bounce: returned mail, read and kept on the contact rows
#
# make                     build
# make install             into the server that PG_CONFIG names
# make installcheck        regression tests in a running server
# make unit                tests of the core, under sanitizers (clang)
# make fuzz FUZZ_TIME=600  fuzz the whole parse, for so many seconds

EXTENSION = bounce
EXTVERSION = 1.0
MODULE_big = bounce

CORE = address answer arena body charset date decode disposition dsn explain feedback fields \
	fingerprint fold_text header html json judge line match mention mime notice notice_words \
	param prose reader report report_field report_recipient report_words returned said sender \
	ses shape shape_time span standing standing_bucket standing_run status transcript utf8 \
	verdict verp word
GLUE = address attached catalog classify convert explain fingerprint fold headline module parse \
	plan record refold rights rows rules_version settings standing trigger

OBJS = $(CORE:%=src/core/%.o) $(GLUE:%=src/pg/%.o) src/rules/rule_tables.o

# the install script, in this order
SQL_PARTS = src/sql/00_guard.sql src/sql/10_type.sql src/rules/reason_type.sql \
	src/sql/20_parse.sql src/sql/30_log.sql src/sql/40_policy.sql src/sql/50_fold.sql \
	src/sql/60_contact.sql src/sql/70_view.sql src/rules/reason_names.sql

GENERATED = src/rules/reason_list.h src/rules/reason_type.sql src/rules/rule_tables.c \
	src/rules/rule_examples.h src/rules/reason_names.sql
GENERATOR = src/rules/generate.pl src/rules/phrase.pl src/rules/trie.pl
RULES = src/rules/reasons.tsv src/rules/codes.tsv src/rules/rules.tsv src/rules/stages.tsv \
	src/rules/notices.tsv

DATA_built = bounce--$(EXTVERSION).sql

REGRESS = 00_setup address classify explain fingerprint parse encoding error vectors contact inbound log role
REGRESS_OPTS = --encoding=UTF8 --no-locale
ISOLATION = writers
ISOLATION_OPTS = --encoding=UTF8 --no-locale --inputdir=test/isolation

PG_CPPFLAGS = -Isrc
SHLIB_LINK = -lidn2
EXTRA_CLEAN = $(GENERATED) build

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(PGXS),)
$(error $(PG_CONFIG) cannot be run; install postgresql-server-dev-15, or name another one by PG_CONFIG=)
endif
include $(PGXS)

# one run of the generator makes all four files
src/rules/reason_list.h: $(GENERATOR) $(RULES)
	perl src/rules/generate.pl src/rules src/rules
src/rules/reason_type.sql src/rules/rule_tables.c src/rules/rule_examples.h: src/rules/reason_list.h
	@test -f $@ && touch $@

src/rules/reason_names.sql: src/rules/reason_names.pl src/rules/reasons.tsv src/rules/reason_names.tsv
	perl src/rules/reason_names.pl src/rules > $@ || { rm -f $@; exit 1; }

bounce--$(EXTVERSION).sql: $(SQL_PARTS)
	cat $^ > $@

# Debian's server is built without dependency tracking: a changed header builds
# everything anew, .bc included
HEADERS = $(wildcard src/core/*.h src/pg/*.h) src/rules/reason_list.h
$(OBJS) $(OBJS:.o=.bc): $(HEADERS)

include test/unit.mk
