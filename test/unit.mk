# Tests of the core outside of the server: unit tests and the fuzz target.

CLANG ?= clang
UNIT_TESTS = $(patsubst test/unit/%.c,%,$(wildcard test/unit/*_test.c))
UNIT_FLAGS = -std=gnu99 -g -O1 -Wall -Wextra -Werror -Isrc -Itest/unit \
	-fsanitize=address,undefined -fno-sanitize-recover=all
CORE_HEADERS = $(wildcard src/core/*.h src/rules/*_rows.h) src/rules/reason_list.h
FUZZ_TIME ?= 600

# one archive of the instrumented core serves all tests
build/unit/%.o: src/%.c $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(UNIT_FLAGS) -c -o $@ $<
build/unit/core.a: $(CORE:%=build/unit/core/%.o) $(TABLES:%=build/unit/rules/%.o)
	rm -f $@ && ar rcs $@ $^
build/unit/%_test: test/unit/%_test.c $(wildcard test/unit/*.h) build/unit/core.a
	$(CLANG) $(UNIT_FLAGS) -o $@ $< build/unit/core.a

.PHONY: unit fuzz
unit: $(UNIT_TESTS:%=build/unit/%)
	prove --exec '' $(UNIT_TESTS:%=build/unit/%)

# the fuzzer needs coverage of the core, so it has an archive of its own
build/fuzz/%.o: src/%.c $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(UNIT_FLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<
build/fuzz/core.a: $(CORE:%=build/fuzz/core/%.o) $(TABLES:%=build/fuzz/rules/%.o)
	rm -f $@ && ar rcs $@ $^
build/fuzz/parse: test/fuzz/parse.c build/fuzz/core.a
	$(CLANG) $(UNIT_FLAGS) -fsanitize=fuzzer -o $@ test/fuzz/parse.c build/fuzz/core.a

# crashes are kept in build/fuzz; new inputs in build/fuzz/corpus
fuzz: build/fuzz/parse
	@mkdir -p build/fuzz/corpus
	build/fuzz/parse -max_total_time=$(FUZZ_TIME) -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
		-dict=test/fuzz/dictionary -artifact_prefix=build/fuzz/ -print_final_stats=1 build/fuzz/corpus test/corpus/messages
