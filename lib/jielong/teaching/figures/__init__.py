"""Figures and widgets that live in a notebook and, unchanged, on the published page.

Everything a reader sees is bilingual, drawn in the page's own colours, and needs neither a kernel nor a network.
"""

from jielong.teaching.figures.charts import bars, heatmap, images, lines
from jielong.teaching.figures.circuit import Circuit
from jielong.teaching.figures.cloud import Cloud
from jielong.teaching.figures.die import Die, grow
from jielong.teaching.figures.explorer import Explorer
from jielong.teaching.figures.lens import Lens
from jielong.teaching.figures.memory import Memory
from jielong.teaching.figures.passages import Passages
from jielong.teaching.figures.pixels import Pixels
from jielong.teaching.figures.query import Query
from jielong.teaching.figures.rich import Html, html, show_source, table
from jielong.teaching.figures.style import colors, subplots
from jielong.teaching.figures.surface import Surface
from jielong.teaching.figures.svg import show
from jielong.teaching.figures.tree import Tree
from jielong.teaching.figures.widget import Widget

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
    "subplots",
    "table",
]
