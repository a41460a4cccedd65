# make alone checks everything that a change must pass.
GOLANGCI = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.13.1
CONCURRENT = ./sip/... ./media ./media/rtp ./media/transport ./routing/... ./store/... ./web/... ./sim/... ./cmd/tandem/...

.PHONY: all demo run build test race fuzz load spec lint fix bench deps prompts help

all: lint test ## lint and test

demo: ## start everything on 127.0.0.1 with a simulated carrier
	go run ./cmd/tandem demo

build: ## build ./tandem
	CGO_ENABLED=0 go build -trimpath -o tandem ./cmd/tandem

run: build ## serve with the defaults
	./tandem serve

deps: ## install from Debian what the tests need
	@scripts/deps test

test: deps ## run every test, on both databases
	go run ./cmd/suite

race: deps ## run the concurrent rooms under the race detector
	go run ./cmd/suite -race $(CONCURRENT)

spec: deps ## print every row of docs/spec.tsv with the test that shows it
	go run ./cmd/suite -spec

fuzz: ## fuzz every parser of untrusted input, FUZZTIME each (30s)
	@scripts/fuzz $(or $(FUZZTIME),30s)

bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

load: ## run the workloads W1 to W3 beside Kamailio and rtpengine
	@scripts/deps load
	go run ./loadtest/cmd -append docs/performance.md

lint: ## check style, arrows between rooms, and tidiness
	@command -v golangci-lint >/dev/null || go install $(GOLANGCI)
	PATH="$$PATH:$$(go env GOPATH)/bin" golangci-lint run --timeout 20m ./...
	cd web/contract && PATH="$$PATH:$$(go env GOPATH)/bin" golangci-lint run --timeout 20m ./...
	go fix -diff ./...
	go mod tidy -e -diff 2>/dev/null # -e: the tests of a dependency may need what cannot be fetched

fix: ## format and modernise
	@command -v golangci-lint >/dev/null || go install $(GOLANGCI)
	go fix ./...
	PATH="$$PATH:$$(go env GOPATH)/bin" golangci-lint fmt ./...

prompts: ## speak the prompts anew with espeak-ng
	@scripts/deps test
	scripts/prompts

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 16
