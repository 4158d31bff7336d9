"""The grid: moves and cells, against each other and against networkx."""

from __future__ import annotations

import networkx
import pytest
from jielong.agents.worlds.grid import MOVES, ahead, direction, distances, inside


@pytest.mark.parametrize("move", range(len(MOVES)))
def test_a_direction_leads_where_its_move_does(move):
    assert direction((3, 5), ahead((3, 5), move)) == move


@pytest.mark.parametrize("there", [(3, 5), (4, 6), (3, 7)])
def test_no_move_leads_to_a_cell_that_is_not_next_to_it(there):
    with pytest.raises(ValueError):
        direction((3, 5), there)


@pytest.mark.parametrize(
    ("cell", "is_in"), [((0, 0), True), ((2, 2), True), ((-1, 0), False), ((0, 3), False), ((3, 0), False)]
)
def test_a_square_ends_before_its_size(cell, is_in):
    assert inside(cell, 3) is is_in


def test_distances_are_those_of_a_grid_as_a_graph():
    found = distances((1, 2), lambda cell: (there for m in range(4) if inside(there := ahead(cell, m), 5)))
    assert found == networkx.single_source_shortest_path_length(networkx.grid_2d_graph(5, 5), (1, 2))
