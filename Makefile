# Every target is a line or two; what needs more is Go. CI calls "make test" and nothing else.
.DEFAULT_GOAL := test
.NOTPARALLEL: # what is installed first is needed next
.PHONY: help run build tools test check race allocs e2e bench clean image

BIN    := bin
WORKER := speech/pocketsphinx/worker

help: ## show this list
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## /\1\t/p' Makefile | awk -F '\t' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: tools build ## start the server, make it call itself once, keep serving
	$(BIN)/trunkline serve --demo

build: $(BIN)/trunkline-pocketsphinx ## build bin/trunkline and its recogniser (BIN= another directory)
	go build -o $(BIN)/trunkline ./cmd/trunkline

$(BIN)/trunkline-pocketsphinx: $(wildcard $(WORKER)/*.c $(WORKER)/*.h)
	@pkg-config --exists pocketsphinx sphinxbase || { echo 'build: something is missing here: "make tools" installs it' >&2; exit 1; }
	@mkdir -p $(BIN)
	gcc -O2 -Wall -Wextra -o $@ $(filter %.c,$^) $$(pkg-config --cflags --libs pocketsphinx sphinxbase) -lm

tools: ## install what the system lacks (Debian packages; see .ci/packages.txt)
	@.ci/tools

test: tools check build race allocs e2e ## all of it, as CI does

check: ## house rules, vet, staticcheck, tests of the shipped flows
	go test ./internal/house
	go vet ./... && go vet -tags e2e ./bench/...
	go tool staticcheck -tags e2e ./...
	CGO_ENABLED=0 go build -o /dev/null ./cmd/trunkline
	go run ./cmd/trunkline flow test

race: build ## every unit test, with the race detector
	go test -race -timeout 15m ./...
	go test -tags g729,amr ./codecs/...

e2e: ## the real program against SIPp, baresip and our own phone
	go test -count=1 -tags e2e -parallel 3 -timeout 20m ./bench/e2e/... ./bench/dtmf/...

PACKET_PATH := ./codecs/... ./dsp/... ./internal/... ./media/...

allocs: SHELL := /bin/bash -o pipefail
allocs: ## benchmarks of the packet path, briefly: fail when a packet or tick allocates
	go test -run '^$$' -bench . -benchtime 200x -benchmem $(PACKET_PATH) | awk '/allocs\/op/ { n++; print; if ($$(NF-1) != 0) bad = 1 } END { exit bad || !n }'

bench: build ## measure against others in one run, 15 minutes (BENCH="-quick": two); see docs/benchmarks.md
	go build -o $(BIN)/trunkline-bench ./bench
	$(BIN)/trunkline-bench -trunkline $(BIN)/trunkline $(BENCH)

clean: ## remove what was built (data/ with its recordings stays)
	rm -f $(BIN)/trunkline $(BIN)/trunkline-pocketsphinx $(BIN)/trunkline-bench $(BIN)/scripted

image: ## build the container image
	docker build -t trunkline .
