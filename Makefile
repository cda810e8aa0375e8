# One line a target; `make help` lists them. Windows and conda: see README, the same steps as `python -m autograder ...`.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env: $(BIN)/.ready  ## make the environment in .venv

$(BIN)/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "Python 3.11 or newer is needed; name one with make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: env  ## release the course, grade the sample class, write feedback and report into demo/
	python -m autograder demo

test: env  ## all tests, lint and types
	ruff check . && ruff format --check . && mypy && codespell && PYTHONHASHSEED=0 OMP_NUM_THREADS=1 python -m pytest -n logical --dist loadgroup

proof: env  ## the same with every seed of every proof and the whole training of notebook 04: an hour
	ATTENTION_COURSE_PROOF=full PYTHONHASHSEED=0 OMP_NUM_THREADS=1 python -m pytest -n logical --dist loadgroup

quick: env  ## the tests that take seconds: no kernels, no classes, no proofs
	PYTHONHASHSEED=0 OMP_NUM_THREADS=1 python -m pytest -n logical --dist loadgroup -m "not slow"

lab: env  ## open JupyterLab on work/, copies of notebooks/ to type in, with nbgrader's Validate
	python -m autograder work
	jupyter lab --notebook-dir=work

build: env  ## lessons -> solutions -> notebooks
	python -m autograder build

check: env  ## what the visible checks say: make check NOTEBOOK=work/NAME/NAME.ipynb
	@python -m attention_course $(or $(NOTEBOOK),$(error name a saved notebook: make check NOTEBOOK=work/NAME/NAME.ipynb))

format: env  ## put code into the one form
	ruff check --fix . && ruff format .

lock: env  ## resolve requirements.txt anew, for every platform; CUDA wheels follow torch's own pins
	uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-annotate --no-header pyproject.toml | grep -vE '^(nvidia-|triton|cuda-)' > requirements.new && mv requirements.new requirements.txt

clean:  ## remove what can be made again, but no grades
	rm -rf .venv demo .pytest_cache .ruff_cache .mypy_cache *.egg-info

.PHONY: help env demo test proof quick lab build check format lock clean
