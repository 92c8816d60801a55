# What a developer wants, one target each. `make` alone lists them.
.DEFAULT_GOAL := help
SCENARIO ?= hub-failover
SEED ?= 1
SWIFT_FLAGS := -Xswiftc -warnings-as-errors

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: setup ## run a named scenario (SCENARIO=hub-failover SEED=1) on the simulated fleet
	swift build -c release --product gauntlet
	.build/release/gauntlet run $(SCENARIO) --seed $(SEED) --exit-zero

test: setup ## build with warnings as errors and pass every test
	swift build --build-tests $(SWIFT_FLAGS) --explicit-target-dependency-import-check error
	swift test --skip-build

test-kernel: setup ## the tests of faults that need a kernel with netem, on User-Mode Linux (root; skipped without)
	swift build --build-tests $(SWIFT_FLAGS)
	bash .ci/kernel "$$(swift build --show-bin-path)/gauntletPackageTests.xctest"

gate: setup ## run the scenario and fail unless its score holds (what CI would do)
	swift build -c release --product gauntlet
	.build/release/gauntlet run $(SCENARIO) --seed $(SEED) --out .build/gate --exit-zero --quiet
	.build/release/gauntlet gate "$$(ls -dt .build/gate/*/*/ | head -n 1)" --min-score 95 --min-coverage 90

lint: ## the house's formatting rules and the check of shell scripts
	swift format lint --strict --recursive --parallel Sources Tests Package.swift Benchmarks/GauntletBench Benchmarks/Package.swift
	for script in .ci/run .ci/setup .ci/determinism .ci/kernel Benchmarks/run.sh; do bash -n "$$script" || exit 1; done

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

.PHONY: help run test test-kernel gate lint format bench determinism golden full clean setup
