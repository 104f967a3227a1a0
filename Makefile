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

CORE = address answer arena body charset compile date decode disposition dsn explain feedback \
	fields fingerprint fold_text header html json judge line match mention mime notice \
	notice_words outcome param phrase prose prune reader report report_field report_recipient \
	report_words returned said sender ses shape shape_time span stage standing standing_bucket \
	standing_run status transcript trie utf8 verdict verp word
GLUE = activity address attached catalog classify contact convert events explain fingerprint fold \
	headline inbound judged lock module outcome own_rules parse pieces plan prune reclassify record \
	refold rights rows rule rules_version settings settle source standing stranger target trigger undo

OBJS = $(CORE:%=src/core/%.o) $(GLUE:%=src/pg/%.o) $(TABLES:%=src/rules/%.o)

# the install script, in this order
SQL_PARTS = src/sql/00_guard.sql src/sql/10_type.sql src/rules/reason_type.sql \
	src/sql/20_parse.sql src/sql/30_log.sql src/sql/35_rule.sql src/sql/40_policy.sql \
	src/sql/45_stranger.sql src/sql/50_fold.sql src/sql/60_contact.sql src/sql/65_undo.sql \
	src/sql/70_outcome.sql src/sql/72_list.sql src/sql/74_rate.sql src/sql/76_surge.sql \
	src/sql/78_unrecognised.sql src/sql/80_contact_list.sql src/sql/85_settle.sql src/sql/90_prune.sql \
	src/rules/reason_names.sql

# made of the rule tables: by a script what is only checked and written anew, by
# a program of the core's own code what is compiled
TABLES = code_tables rule_rows rule_tables
WRITTEN = src/rules/reason_type.sql src/rules/code_tables.c src/rules/rule_rows.c
RULE_COMPILER = src/rules/compile_rules.c $(RULE_COMPILER_CORE:%=src/core/%.c) \
	src/rules/code_tables.c src/rules/rule_rows.c
RULE_COMPILER_CORE := $(shell cat src/rules/compiler_core)
RULES = src/rules/reasons.tsv src/rules/codes.tsv src/rules/rules.tsv src/rules/stages.tsv \
	src/rules/notices.tsv

DATA_built = bounce--$(EXTVERSION).sql

REGRESS = 00_setup address classify explain fingerprint parse encoding error rule vectors contact contact_address \
	contact_citext contact_collation $(CONTACT_MERGE) inbound process stranger log lists parallel settle reclassify \
	undo prune role role_malice
# 15 was the first with MERGE
CONTACT_MERGE = $(if $(filter 14,$(MAJORVERSION)),,contact_merge)
REGRESS_OPTS = --encoding=UTF8 --no-locale
ISOLATION = writers rules settle undo process stranger prune whole
ISOLATION_OPTS = --encoding=UTF8 --no-locale --inputdir=test/isolation

PG_CPPFLAGS = -Isrc
SHLIB_LINK = -lidn2
EXTRA_CLEAN = src/rules/reason_list.h $(WRITTEN) src/rules/rule_tables.c \
	src/rules/reason_names.sql build

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(PGXS),)
$(error $(PG_CONFIG) cannot be run; install postgresql-server-dev-15, or name another one by PG_CONFIG=)
endif
# not HEADERS, which PGXS would install
ALL_HEADERS = $(wildcard src/core/*.h src/pg/*.h src/rules/*_rows.h) src/rules/reason_list.h

include $(PGXS)

# one run of the script makes all four files
src/rules/reason_list.h: src/rules/generate.pl $(RULES)
	perl src/rules/generate.pl src/rules src/rules
$(WRITTEN): src/rules/reason_list.h
	@test -f $@ && touch $@

build/compile_rules: $(RULE_COMPILER) $(ALL_HEADERS)
	@mkdir -p build
	$(CC) -std=gnu99 -O2 -Wall -Wextra -Isrc -o $@ $(RULE_COMPILER)
src/rules/rule_tables.c: build/compile_rules
	build/compile_rules src/rules > $@.new
	mv $@.new $@

src/rules/reason_names.sql: src/rules/reason_names.pl src/rules/reasons.tsv src/rules/reason_names.tsv
	perl src/rules/reason_names.pl src/rules > $@ || { rm -f $@; exit 1; }

bounce--$(EXTVERSION).sql: $(SQL_PARTS)
	cat $^ > $@

# Debian's server is built without dependency tracking: a changed header builds
# everything anew, .bc included
$(OBJS) $(OBJS:.o=.bc): $(ALL_HEADERS)

include test/unit.mk
