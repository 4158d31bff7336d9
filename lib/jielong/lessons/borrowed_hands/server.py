"""A small server of the Model Context Protocol over standard input and output: a calculator and a list of shelves.

    python -m jielong.lessons.borrowed_hands.server

It is a program of its own. Whoever starts it writes JSON-RPC to its input and reads the answers from its output
(https://modelcontextprotocol.io); `jielong.agents.tools.mcp` does.
"""

from __future__ import annotations

from mcp.server import MCPServer

from jielong.lessons.borrowed_hands.warehouse import SHELVES, Thing

server: MCPServer = MCPServer("warehouse", log_level="WARNING")


@server.tool()
def add(a: int, b: int) -> int:
    """a + b"""
    return a + b


@server.tool()
def multiply(a: int, b: int) -> int:
    """a * b"""
    return a * b


@server.tool()
def find(item: Thing) -> int:
    """The shelf where an item lies."""
    return SHELVES[item]


if __name__ == "__main__":
    server.run()
