"""Draw the library's rooms, floor by floor, from its imports: docs/rooms.svg, and its words in docs/architecture.md.

    python tools/rooms.py

The floors are those of the contract in pyproject.toml. An arrow that follows from others is left out: who imports
`sampling` stands on `model`, too.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import grimp
import networkx as nx
from jielong.files import write_text
from lessons import ROOT

PICTURE, TEXT = ROOT / "docs" / "rooms.svg", ROOT / "docs" / "architecture.md"
WIDTH, FLOOR, BOX, GAP = 900, 116, (120, 44), 10
Place = tuple[float, float]
STYLE = """
  text { font: 15px system-ui, sans-serif; text-anchor: middle; fill: #1f2328 }
  .count { font-size: 12px; fill: #59636e }
  rect { fill: #f6f8fa; stroke: #59636e }
  polyline { fill: none; stroke: #59636e; stroke-width: 1.2; marker-end: url(#head) }
  #head path { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .count { fill: #9198a1 } rect { fill: #151b23; stroke: #9198a1 }
    polyline { stroke: #9198a1 } #head path { fill: #9198a1 }
  }
"""
HEAD = '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
HEAD += '<path d="M0 0L8 4L0 8z"/></marker>'


def main() -> int:
    for path, text in drawn().items():
        write_text(path, text)
    return 0


def drawn() -> dict[Path, str]:
    """Both files as they should be."""
    house, floors = rooms(), contract()
    before, _, rest = TEXT.read_text(encoding="utf-8").partition("![")
    words = alt(house, floors)
    return {PICTURE: picture(house, floors, words), TEXT: f"{before}![{words}]({rest.partition('](')[2]}"}


def contract() -> list[list[str]]:
    """The floors, the highest first, each with its rooms."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def rooms() -> nx.DiGraph:
    """Who imports whom, between rooms; of each room, its number of modules. Raises SystemExit for a room that has no
    floor."""
    imports = grimp.build_graph("jielong", cache_dir=None)
    house = nx.DiGraph()
    for module in imports.modules - {"jielong"}:
        room = module.split(".")[1]
        house.add_node(room, modules=house.nodes.get(room, {}).get("modules", 0) + 1)
        others = {name.split(".")[1] for name in imports.find_modules_directly_imported_by(module)} - {room}
        house.add_edges_from((room, other) for other in others)
    if homeless := house.nodes - {room for floor in contract() for room in floor}:
        raise SystemExit(f"The contract in pyproject.toml has no floor for {', '.join(sorted(homeless))}.")
    return house


def alt(house: nx.DiGraph, floors: list[list[str]]) -> str:
    """The picture in words."""
    said = "; ".join(", ".join(f"{room} ({_count(house, room)})" for room in floor) for floor in floors)
    up = sum(_level(floors, room) >= _level(floors, other) for room, other in house.edges)
    return (
        f"The rooms of lib/jielong from the highest floor to the lowest, with their modules: {said}. "
        f"Of {house.size()} arrows, from a room to one that it imports, {up or 'none'} {'go' if up > 1 else 'goes'} up."
    )


def picture(house: nx.DiGraph, floors: list[list[str]], words: str) -> str:
    arrows = nx.transitive_reduction(house)
    places = arranged(arrows, floors)
    (width, height), parts = BOX, []
    for room, other in sorted(arrows.edges):
        points = " ".join(f"{x:.0f},{y:.0f}" for x, y in way(places[room], places[other], places.values()))
        parts.append(f'<polyline points="{points}"/>')
    for room, (x, y) in sorted(places.items()):
        parts.append(f'<rect x="{x - width / 2:g}" y="{y:g}" width="{width}" height="{height}" rx="6"/>')
        parts.append(f'<text x="{x:g}" y="{y + 19:g}">{room}</text>')
        parts.append(f'<text class="count" x="{x:g}" y="{y + 36:g}">{_modules(house, room)}</text>')
    size = f"{WIDTH} {FLOOR * len(floors) - FLOOR + height + 8}"
    title = f"<title>{words}</title>"
    body = "\n".join([title, f"<style>{STYLE}</style>", f"<defs>{HEAD}</defs>", *parts])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img">\n{body}\n</svg>\n'


def arranged(arrows: nx.DiGraph, floors: list[list[str]]) -> dict[str, Place]:
    """Where each room's box has the middle of its upper edge: on its floor, in the column with which the fewest arrows
    have to bend, and arrows are short."""
    columns = max(map(len, floors))

    def row(n: int, chosen: Iterable[int]) -> dict[str, Place]:
        return {room: (WIDTH / columns * (k + 0.5), FLOOR * n + 4) for room, k in zip(floors[n], chosen, strict=True)}

    def cost(places: dict[str, Place]) -> tuple[int, float]:
        ways = [way(places[room], places[other], places.values()) for room, other in arrows.edges]
        return sum(map(len, ways)), sum((points[0][0] - points[-1][0]) ** 2 for points in ways)

    places = {room: place for n, floor in enumerate(floors) for room, place in row(n, range(len(floor))).items()}
    for _ in range(4):
        for n, floor in enumerate(floors):
            places = min(({**places, **row(n, c)} for c in permutations(range(columns), len(floor))), key=cost)
    return places


def way(start: Place, end: Place, places: Iterable[Place]) -> list[Place]:
    """The points of an arrow from below one box to the upper edge of another: straight, but beside boxes on its way."""
    (x, y), (u, v) = (start[0], start[1] + BOX[1]), end
    points = [(x, y)]
    for level in sorted({place[1] for place in places if y < place[1] < v}):
        across = [x + (u - x) * (at - y) / (v - y) for at in (level, level + BOX[1])]
        here = [place[0] for place in places if place[1] == level]
        if any(min(across) - GAP < box + BOX[0] / 2 and max(across) + GAP > box - BOX[0] / 2 for box in here):
            beside = [box + side * (BOX[0] / 2 + GAP) for box in here for side in (-1, 1)]
            nearest = min(beside, key=lambda place: abs(place - sum(across) / 2))
            points += [(nearest, level), (nearest, level + BOX[1])]
    return [*points, end]


def _level(floors: list[list[str]], room: str) -> int:
    return next(n for n, floor in enumerate(floors) if room in floor)


def _count(house: nx.DiGraph, room: str) -> int:
    return house.nodes[room]["modules"]


def _modules(house: nx.DiGraph, room: str) -> str:
    return f"{_count(house, room)} modules" if _count(house, room) > 1 else "1 module"


if __name__ == "__main__":
    sys.exit(main())
