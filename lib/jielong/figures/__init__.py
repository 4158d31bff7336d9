"""Figures and widgets that live in a notebook and, unchanged, on the published page.

Everything a reader sees is bilingual, drawn in the page's own colours, and needs neither a kernel nor a network.
"""

from jielong.figures.charts import bars, heatmap, images, lines
from jielong.figures.circuit import Circuit
from jielong.figures.cloud import Cloud
from jielong.figures.die import Die, grow
from jielong.figures.explorer import Explorer
from jielong.figures.lens import Lens
from jielong.figures.memory import Memory
from jielong.figures.passages import Passages
from jielong.figures.pixels import Pixels
from jielong.figures.query import Query
from jielong.figures.rich import Html, html, show_source, table
from jielong.figures.style import colors, style, subplots
from jielong.figures.surface import Surface
from jielong.figures.svg import show
from jielong.figures.tree import Tree
from jielong.figures.widget import Widget

__all__ = [
    "Circuit",
    "Cloud",
    "Die",
    "Explorer",
    "Html",
    "Lens",
    "Memory",
    "Passages",
    "Pixels",
    "Surface",
    "Query",
    "Tree",
    "Widget",
    "bars",
    "colors",
    "grow",
    "heatmap",
    "html",
    "images",
    "lines",
    "show",
    "show_source",
    "style",
    "subplots",
    "table",
]
