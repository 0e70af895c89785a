.DEFAULT_GOAL := help
.PHONY: help demo test lint house fmt docs bench package

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo:  ## set up what is missing, then run the tutorial's sweep and show its jobs
	@scripts/demo

test:  ## set up what is missing, then check and test everything (ARGS="-k sweep" goes to pytest)
	@scripts/test $(ARGS)

lint:  ## check formatting, style, types and import rules
	@scripts/lint

house:  ## print sizes, imports, duplication and coverage beside their limits
	@scripts/house

fmt:  ## format the code and apply the fixes that are safe
	@scripts/fmt

docs:  ## write the pages as HTML below docs/_build
	@scripts/venv
	@.venv/bin/python -m sphinx -W --keep-going -q docs docs/_build
	@echo docs/_build/index.html

bench:  ## measure against the alternatives, as ratios
	@scripts/bench

package:  ## build the wheels and the PEX files into dist/
	@./pants package ::
