"""The walk keeps near its start and knows only the edges; the model's words are taken from the texts."""

import networkx as nx
import pytest
from jielong.agents.chat.local import LocalChat
from jielong.agents.memory.graph import extract, keywords, named, rewired, split, walk
from jielong.lessons.notes_that_know_each_other.village import village
from jielong.scoring import word_log_probabilities

EDGES = [("Ada", "Solvo"), ("Solvo", "Oslo"), ("Boris", "Rome"), ("Oslo", "cheese")]


def test_the_walk_goes_from_near_to_far_and_not_to_another_island():
    assert walk(EDGES, ["Ada"], 10) == [0, 1, 3]
    assert walk(EDGES, ["cheese"], 2) == [3, 1]
    assert walk(EDGES, [], 3) == []


def test_an_edge_is_worth_the_less_visited_of_its_ends():
    edges = [(t.subject, t.object) for t in village(1).triples]
    visits = nx.pagerank(nx.Graph(edges), personalization={"Ada": 1})
    found = walk(edges, ["Ada"], 6)
    worth = [round(min(visits[a] for a in edges[i]), 9) for i in found]
    assert worth == sorted(worth, reverse=True)
    left = [min(visits[a] for a in edge) for i, edge in enumerate(edges) if i not in found]
    assert min(worth) >= round(max(left), 9)


def test_edges_that_count_the_same_come_as_they_stand():
    spokes = [(f"end {k}", "hub") if k % 3 else ("hub", f"end {k}") for k in range(40)]
    assert walk(spokes, ["hub"], 40) == list(range(40))
    ladder = [(f"{a}{k}", f"{a}{k + 1}") for k in range(6) for a in "lmnop"] + [(f"{a}0", "foot") for a in "lmnop"]
    assert walk(ladder, ["foot"], 10)[:5] == [30, 31, 32, 33, 34]


def test_names_are_found_as_whole_words():
    assert named([("Ada", "Oslo"), ("Adam", "Rome")], "Where does Adam work?") == ["Adam"]


def test_a_rewired_graph_has_the_same_ends():
    other = rewired(EDGES, 0)
    assert [a for a, _ in other] == [a for a, _ in EDGES]
    assert sorted(b for _, b in other) == sorted(b for _, b in EDGES)
    assert other != EDGES


def test_keywords_are_words_of_the_text_in_their_order(smollm2):
    assert keywords(*smollm2, ["Elena works for Brinta.", "Osmara has its office in Tokyo."]) == [
        ["Elena", "Brinta"],
        ["Osmara", "Tokyo"],
    ]


def test_numbers_and_chinese_are_keywords_as_words_are(smollm2):
    text = "Elena rents room 7 in 台北."
    words = ["Elena", "rents", "room", "7", "in", "台北"]
    assert keywords(*smollm2, [text], n=9) == [words]
    ((one,),) = keywords(*smollm2, [text], n=1)
    likely = word_log_probabilities(*smollm2, [f"\nNote: {text}\nKeywords:"], words)
    assert one == words[likely.argmax()]


def test_what_the_model_extracts_has_the_form(smollm2):
    ((who, what, whom),) = extract(LocalChat(*smollm2), ["Elena works for Brinta."])
    assert who == "Elena"
    assert what
    assert whom
    assert split("Ada | works") == ("Ada", "works", "")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_five_edges_hold_all_that_a_question_of_two_steps_needs(seed):
    home = village(seed)
    edges = [(t.subject, t.object) for t in home.triples]
    for question in home.two:
        found = {home.triples[i] for i in walk(edges, named(edges, question.text), 5)}
        assert set(question.needed) <= found
