"""Formulas, drawn by KaTeX while the book is built (in V8, by mini-racer): no page carries a math script."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

KATEX = Path(__file__).parents[1] / "vendor" / "katex.min.js"
STYLE = "katex/katex.min.css"


class FormulaError(SphinxError):
    """A formula that KaTeX cannot read; it stops the build."""

    category = "Formula error"


@lru_cache(maxsize=1)
def _engine() -> MiniRacer:
    engine = MiniRacer()
    engine.eval(KATEX.read_text(encoding="utf-8"))
    return engine


@lru_cache(maxsize=4096)
def render(tex: str, display: bool) -> str:
    """HTML for the eye and MathML for screen readers.

    Raises:
        FormulaError: KaTeX's own message, if `tex` is not a formula that it knows.
    """
    options = json.dumps({"displayMode": display, "output": "htmlAndMathml", "strict": "ignore"})
    call = (
        f"(() => {{ try {{ return ['ok', katex.renderToString({json.dumps(tex)}, {options})] }} "
        "catch (error) { return ['error', String(error.message)] } })()"
    )
    state, text = json.loads(str(_engine().eval(f"JSON.stringify({call})")))
    if state == "error":
        raise FormulaError(f"{text}\n    in: {tex}")
    return text


def _draw(self: HTML5Translator, tex: str, display: bool, node: nodes.Node) -> str:
    try:
        return render(tex.strip(), display)
    except FormulaError as error:
        raise FormulaError(f"{self.builder.current_docname}, line {node.line}: {error}") from error


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(_draw(self, node.astext(), False, node))
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    tex = node.astext()
    if r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    self.body.append(_draw(self, tex, True, node))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "#")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _style(app: Sphinx, page: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is not None and doctree.next_node(lambda node: isinstance(node, nodes.math | nodes.math_block)):
        app.add_css_file(STYLE)


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("katex", (_inline, None), (_block, None))
    app.connect("html-page-context", _style)
