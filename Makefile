# The book and its tests. Every target sets up what it needs; a second call starts at once.

PYTHON ?= python3
BIN := .venv/bin
BOOK := .venv/book.stamp
DEVELOP := .venv/develop.stamp
WEIGHTS := .venv/weights.stamp
PORT ?= 8000
PARALLEL := -n 2 --dist loadfile

.PHONY: help book test lint unit notebooks pages run translate serve format clean

help:            ## this list
	@grep -hE '^[a-z]+: .*##|^[a-z]+: *##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/' | expand -t 18

book: $(BOOK) $(WEIGHTS)   ## set everything up, draw the book in both languages, say where to look
	$(BIN)/python site/build.py
	@echo "The book is drawn. Open _build/html/index.html, or type: make serve"

test: lint unit notebooks pages   ## everything that CI runs
	@echo "All tests passed."

lint: $(DEVELOP)   ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(DEVELOP) $(WEIGHTS)   ## the library's, the exercises' and the tools' tests
	$(BIN)/python site/browser.py
	$(BIN)/pytest $(PARALLEL) --ignore=tests/site

notebooks: $(DEVELOP) $(WEIGHTS)   ## execute every notebook and compare with its stored outputs
	$(BIN)/pytest --nbval $(PARALLEL) book

pages: $(DEVELOP)   ## draw both editions from nothing, warnings are errors; test links, translation, pages in a browser
	$(BIN)/python site/build.py --strict
	$(BIN)/python site/browser.py
	$(BIN)/pytest tests/site

run: $(DEVELOP) $(WEIGHTS)   ## execute the notebooks that changed, or whose library code changed, and store their outputs
	$(BIN)/python tools/run.py

translate: $(DEVELOP)   ## bring the catalogues in locale/ up to date and list what is missing
	$(BIN)/python site/translate.py

serve: book   ## show the book at http://localhost:8000 (PORT=... for another port)
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

format: $(DEVELOP)   ## put the code into the house's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:   ## forget what was drawn; .venv and the weights stay
	rm -rf _build

$(BOOK): requirements.txt requirements-book.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "The book needs Python 3.11 or newer: make PYTHON=python3.12 book")'
	@echo "Setting up .venv: this takes a few minutes, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt -r requirements-book.txt -c constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	@touch $@

$(DEVELOP): $(BOOK) requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@

$(WEIGHTS): $(BOOK) lib/jielong/pretrained.py lib/jielong/embeddings.py
	$(BIN)/python -m jielong.pretrained
	$(BIN)/python -m jielong.embeddings
	@touch $@
