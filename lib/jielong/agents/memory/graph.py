"""A knowledge graph over records: an answer that no single record gives is found by walking from one to the next.

    edges = [("Ada", "Solvo"), ("Solvo", "Oslo"), ("Boris", "Rome")]     one for each record: whom it connects
    walk(edges, named(edges, "Where does Ada work?"), k=2)               [0, 1]: the records near Ada, and beyond

Retrieval by likeness looks at each record alone and at the question; a graph also knows what the records have to do
with each other (Edge et al. 2024, "GraphRAG", arXiv 2404.16130). The walk here is the one of HippoRAG (Gutiérrez et al.
2024, arXiv 2405.14831): personalised PageRank, a walker who again and again returns to whom the question names.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Sequence

import networkx as nx

from jielong.agents.chat.messages import ChatModel, Pattern, few_shot
from jielong.arguments import at_least
from jielong.model import LanguageModel
from jielong.scoring import opening_log_probabilities
from jielong.tokenizer import Tokenizer

Edge = tuple[str, str]


def named(edges: Sequence[Edge], question: str) -> list[str]:
    """The graph's nodes whose names stand in the question as words."""
    nodes = dict.fromkeys(node for edge in edges for node in edge)
    return [node for node in nodes if re.search(rf"\b{re.escape(node)}\b", question)]


def walk(edges: Sequence[Edge], start: Collection[str], k: int, damping: float = 0.85) -> list[int]:
    """The k edges that a walker from ``start`` passes most surely, nearest first; fewer where he reaches fewer.

    An edge counts as much as the less visited of its two ends; of two that count the same, the earlier is nearer.
    damping: how often he goes on instead of returning to the start. With nowhere to start there is nothing.
    Raises ValueError for a start that is at no edge.
    """
    at_least(0, k=k)
    if not 0 <= damping < 1:
        raise ValueError(f"damping={damping} must be from 0 on, and below 1")
    if not start:
        return []
    graph = nx.Graph(edges)
    if strangers := sorted(set(start) - set(graph)):
        raise ValueError(f"start: no edge has {strangers}")
    reached = set().union(*(nx.node_connected_component(graph, node) for node in start))
    visits = nx.pagerank(graph, alpha=damping, personalization=dict.fromkeys(start, 1))
    near = [i for i, edge in enumerate(edges) if edge[0] in reached]
    # rounded, for in a graph as regular as this many edges count the same but for the last digit
    return sorted(near, key=lambda i: -round(min(visits[node] for node in edges[i]), 9))[:k]


def rewired(edges: Sequence[Edge], seed: int) -> list[Edge]:
    """The same ends, tied together at random: a graph of the same size that knows nothing."""
    ends = [b for _, b in edges]
    random.Random(seed).shuffle(ends)
    return [(a, b) for (a, _), b in zip(edges, ends, strict=True)]


def keywords(model: LanguageModel, tokenizer: Tokenizer, texts: Sequence[str], n: int = 2) -> list[list[str]]:
    """Of each text the n words that the model would rather than its others write after "Keywords:" (by their
    openings), in the order in which they stand in the text. With two, a text is an edge of the graph."""
    at_least(0, n=n)
    own = [list(dict.fromkeys(text.rstrip(".").split())) for text in texts]
    words = list(dict.fromkeys(word for some in own for word in some))
    prompts = [f"\nNote: {text}\nKeywords:" for text in texts]
    scores = dict(zip(words, opening_log_probabilities(model, tokenizer, prompts, words).T, strict=True))
    chosen = []
    for row, some in enumerate(own):
        best = sorted(some, key=lambda word: -float(scores[word][row]))[:n]
        chosen.append([word for word in some if word in best])
    return chosen


EXAMPLES = [("Tom paints boats.", "Tom | paints | boats"), ("Delta lies near Omaha.", "Delta | lies near | Omaha")]


def extract(chat: ChatModel, texts: Sequence[str]) -> list[tuple[str, str, str]]:
    """Who, what and whom, as the model takes them out of each text; the form is forced, what fills it is its own."""
    form = Pattern(regex=r"[A-Z][a-z]+ \| [a-z ]+ \| [A-Za-z]+")
    replies = chat.replies([few_shot(EXAMPLES, text) for text in texts], form=form, max_tokens=16)
    return [split(reply.message.content) for reply in replies]


def split(said: str) -> tuple[str, str, str]:
    who, what, whom, *_ = [part.strip() for part in f"{said}|||".split("|")]
    return who, what, whom
