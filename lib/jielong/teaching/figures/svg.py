"""A matplotlib figure as one inline SVG that belongs to the page around it.

Text stays text, in the page's font, in both languages: `<text lang="en">` and its twin `<text lang="zh-Hant-TW"
display="none">`. Black is the page's ink (currentColor), white is the page itself, and the rest is transparent, so that
one picture serves the light and the dark theme. The same figure is the same bytes each time.
"""

from __future__ import annotations

import copy
import hashlib
import io
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import matplotlib.text
from matplotlib.figure import Figure

from jielong.arguments import writable
from jielong.teaching.figures.data import FIGURE_MIME, drawn
from jielong.teaching.figures.rich import Html, Pair
from jielong.teaching.figures.style import inked
from jielong.teaching.text import Text, attribute, needs_translation

VERBATIM = "verbatim"  # gid of a text that quotes (a token, a name) and so is not translated
_PAPER = "var(--pst-color-background,var(--jp-layout-color0,#fff))"
_XLINK = "{http://www.w3.org/1999/xlink}href"


def show(
    fig: Figure,
    alt: Pair,
    zh: Mapping[str, str] | None = None,
    caption: Pair | None = None,
    same: Collection[str] = (),
    volatile: bool = False,
) -> Html:
    """Show a figure, as the last expression of a cell.

    alt: what the picture says, in both languages, from the data. zh: the Chinese of every label with a word in it (a
    label of several lines: as many lines or fewer). same: labels that read the same in both languages, such as names.
    volatile: numbers that change every run (timings), not to be compared. Raises ValueError for labels without Chinese.
    """
    root = _parse(_draw(fig))
    _translate(root, _by_line(zh or {}, same))
    for element in root.iter():
        _tidy(element)
    _identify(root, re.sub(r"[\d.,]+", "", Text.of(alt, "alt").en))
    look = "opacity:.85;font-size:.9em"
    title = (
        f'<figcaption style="{look}">{Text.of(caption, "caption").html()}</figcaption>' if caption is not None else ""
    )
    markup = f'<figure class="jl-figure" style="margin:1em 0">{_serialize(root, fig, alt)}{title}</figure>'
    return Html(markup, Text.of(alt, "alt").en, volatile, {FIGURE_MIME: drawn(fig)})


def _draw(fig: Figure) -> str:
    for text in fig.findobj(matplotlib.text.Text):
        writable(fig=text.get_text())
    buffer = io.StringIO()
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "jielong", "image.interpolation": "none"}
    with matplotlib.rc_context(settings):
        fig.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    if "matplotlib.pyplot" in sys.modules:  # or a notebook would draw it once more at the end of the cell
        sys.modules["matplotlib.pyplot"].close(fig)
    return buffer.getvalue()


def _parse(source: str) -> ET.Element:
    try:
        root = ET.fromstring(source, ET.XMLParser(target=ET.TreeBuilder(insert_comments=True)))
    except ET.ParseError as error:
        raise ValueError(f"fig: a label of it has a character that no page takes ({error})") from error
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
        if _XLINK in element.attrib:
            element.attrib["href"] = element.attrib.pop(_XLINK)
    for unwanted in [*root.findall("metadata"), root.find("defs")]:  # the first defs would style the whole page
        if unwanted is not None:
            root.remove(unwanted)
    return root


def _by_line(zh: Mapping[str, str], same: Collection[str]) -> dict[str, str]:
    """Chinese by single line, since SVG has one text element for each."""
    lines: dict[str, str] = {}
    for label, chinese in [*zh.items(), *((s, s) for s in same)]:
        en, han = label.split("\n"), chinese.split("\n")
        if len(han) > len(en):
            raise ValueError(f"zh: the Chinese of {label!r} has {len(han)} lines, the label has {len(en)}")
        lines |= dict(zip(map(str.strip, en), han + [""] * (len(en) - len(han)), strict=True))
    return lines


def _translate(root: ET.Element, zh: Mapping[str, str]) -> None:
    """Put a Chinese twin beside each text that has one; complain about all that lack one."""
    missing = []
    for parent, text, label in list(_texts(root)):
        if label in zh and zh[label] != label:
            parent.insert(list(parent).index(text) + 1, _twin(text, zh[label]))
            text.set("lang", "en")
        elif label not in zh and needs_translation(re.sub(r"\\[a-z]+", " ", label)):
            missing.append(label)
    if missing:
        what = f"show(zh=...) lacks the Chinese of {sorted(set(missing))}"
        raise ValueError(f"{what}; a label that is not to be translated goes into same=[...]")


