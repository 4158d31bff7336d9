"""Cells of a grid, the four moves between them, and how far it is from one to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import SupportsInt

Cell = tuple[int, int]
"""Row and column, from the top left."""
MOVES: tuple[Cell, ...] = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""Up, right, down, left; on a map north, east, south, west."""


def ahead(cell: Cell, move: SupportsInt) -> Cell:
    """The cell where a move leads, if nothing is in its way. Raises ValueError for what is no move."""
    if not 0 <= int(move) < len(MOVES):
        raise ValueError(f"move={move} must be from 0 to 3")
    down, right = MOVES[int(move)]
    return cell[0] + down, cell[1] + right


def direction(cell: Cell, there: Cell) -> int:
    """The move that leads from a cell to one next to it. Raises ValueError for any other."""
    step = there[0] - cell[0], there[1] - cell[1]
    if step not in MOVES:
        raise ValueError(f"there={there} is not next to {cell}")
    return MOVES.index(step)


def inside(cell: Cell, size: int) -> bool:
    """Whether a square of so many rows and columns has this cell."""
    return all(0 <= k < size for k in cell)


def distances(start: Cell, near: Callable[[Cell], Iterable[Cell]]) -> dict[Cell, int]:
    """Every cell that can be reached, and in how many steps; ``near`` gives the cells next to one."""
    found, todo = {start: 0}, [start]
    for cell in todo:  # grows while it is walked through
        for there in near(cell):
            if there not in found:
                found[there] = found[cell] + 1
                todo.append(there)
    return found
