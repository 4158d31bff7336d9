"""An explorer that can quote: texts whose tokens are marked by how strong something is at them."""

from __future__ import annotations

from jielong.teaching.figures.explorer import Explorer
from jielong.teaching.figures.widget import _JS, Widget, _module


class Passages(Explorer):
    """An `Explorer` whose frames have one more kind of panel:

    passages: [{"tokens": ["The", " cat"], "strengths": [0, 0.7]}], quoted text, its tokens marked from 0 to 1.
    """

    _esm = _module("explorer.js") + (_JS / "passages.js").read_text(encoding="utf-8")
    _css = Widget._css + (_JS / "passages.css").read_text(encoding="utf-8")
