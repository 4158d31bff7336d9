"""Pictures of what neurons react to and say, and of the facts that change as neurons are erased or rewritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import Int
from torch import Tensor

from jielong.interpretability.ablation import Neuron
from jielong.teaching.figures import Explorer, Html, table
from jielong.tokenizer import Tokenizer


def neurons_to_read(
    tokenizer: Tokenizer,
    page: Int[Tensor, "rows time"],
    fired: Mapping[Neuron, Sequence[tuple[float, int, int]]],
    raised: Mapping[Neuron, Int[Tensor, " words"]],
) -> Explorer:
    """Each neuron's key, the places of a text where it is most active, and its value, the words that it raises."""

    def quoted(row: int, place: int) -> str:
        before, here = page[row, max(0, place - 5) : place], page[row, [place]]
        return f"…{tokenizer.decode(before)}[{tokenizer.decode(here)}]".replace("\n", " ")

    def frame(neuron: Neuron) -> dict[str, Any]:
        fires = "   ".join(quoted(row, place) for _, row, place in fired[neuron])
        words = ", ".join(tokenizer.pieces(raised[neuron]))
        return {
            "text": (f"Key, it fires at:  {fires}", f"key，在這些地方最活躍：{fires}"),
            "text 2": (f"Value, it raises:  {words}", f"value，抬高這些字：{words}"),
        }

    frames = {f"{layer}.{number}": frame((layer, number)) for layer, number in fired}
    return Explorer(
        [{"name": "neuron", "label": ("neuron", "神經元"), "values": list(frames)}],
        frames,
        alt=("A neuron's triggers and words", "一個神經元的觸發處和它抬高的字"),
    )


def facts_changed(result: Mapping[str, Mapping[str, float]]) -> Html:
    """A table: for each choice of five neurons, what erasing and rewriting them does to the fact and to the others."""
    columns = {
        "erased": ("erased: changed", "擦掉：改變"),
        "others survive erasing": ("others survive", "別的還在"),
        "rewritten": ("rewritten: changed", "改寫：改變"),
        "as wanted": ("as wanted", "如願"),
        "others survive rewriting": ("others survive", "別的還在"),
        "others say the new word": ("others say the new word", "別的也說新字"),
    }
    names = {
        "strongest": ("the strongest five", "最強的五個"),
        "its own": ("the five most its own", "最專屬的五個"),
        "random": ("five at random", "隨機五個"),
    }
    return table(
        [[names[name], *(f"{shares[column]:.0%}" for column in columns)] for name, shares in result.items()],
        header=[("neurons", "神經元"), *columns.values()],
    )
