# make alone checks everything that a change must pass.
GOLANGCI = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.13.1
CONCURRENT = ./sip/... ./media ./media/rtp ./media/transport ./mobilecore/... ./routing/... ./messaging/... ./provisioning/... ./store/... ./web/... ./sim/... ./cmd/tandem/...

.PHONY: all demo run build ui screens test race fuzz load spec lint fix bench deps prompts help

all: lint test ## lint and test

demo: ## start everything on 127.0.0.1 with a simulated carrier
	go run ./cmd/tandem demo

build: ## build ./tandem
	CGO_ENABLED=0 go build -trimpath -o tandem ./cmd/tandem

run: build ## serve with the defaults
	./tandem serve

deps: ## install what the tests need, from Debian and for the pages
	@scripts/deps test
	@[ web/node_modules/.package-lock.json -nt web/package-lock.json ] || ! command -v npm >/dev/null || (cd web && npm ci --silent)

test: deps ## run every test, on both databases; with CI=true print the rows of docs/spec.tsv too
	go run ./cmd/suite $(if $(filter true,$(CI)),-rows)

race: deps ## run the concurrent rooms under the race detector
	go run ./cmd/suite -race $(CONCURRENT)

spec: deps ## run the tests that show a row of docs/spec.tsv, and print every row with its test
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
	! go mod tidy -e -diff 2>/dev/null | awk '/^diff/ { mod = /go.mod/ } mod || /^-[^-]/' | grep . # sums may be missing: what only tests of a dependency need can be fetched on one day and not on another

fix: ## format and modernise
	@command -v golangci-lint >/dev/null || go install $(GOLANGCI)
	go fix ./...
	PATH="$$PATH:$$(go env GOPATH)/bin" golangci-lint fmt ./...

ui: deps ## check the pages and build web/dist anew, which is committed
	cd web && npm run -s check
	go run -C web/build . -tests -out ../.tests
	node --test web/.tests
	go run -C web/build .

screens: deps ## take the pictures of docs/screens in Chromium
	TANDEM_SCREENS=$(CURDIR)/docs/screens go test ./cmd/tandem/e2e -count 1 -run TestEveryScreenIsForEverybody

prompts: ## speak the prompts anew with espeak-ng
	@scripts/deps test
	scripts/prompts

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 16
