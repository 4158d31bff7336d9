# `make NAME` is `python make.py NAME`: everything is in that script, which also works where there is no make.
# ARGS="..." goes along: make anywhere ARGS="--machines sse other-minds"

PYTHON ?= python3
NAMES := book test install check lint unit notebooks far pages anywhere run export lab lesson translate serve format clean
.PHONY: help $(NAMES)

lesson: ARGS = "$(NAME)" "$(LECTURE)"

help $(NAMES):
	@$(PYTHON) make.py $@ $(ARGS)
