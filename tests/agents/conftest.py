"""What the tests of several rooms of agents share."""

from __future__ import annotations

import networkx
import pytest


@pytest.fixture
def grid_graph():
    """From which cells are free to the graph that connects neighbours among them."""

    def connected(free):
        graph = networkx.grid_2d_graph(*free.shape)
        graph.remove_nodes_from([cell for cell in graph if not free[cell]])
        return graph

    return connected
