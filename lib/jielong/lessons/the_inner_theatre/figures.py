"""What the lesson shows: walkers in a town, a site as a tree, ways through castles, how much thinking pays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from jielong.agents.planning import walking
from jielong.agents.planning.world_model import Dangers, imagine, perform
from jielong.agents.worlds import towns
from jielong.agents.worlds.grid import Cell
from jielong.lessons.the_inner_theatre import website
from jielong.teaching.figures import Explorer, Tree, lines, show
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.rich import Html

WALKERS = {"no plan": "沒有計畫", "plan": "只計畫一次", "replan": "重新計畫"}
IMAGINED = ("ways imagined before each walk", "每次走之前先想幾條路")
Walker = walking.NoPlan | walking.Planner
WANTED = "guitar planet skiing coat rock hammer".split()


def walk_through_a_town(walker: Callable[[str, np.ndarray], Walker]) -> Explorer:
    """A walk of each walker through one town with the same doors, step by step.

    walker: from its kind and a map.
    """
    films = {kind: film(kind, walker) for kind in WALKERS}

    def frame(kind: str, step: int) -> Frame:
        shown = films[kind]
        ended = ("It has arrived.", "到了。") if len(shown) < 61 else ("The time is over.", "時間到了。")
        words = ("On its way.", "還在路上。") if step < len(shown) - 1 else ended
        picture = shown[min(step, len(shown) - 1)]
        return {"text": words, "heatmap": {"values": picture, "diverging": True, "range": [-1, 1]}}

    return Explorer(
        [
            {"name": "kind", "label": ("walker", "怎麼走"), "values": list(WALKERS), "start": "plan"}
            | {"options": list(WALKERS.items())},
            {"name": "step", "label": ("step", "第幾步"), "values": list(range(61))},
        ],
        frame,
        alt=("A walk through the town, step by step", "一步一步走過這座城"),
    )


def film(kind: str, walker: Callable[[str, np.ndarray], Walker]) -> list[np.ndarray]:
    """The town at each step: walls, closed doors, where the walker has been and is."""
    shown: list[np.ndarray] = []
    been: list[Cell] = []

    def look(now: towns.Town) -> None:
        been.append(now.place)
        picture = now.walls + 0.45 * now.closed
        picture[tuple(zip(*been, strict=True))] = -0.3
        picture[now.place] = -1.0
        shown.append(picture)

    town = towns.town(13, surprise=0.3)
    walking.walk(town, walker(kind, town.walls), seed=10, tell=look)
    return shown


def arrivals_by_surprise(surprise: Sequence[float], arrived: Mapping[tuple[str, float, int], float]) -> Html:
    """Who arrives in time, by the share of doors that are not as the map says. arrived: by walker, surprise, seed."""
    curves = {kind: [[arrived[kind, s, seed] for s in surprise] for seed in range(3)] for kind in WALKERS}
    means = {name: np.mean(runs, 0) for name, runs in curves.items()}
    return show(
        lines(
            surprise,
            {"replan": curves["replan"], "plan": curves["plan"]},
            {"no plan": means["no plan"]},
            x_label="closed doors that the map shows as open",
            y_label="arrive in time",
        ),
        alt=(
            "Share that arrives by surprise: "
            + "; ".join(f"{name} {', '.join(f'{v:.0%}' for v in mean)}" for name, mean in means.items())
            + ".",
            "準時抵達的比例，依意外多寡："
            + "；".join(f"{zh} {'、'.join(f'{v:.0%}' for v in means[en])}" for en, zh in WALKERS.items())
            + "。",
        ),
        zh={"closed doors that the map shows as open": "地圖說開著、其實關著的門", "arrive in time": "準時抵達"}
        | WALKERS,
    )


def site_to_prune(judge: Callable[[str], Callable[[str], float]]) -> Tree:
    """The web site as a tree, to be pruned by hand. judge: from what is wanted, how promising each link is."""
    nodes, parents = [""], [-1]
    shelf_of: dict[str, int] = {}
    for section in website.links(()):
        parents.append(0)
        nodes.append(section)
        here = len(nodes) - 1
        for shelf in website.links((section,)):
            parents.append(here)
            nodes.append(shelf)
            shelf_of |= dict.fromkeys(website.words((section, shelf)), len(nodes) - 1)
    tasks = [
        {"wanted": word, "goal": shelf_of[word], "values": [judge(word)(node) for node in nodes[1:]]} for word in WANTED
    ]
    return Tree(nodes, parents, tasks, alt=("A web site as a tree, to be pruned", "一個網站的樹，等你來剪"))


def words_found(
    keep: Sequence[int], cut: Sequence[tuple[float, float]], astray: Sequence[Sequence[tuple[float, float]]]
) -> Html:
    """Words found, by how many links of a page are kept, of the model's judgement and of judges of another word.

    cut: found and clicks, for each number of links; astray: the same, of several other judges.
    """
    own = [found for found, _ in cut]
    stray = np.mean([[found for found, _ in run] for run in astray], 0)
    return show(
        lines(
            keep,
            {"the model cuts": own},
            {"another word": stray},
            x_label="links of a page that are kept",
            y_label="found",
        ),
        alt=(
            "Share of words found when 6 to 1 links are kept: "
            + ", ".join(f"{f:.0%}" for f in own)
            + "; with a judge asked about another word: "
            + ", ".join(f"{f:.0%}" for f in stray)
            + ".",
            "留 6 到 1 個連結時找到的比例："
            + "、".join(f"{f:.0%}" for f in own)
            + "；問的是別的詞時："
            + "、".join(f"{f:.0%}" for f in stray)
            + "。",
        ),
        zh={"the model cuts": "模型來剪", "another word": "拿別的詞去問", "found": "找到的比例"}
        | {"links of a page that are kept": "每一頁留幾個連結"},
    )


def through_the_castles(
    seen: Sequence[int], learned: Mapping[int, Sequence[float]], read: Sequence[float], dealt: Sequence[float]
) -> Html:
    """Who gets through the castles, by the deeds whose end was seen; and the language model's opinion beside it.

    learned: after so many deeds, the share for each seed; read: with the opinion; dealt: with the opinion shuffled.
    """
    opinion, shuffled = np.mean(read), np.mean(dealt)
    means = {n: np.mean(learned[n]) for n in seen}
    return show(
        lines(
            seen,
            {
                "from experience": np.array([learned[n] for n in seen]).T,
                "SmolLM2's opinion": [opinion] * len(seen),
            },
            {"opinion, shuffled": [shuffled] * len(seen)},
            x_label="deeds seen",
            y_label="get through",
        ),
        alt=(
            f"Share that gets through by experience: {', '.join(f'{n}: {v:.0%}' for n, v in means.items())}; "
            f"with the language model's opinion {opinion:.0%}, shuffled {shuffled:.0%}.",
            f"走得出去的比例，依經驗多寡：{'、'.join(f'{n}：{v:.0%}' for n, v in means.items())}；"
            f"聽語言模型的 {opinion:.0%}，打亂後 {shuffled:.0%}。",
        ),
        zh={"from experience": "從經驗學的", "SmolLM2's opinion": "SmolLM2 的看法", "opinion, shuffled": "看法打亂"}
        | {"deeds seen": "看過幾件事的下場", "get through": "走得出去"},
    )


def imagined_way(
    castle: Callable[[int], towns.Castle],
    thoughts: Callable[[int | str, int], Dangers],
    doors: Sequence[str],
    shares: Mapping[int | str, Sequence[float]],
) -> Explorer:
    """The imagined way through a castle, and how far it led.

    castle: by its number; thoughts: what the model knows, by the deeds seen or "read", and by the castle's number;
    doors: what there is to do, by its looks; shares: who gets through, by what the model knows, everything last.
    """

    def frame(known: int | str, number: int) -> Frame:
        here, model = castle(number), thoughts(known, number)
        way = imagine(here, model)
        arrived, gone = perform(here, way)
        end = doors[here.looks[gone[-1]]]
        out, fallen = (
            ("All the way, and out.", "一路走到底，出來了。"),
            (f"The end: “{end}”.", f"到此為止：「{end}」。"),
        )
        share = {"label": ("get through, of 120 castles", "120 座城堡裡走得出去的"), "format": ".0%"}
        return {
            "numbers": [share | {"value": float(np.mean(shares[known]))}],
            "text": out if arrived else fallen,
            "heatmap": stage(here, model, way, gone[-1]),
        }

    return Explorer(
        [
            {"name": "known", "label": ("the model knows", "模型知道"), "values": list(shares), "start": 12}
            | {"options": knowledge(list(shares))},
            {"name": "number", "label": ("castle", "哪一座城堡"), "values": list(range(6))},
        ],
        frame,
        alt=("The imagined way through a castle, and how far it led", "想好的路，和真的走到哪裡"),
    )


def knowledge(known: Sequence[int | str]) -> list[tuple[str, str]]:
    """In words, what a model knows that has seen so many deeds, or only read; the last one knows everything."""
    words = [(f"{n} deeds seen", f"看過 {n} 件事") for n in known[:-1] if n != "read"]
    return [*words, ("only what SmolLM2 has read", "只聽 SmolLM2 的"), ("every danger", "所有危險")]


def stage(here: towns.Castle, model: Dangers, way: Sequence[Cell], end: Cell) -> Frame:
    """A castle as a heat map: what the model fears, what is deadly, the imagined way, and where it ended."""
    feared = model.danger()[here.looks] > 0.5
    picture = np.where(feared, 1.0, 0.3 * np.isin(here.looks, list(here.deadly)))
    picture[tuple(zip(*way, strict=True))] = -0.3
    picture[end] = -1.0
    return {"values": picture, "diverging": True, "range": [-1, 1]}


def minds(known: Collection[int]) -> dict[int, tuple[str, str]]:
    """In words, what models know: the first nothing, the last all, the others so many deeds."""
    first, *others, last = known
    seen = {n: (f"{n} deeds seen", f"看過 {n} 件事") for n in others}
    return {first: ("knows nothing", "什麼都不知道"), **seen, last: ("knows all", "全都知道")}


def arrivals_by_thinking(budget: Sequence[int], roped: Mapping[int, Sequence[Sequence[float]]]) -> Html:
    """Who arrives, by how many ways are imagined before each walk and by what the model knows.

    roped: by the deeds seen, none first and all last: for each seed the share after each budget.
    """
    words, means = minds(roped), {n: np.mean(runs, 0) for n, runs in roped.items()}
    nothing, *known = words
    return show(
        lines(
            budget,
            {words[n][0]: means[n] for n in reversed(known)},
            {words[nothing][0]: means[nothing]},
            x_label=IMAGINED[0],
            y_label="arrive",
        ),
        alt=(
            "Share that arrives by thinking budget: "
            + "; ".join(f"{words[n][0]} {', '.join(f'{v:.0%}' for v in mean)}" for n, mean in means.items())
            + ".",
            "抵達的比例，依每次走之前想幾條路："
            + "；".join(f"{words[n][1]} {'、'.join(f'{v:.0%}' for v in mean)}" for n, mean in means.items())
            + "。",
        ),
        zh=dict(words.values()) | dict([IMAGINED]) | {"arrive": "抵達"},
    )


def budget_by_hand(
    budget: Sequence[int],
    roped: Mapping[int, Sequence[Sequence[float]]],
    once_only: Mapping[int, Sequence[Sequence[float]]],
) -> Explorer:
    """Arrivals by thinking budget, for each model, with a rope and without. See `arrivals_by_thinking`."""
    words = minds(roped)

    def frame(n: int, rope: str, b: int) -> Frame:
        means = {k: np.mean((roped if rope == "yes" else once_only)[k], 0) for k in (n, 0)}
        series = [{"label": words[k], "y": mean, "control": k == 0} for k, mean in means.items()]
        walks = 100 // (10 + b) if rope == "yes" else 1
        return {
            "numbers": [
                {"label": ("arrive", "抵達"), "value": float(means[n][budget.index(b)]), "format": ".0%"},
                {"label": ("walks there is money for", "錢夠走幾次"), "value": walks, "format": "d"},
            ],
            "lines": {"x": budget, "series": series, "at": b, "range": [0, 1]}
            | {"x_label": IMAGINED, "y_label": ("arrive", "抵達")},
        }

    return Explorer(
        [
            {"name": "n", "label": ("the model", "模型"), "values": list(words), "start": 12}
            | {"options": list(words.values())},
            {"name": "rope", "label": ("after a fall", "失足之後"), "values": ["yes", "no"]}
            | {"options": [("start again", "重新開始"), ("it is over", "就結束了")]},
            {"name": "b", "label": ("ways imagined", "想幾條路"), "values": budget},
        ],
        frame,
        alt=("Arrivals by thinking budget", "想多少，抵達多少"),
    )
