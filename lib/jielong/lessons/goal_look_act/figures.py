"""What the lesson shows: a search turn by turn, what a reward teaches, and walks through the four rooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from torch import Tensor

from jielong.agents.loop import Action, Run
from jielong.agents.tools.one_word import OneWord
from jielong.agents.worlds import four_rooms
from jielong.lessons.goal_look_act.clues import Search, Village
from jielong.teaching.figures import Explorer, Passages, lines, show
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.rich import Html

Trial = tuple[Village, Run]
"""Where a search took place, and what was done."""
ROOMS = {"kitchen": "廚房", "bathroom": "浴室", "bedroom": "臥室", "office": "書房"}
CORNERS = {"north-west": "西北", "north-east": "東北", "south-west": "西南", "south-east": "東南"}


def search_turn_by_turn(
    todo: Sequence[Search], told: Sequence[Trial], mute: Sequence[Trial], actor: OneWord, system: str
) -> Passages:
    """The first four searches turn by turn: the goal, the prompt that the model saw, its word, and the action."""

    def frame(which: int, told_back: bool, step: int) -> Frame:
        village, run = (told if told_back else mute)[which]
        made = turns(run, actor, system)
        n = min(step, len(made))
        prompt, word = made[n - 1]
        return turn(todo[which], village.seen[:n], n, made[n - 2][0] if n > 1 else "", prompt, word)

    withheld = [("told back", "告訴模型"), ("withheld", "不告訴")]
    return Passages(
        [
            {"name": "which", "label": ("search", "哪一次"), "values": [0, 1, 2, 3], "start": 1}
            | {"options": [(search.goal, search.goal) for search in todo[:4]]},
            {"name": "told_back", "label": ("observations", "觀察"), "values": [True, False], "options": withheld},
            {"name": "step", "label": ("turn", "第幾輪"), "values": [1, 2, 3, 4]},
        ],
        frame,
        alt=(
            "A search turn by turn: the goal, the prompt that the model saw, its word, and the action",
            "一輪一輪看一次搜尋：目標、模型看到的 prompt、它說的字、還有動作",
        ),
    )


def turns(run: Run, actor: OneWord, system: str) -> list[tuple[str, str]]:
    """Of each action, the prompt before it, without the examples, and the word that the model said."""
    made = []
    for n, step in enumerate(run.steps):
        if isinstance(step, Action):
            told = Run(steps=run.steps[:n]).messages(system)[1:]
            prompt = "".join(f"{message.role}: {actor.in_a_word(message).content}\n" for message in told)
            made.append((prompt, step.call.arguments["place"] if step.call else step.text))
    return made


def turn(search: Search, seen: Sequence[str], n: int, before: str, prompt: str, word: str) -> Frame:
    """One turn, the n-th; what came into the prompt since the one before it is marked."""
    end, action = search.path[-1], "done" if word == "done" else f"look(place='{word}')"
    return {
        "text": (
            f"Goal: {search.goal} (It lies at the {end}.) Turn {n}.",
            f"目標：{search.goal}（其實在 {end}。）第 {n} 輪。",
        ),
        "passages": [{"tokens": [before, prompt[len(before) :], "assistant: "], "strengths": [0, 0.7, 0]}],
        "passages 2": [{"tokens": [word, f"   →  {action}"], "strengths": [1, 0]}],
        "text 2": (f"Seen so far: {', '.join(seen)}.", f"到目前為止看過：{'、'.join(seen)}。"),
    }


def cells_that_arrive(reached: Float[Tensor, "seeds goals times"], steps: int) -> Html:
    """From how many cells each goal is reached, over time: paid four times for goal A, then for goal B.

    steps: in the world, from one time to the next.
    """
    time = [steps * (k + 1) for k in range(reached.shape[-1])]
    (a1, b1), (a2, b2) = (reached[:, :, k].mean(0).tolist() for k in (3, -1))
    return show(
        lines(
            time,
            {"goal A": reached[:, 0], "goal B": reached[:, 1]},
            x_label="steps in the world",
            y_label="cells that arrive",
        ),
        alt=(
            f"Trained for A, {a1:.0%} of cells arrive at A and {b1:.0%} at B. After more training for B, {b2:.0%} "
            f"arrive at B and {a2:.0%} at A.",
            f"為 A 訓練完，{a1:.0%} 的格子走得到 A、{b1:.0%} 走得到 B。再為 B 訓練之後，"
            f"{b2:.0%} 走得到 B、{a2:.0%} 走得到 A。",
        ),
        zh={"goal A": "目標 A", "goal B": "目標 B", "steps in the world": "在世界裡走的步數"}
        | {"cells that arrive": "走得到的格子"},
    )


def walk_through_the_rooms(guide: Callable[[int, str], four_rooms.Policy]) -> Explorer:
    """The walk from the west door to each goal. guide: by the goal's number and by who walks, the policy."""
    in_chinese = [
        f"到{ROOMS[room]}的{CORNERS[corner]}角去。" for room in four_rooms.ROOMS for corner in four_rooms.CORNERS
    ]
    who = {
        "told": ("the network, told this sentence", "網路，告訴它這句話"),
        "other": ("the network, told another one", "網路，告訴它別句話"),
        "paid": ("Q-learning, paid in the kitchen", "Q-learning，獎勵在廚房"),
    }
    return Explorer(
        [
            {"name": "n", "label": ("goal (darkest cell)", "目標（顏色最深的那格）"), "values": list(range(16))}
            | {"start": 14, "options": list(zip(four_rooms.GOALS, in_chinese, strict=True))},
            {"name": "who", "label": ("who walks", "誰在走"), "values": list(who), "options": list(who.values())},
        ],
        lambda n, who: walk(list(four_rooms.GOALS.values())[n], guide(n, who)),
        alt=("The walk from the west door through the four rooms", "從西邊的門出發，在四個房間裡走的路"),
    )


def walk(goal: four_rooms.Cell, policy: four_rooms.Policy) -> Frame:
    """One walk from the west door: the walls, the cells on the way, and the goal."""
    way = four_rooms.walk(four_rooms.FourRooms(goal), policy, (4, 2))
    values = 0.25 * np.array([[mark == "#" for mark in row] for row in four_rooms.PLAN])
    for cell in way:
        values[cell] = 0.6
    values[goal] = 1
    said = f"From the west door: there after {len(way) - 1} steps.", f"從西邊的門出發：走 {len(way) - 1} 步就到了。"
    if way[-1] != goal:
        said = "From the west door: it never gets there.", "從西邊的門出發：一直走不到。"
    return {"text": said, "heatmap": {"values": values.tolist(), "range": [0, 1]}}