def _texts(parent: ET.Element) -> Iterator[tuple[ET.Element, ET.Element, str]]:
    """(parent, text element, label) of every text but quotations. A formula is labelled as it was written."""
    if parent.get("id") == VERBATIM:
        return
    formula = None
    for child in parent:
        if child.tag is ET.Comment:  # matplotlib keeps a formula's source here
            formula = (child.text or "").strip()
        elif child.tag == "text":
            yield parent, child, (child.text or "").strip()
        elif formula is not None and (text := child.find("text")) is not None:
            yield child, text, formula
        else:
            yield from _texts(child)


def _twin(text: ET.Element, chinese: str) -> ET.Element:
    twin = copy.deepcopy(text)
    for part in list(twin):  # a formula's letters, each with its own place
        twin.attrib.setdefault("style", part.get("style", ""))
        twin.remove(part)
    twin.text = chinese
    twin.attrib |= {"lang": "zh-Hant-TW", "display": "none"}
    return twin


def _tidy(element: ET.Element) -> None:
    attributes = element.attrib
    for name in ("d", "x", "y", "width", "height", "points", "viewBox"):
        if name in attributes:
            attributes[name] = _round(" ".join(attributes[name].split()), 2)
    if "transform" in attributes:
        attributes["transform"] = _round(re.sub(r"rotate\(-?0 [^)]*\)", "", attributes["transform"]), 4).strip()
        if not attributes["transform"]:
            del attributes["transform"]
    if "style" in attributes:
        attributes["style"] = _ink(attributes["style"], words=element.tag in ("text", "tspan"))
        if not attributes["style"]:
            del attributes["style"]
    if "href" in attributes:
        attributes["href"] = "".join(attributes["href"].split())
    if element.tag != "text" and element.tag != "tspan":
        element.text = None
    element.tail = None


def _ink(style: str, words: bool) -> str:
    """Colours and fonts of the page instead of matplotlib's. Coloured words are drawn nearer to its ink."""
    style = re.sub(r"font-family:[^;]*;?\s*", "", style)
    style = re.sub(r"font-size: ([\d.]+)px", r"font-size:calc(\1px*var(--jl-text,1))", style)
    style = re.sub(r"#000000\b", "currentColor", style)
    style = re.sub(r"#ffffff\b", _PAPER, style)
    if words:
        style = re.sub(r"fill: (#\w{6})", lambda m: f"fill:{inked(m[1])}", style)
    style = re.sub(r"(?<![#\w(])\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}", style)
    return re.sub(r"\s*([:;])\s*", r"\1", style).strip("; ")


def _round(text: str, digits: int) -> str:
    def short(match: re.Match[str]) -> str:
        value = f"{float(match[0]):.{digits}f}"
        value = value.rstrip("0").rstrip(".") if "." in value else value
        return "0" if value == "-0" else value

    return re.sub(r"-?\d+\.\d+(?:e-?\d+)?", short, text)


def _identify(root: ET.Element, salt: str) -> None:
    """Name what is referred to after its own content and the figure's words, so that figures on a page don't collide
    and a name changes only with what it names. Every other id goes."""
    used = set()
    for element in root.iter():
        for value in element.attrib.values():
            used |= set(re.findall(r"url\(#([^)]+)\)", value))
        used |= {element.get("href", "")[1:]} if element.get("href", "").startswith("#") else set()
    names = {}
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old in used:
            content = salt + ET.tostring(element, encoding="unicode")
            names[old] = "j" + hashlib.sha256(content.encode()).hexdigest()[:10]
            element.set("id", names[old])
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" and value.startswith("#"):
                element.set(key, "#" + names[value[1:]])
            elif "url(#" in value:
                element.set(key, re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{names[m[1]]})", value))


def _flatten(parent: ET.Element) -> None:
    """Take out comments, and groups and definitions that hold nothing or say nothing."""
    children: list[ET.Element] = []
    for child in parent:
        if child.tag is ET.Comment or child.get("style") == "fill:none":
            continue
        _flatten(child)
        bare = child.tag in ("g", "defs") and not child.attrib
        children += list(child) if bare and (child.tag == "g" or not len(child)) else [child]
    parent[:] = children


def _serialize(root: ET.Element, fig: Figure, alt: Pair) -> str:
    _flatten(root)
    inner = "".join(ET.tostring(child, encoding="unicode") for child in root)
    look = "width:100%;height:auto;overflow:visible;background:none;font-family:inherit"
    return (
        f'<svg viewBox="{root.get("viewBox")}" role="img" {attribute("aria-label", alt)} fill="currentColor"'
        f' stroke-linejoin="round" style="{look};max-width:{round(fig.get_figwidth() * 96)}px">{inner}</svg>'
    )
