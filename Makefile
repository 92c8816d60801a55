# What a developer wants, one target each. `make` alone lists them.
.DEFAULT_GOAL := help
SCENARIO ?= hub-failover
SEED ?= 1
PORT ?= 8700
PACE ?= 4x
KILLS ?= 3
LIVE_TESTS := ChaosHold ChaosNATS ChaosHTTP Agent Probe ChaosLive ChaosService ChaosServe GauntletServe ChaosNotify Browser
SWIFT_FLAGS := -Xswiftc -warnings-as-errors
# So many test cases at once. Without a limit all begin together, and whoever waits for a process or a moment is starved by hundreds.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 4

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: setup ## run a named scenario (SCENARIO=hub-failover SEED=1) on the simulated fleet
	swift build -c release --product gauntlet
	.build/release/gauntlet run $(SCENARIO) --seed $(SEED) --exit-zero

live-results: setup ## each scenario that a host can carry out, live and simulated, and docs/live-results.md (takes an hour)
	swift build -c release --product gauntlet
	for product in gauntlet-host gauntlet-agent gauntlet-probe; do swift build -c release --product $$product || exit 1; done
	python3 -B Benchmarks/live/results.py .build/release/gauntlet .build/live-results
	python3 -B Benchmarks/live/results.py .build/release/gauntlet .build/live-results --table docs/live-results.md

live: setup ## the same scenario on real processes, in a throw-away namespace (SCENARIO=hub-failover SEED=1)
	swift build -c release --product gauntlet
	for product in gauntlet-host gauntlet-agent gauntlet-probe; do swift build -c release --product $$product || exit 1; done
	.build/release/gauntlet run $(SCENARIO) --seed $(SEED) --world live --exit-zero

serve: setup ## the live page with the demo calendar on the simulated fleet (PORT=8700 PACE=4x)
	swift build -c release --product gauntlet
	swift build -c release --product gauntlet-serve
	.build/release/gauntlet serve --calendar docs/examples/calendar/demo.yaml --pace $(PACE) --port $(PORT) --state .build/serve

test: setup ## build with warnings as errors and pass every test
	swift build --build-tests $(SWIFT_FLAGS) --explicit-target-dependency-import-check error
	swift test --skip-build --skip ChaosLinuxTests $(foreach suite,$(LIVE_TESTS),--skip $(suite)Tests)
	@# By themselves: processes, servers, browsers and clocks that other tests would starve.
	swift test --skip-build --skip AuditLogTests --skip ChaosNotifyTests $(foreach suite,$(LIVE_TESTS),--filter $(suite)Tests)
	@# Deliveries have seconds; and a test that ends its own process waits for any child, for ever beside those that kill theirs.
	swift test --skip-build --filter ChaosNotifyTests
	swift test --skip-build --filter AuditLogTests
	@# Real faults by themselves: they look at the host, and time how soon it is as before.
	swift test --skip-build --filter ChaosLinuxTests --skip KillMatrixTests
	swift test --skip-build --filter KillMatrixTests
	@$(MAKE) --no-print-directory test-kernel

test-kernel: setup ## the tests of faults that need a kernel with netem, on User-Mode Linux (root; skipped without)
	swift build --build-tests $(SWIFT_FLAGS) --explicit-target-dependency-import-check error
	bash .ci/kernel "$$(swift build --show-bin-path)/gauntletPackageTests.xctest"

kill-matrix: setup ## kill or stop each process at each step of each fault (KILLS=3 a cell), and write docs/kill-matrix.md
	swift build --build-tests $(SWIFT_FLAGS) --explicit-target-dependency-import-check error
	GAUNTLET_KILLS=$(KILLS) GAUNTLET_KILL_TABLE=$(CURDIR)/docs/kill-matrix.md swift test --skip-build --filter KillMatrixTests

sanitize: setup ## the tests of real faults against an executor with address and thread sanitizer in it
	bash .ci/sanitize

doctor: setup ## which real faults this host can take, what is missing, and what is owed here
	swift build -c release --product gauntlet
	swift build -c release --product gauntlet-host
	.build/release/gauntlet doctor

gate: setup ## run twenty seeds and fail unless they hold and are no worse than the baseline (what CI would do)
	swift build -c release --product gauntlet
	.build/release/gauntlet run $(SCENARIO) --seed $(SEED) --repeat 20 --out .build/gate --exit-zero --quiet
	.build/release/gauntlet gate "$$(ls -dt .build/gate/$(SCENARIO)/*/ | head -n 1)"

lint: ## the house's formatting rules and the check of shell scripts
	swift format lint --strict --recursive --parallel Sources Tests Package.swift Benchmarks/GauntletBench Benchmarks/Package.swift
	for script in .ci/run .ci/setup .ci/determinism .ci/kernel .ci/sanitize Benchmarks/run.sh; do bash -n "$$script" || exit 1; done

format: ## rewrite the sources by the same rules
	swift format --in-place --recursive --parallel Sources Tests Package.swift Benchmarks/GauntletBench Benchmarks/Package.swift

bench: setup ## measure speed against its bounds (release, ratios in one run)
	bash Benchmarks/run.sh

determinism: setup ## the same journal hash in debug and release, under two hash seeds
	bash .ci/determinism

golden: setup ## rewrite the golden files of the tests
	UPDATE_GOLDEN=1 swift test

full: setup ## the tests with their full counts (10,000 plans, 200 seeds); takes long
	GAUNTLET_FULL=1 GAUNTLET_FUZZ=10000 swift test

clean: ## remove what was built
	rm -rf .build .build-*

setup:
	@bash .ci/setup

.PHONY: help run live serve test test-kernel kill-matrix sanitize doctor gate lint format bench determinism golden full clean setup
