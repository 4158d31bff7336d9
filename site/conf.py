"""What Sphinx is told of the book without Jupyter Book, from the same _config.yml; tools/plain_sphinx.py draws with it.

What stands there under Sphinx's own names is taken as it is. Jupyter Book's other names for some of its settings are
translated here, and what it sets by itself is set.
"""

import sys
from pathlib import Path

import yaml

SITE = Path(__file__).resolve().parent
BOOK = yaml.safe_load((SITE.parent / "_config.yml").read_text(encoding="utf-8"))
sys.path.insert(0, str(SITE))

globals().update(BOOK["sphinx"]["config"])
extensions = [name for name in BOOK["sphinx"]["config"]["extensions"] if name != "jupyter_book"]
author, copyright, exclude_patterns = (BOOK[name] for name in ("author", "copyright", "exclude_patterns"))
external_toc_exclude_missing = BOOK["only_build_toc_files"]
nb_execution_mode = BOOK["execute"]["execute_notebooks"]
nb_output_stderr = BOOK["execute"]["stderr_output"]
myst_enable_extensions = BOOK["parse"]["myst_enable_extensions"]
myst_url_schemes = ["mailto", "http", "https"]

html_theme = "sphinx_book_theme"
html_theme_options = {"home_page_in_toc": BOOK["html"]["home_page_in_navbar"], "search_bar_text": "Search this book..."}
html_favicon = str(SITE.parent / BOOK["html"]["favicon"])
html_static_path = [str(SITE / "assets")]  # Sphinx looks for these beside this file
templates_path = [str(SITE / "templates")]
html_sourcelink_suffix = ""
pygments_style = "sphinx"
numfig = True
