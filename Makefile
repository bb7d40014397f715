# Every target does the set-up it needs; a target that is set up already starts at once.
#   PYTHON=/usr/bin/python3.12      the interpreter for .venv (3.11 or newer)
#   TORCH_INDEX_URL=…               where torch and torchvision come from (README.md, "Without CUDA")
#   PYTEST_ARGS="-k capture"        arguments for pytest
#   ARGS="--smoke"                  arguments for make pretrain
#   NAMES="inference scale"         measurements for make bench (python -m benchmarks lists them)

.PHONY: help install system demo app test lint bench soak screenshots pretrain clean distclean
.PRECIOUS: .venv/.stamp-%
.DEFAULT_GOAL := help

help:
	@echo 'make demo       the whole way on a simulated conveyor; the result lies in demo-out/'
	@echo 'make test       lint and all tests'
	@echo 'make app        the window'
	@echo 'make install    build .venv and no more'
	@echo 'make system     install missing system libraries again (Debian and its like)'
	@echo 'make lint       formatting, lint, types, import contracts, the shape of the tree'
	@echo 'make bench      the measurements in benchmarks/; SHORT=1: some minutes; NAMES="scale box": those'
	@echo 'make soak       the window for an hour; SHORT=1 make soak: ten minutes'
	@echo 'make screenshots  the pictures of the documents, into docs/images'
	@echo 'make pretrain   train the built-in backbone anew; ARGS=--smoke for a tiny run'
	@echo 'make clean      delete caches and demo-out/; make distclean deletes .venv as well'

# Written by tools/setup.sh as its last act: an interrupted installation leaves none.
.venv/.stamp-%: pyproject.toml constraints.txt tools/setup.sh
	@tools/setup.sh $*

# A checkout with real weights beside it needs no download and no setting; a setting of the user's wins.
ifneq ($(wildcard ../shared/weights),)
demo app bench: export EDGE_TRANSFER_WEIGHTS_DIR ?= $(abspath ../shared/weights)
endif

install: .venv/.stamp-dev

system:
	@tools/setup.sh system

demo: .venv/.stamp-run
	.venv/bin/edge-transfer demo --out demo-out

app: .venv/.stamp-run
	.venv/bin/edge-transfer gui

lint: .venv/.stamp-dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m pytest -q --noconftest tests/test_structure.py

test: lint
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

bench: .venv/.stamp-bench
	.venv/bin/python -m benchmarks $(or $(NAMES),all)

soak: .venv/.stamp-bench
	.venv/bin/python benchmarks/soak.py

screenshots: .venv/.stamp-dev
	.venv/bin/python -m tools.screenshots

# Idle OpenMP threads that spin would take the cores from the teacher.
pretrain: .venv/.stamp-dev
	GOMP_SPINCOUNT=0 .venv/bin/python -m tools.pretrain --folder pretrain-run $(ARGS)

clean:
	rm -rf demo-out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find edge_transfer export gui tests benchmarks tools -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv *.egg-info
