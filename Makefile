# Two commands matter: `make run` and `make test`. Both set up what is missing first.

PYTHON := .venv/bin/python
SETUP := image-build/setup/setup

.DEFAULT_GOAL := help
.PHONY: help setup run demo check unit contract sim browser test scenarios bench
.PHONY: bench-provisioning clean hil lives powercut chaos setup-test image image-test

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

setup: ## Install what a box needs; TEST=1 also what the tests need
	@$(SETUP) $(if $(TEST),test)

setup-test:
	@$(SETUP) test

run: setup ## Start the box and stay in the foreground; Ctrl-C stops it
	@$(PYTHON) -m firmware.box.main run

demo: setup-test ## A call from a simulated line to a telephone, told and checked
	@$(PYTHON) -m tests.demo

check: setup-test ## Form: formatting, lint, types, who imports whom
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo
	@$(PYTHON) -m tests.diagrams --check

unit: setup-test ## The quick tests
	@$(PYTHON) -m tests.run unit

contract: setup-test ## One part against the real other: sockets, ptys, Kamailio
	@$(PYTHON) -m tests.run contract

sim: setup-test ## The box with real telephones and simulated lines
	@$(PYTHON) -m tests.run sim

browser: setup-test ## The console in Debian's Chromium
	@$(PYTHON) -m tests.run browser

# A failure stops nothing of what follows: one run tells all that is wrong.
test: ## Everything that must pass before a commit
	@$(MAKE) --no-print-directory --keep-going check unit contract sim browser

# The guest is cached; MARKAZ_CACHE says where. WRITE=1 puts the table into docs/lines.md.
hil: setup-test ## Lines on real drivers, in QEMU; RIG=FILE on the metal it names
	@$(PYTHON) -m tests.hil.run $(if $(RIG),--rig $(RIG)) $(if $(WRITE),--write)

# The machine is really reset, halted and cut; make hil WRITE=1 tells of it in docs/panel.md.
lives: setup-test ## Watchdog, halt, cut, mains back in between: a box's lives, in QEMU
	@$(PYTHON) -m tests.hil.led

chaos: setup-test ## Random faults under calls for ten minutes; MINUTES=120 before a release
	@$(PYTHON) -m tests.chaos $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

powercut: setup-test ## The power cut at 500 random moments, in QEMU, and what it cost
	@$(PYTHON) -m tests.powercut.run

image: ## The disk image of a board: BOARD=x86 (any UEFI computer) or rpi
	@$(SETUP) test image
	@image-build/image/build $(or $(BOARD),x86)

image-test: ## The image in QEMU: it starts, takes a call, records it, updates itself
	@$(SETUP) test image
	@BOARD=$(or $(BOARD),x86) $(PYTHON) -m tests.image.run

scenarios: setup-test ## What lasts too long for every commit; before a release
	@$(PYTHON) -m pytest -q -m scenario tests

bench: setup-test ## Calls by the hundred: CPU, memory, post-dial delay
	@$(PYTHON) -m tests.bench

bench-provisioning: setup-test ## Two hundred telephones start at once, with calls going on
	@$(PYTHON) -m tests.bench.provisioning

clean: ## Remove what was built; the box's state in var/ stays
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache markaz.egg-info
	rm -rf web/static/vendor
	find web -name '*.mo' -delete
	find . -name __pycache__ -prune -exec rm -rf {} +
