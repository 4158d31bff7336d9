"""What "Lifelong learning" draws: answers with and without a note, what is forgotten, and what each version says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from torch import Tensor

from jielong.adaptation.finetuning import Fact
from jielong.teaching.figures import Explorer, Html, colors, show, subplots, table
from jielong.teaching.figures.explorer import Frame
from jielong.tokenizer import Tokenizer


def notes(before: Sequence[float], told: Sequence[float], elsewhere: Sequence[float], after: Sequence[float]) -> Html:
    """A table: right answers for each set of facts, without a note, with one, with a wrong one, and afterwards."""
    rows = [
        (("no note", "沒有提示"), before),
        (("its own note", "講這個國家的提示"), told),
        (("another country's note", "講別國的提示"), elsewhere),
        (("the note taken away", "拿掉提示之後"), after),
    ]
    header = [("right answers", "答對的比例"), ("set 1", "第 1 組"), ("set 2", "第 2 組"), ("set 3", "第 3 組")]
    return table([(name, *(f"{x:.2f}" for x in values)) for name, values in rows], header)


TRAINED = {"plain": "直接訓練", "LoRA": "LoRA", "with rehearsal": "加上複習"}


def forgetting(runs: Mapping[str, Sequence[Sequence[float]]], fresh: Sequence[float]) -> Html:
    """Bars: new and old capitals right after each way of training; dots: its runs. fresh: the exam before training."""
    fig, axes = subplots(1, 2, size=(6.4, 2.6), sharey=True)
    axes[0].set_ylabel("share right")
    for part, (ax, title) in enumerate(zip(axes, ("new capitals", "old capitals"), strict=True)):
        for place, exams in enumerate(runs.values()):
            values = [exam[part] for exam in exams]
            ax.bar(place, mean(values), 0.6, color=colors.cycle[place])
            ax.plot([place] * len(values), values, "o", color="black", markersize=3.5)
        ax.axhline(fresh[part], color=colors.control, linestyle="--")
        ax.set(title=title, ylim=(-0.03, 1.05), xticks=range(3), xticklabels=list(runs))
    kept = {way: f"{mean([exam[1] for exam in exams]):.2f}" for way, exams in runs.items()}
    english = ", ".join(f"{way} keeps {share}" for way, share in kept.items())
    chinese = "、".join(f"{TRAINED[way]}剩 {share}" for way, share in kept.items())
    return show(
        fig,
        alt=(
            "All three learn the new capitals; of the old ones " + english,
            "三種訓練都學會了新首都；舊首都的部分，" + chinese,
        ),
        zh={**TRAINED, "new capitals": "新首都", "old capitals": "舊首都", "share right": "答對的比例"},
        caption=(
            "Bars: the mean of three runs, each with other facts; dots: the runs; dashed: before training.",
            "長條是三次的平均，每次教的都不一樣；點是各次的結果；虛線是訓練之前。",
        ),
    )


VERSIONS = {
    "as it came": ("as it came", "原本的模型"),
    "with a note": ("with a note in the prompt", "prompt 裡有提示"),
    "fine-tuned": ("fine-tuned", "微調過"),
    "LoRA": ("fine-tuned with LoRA", "用 LoRA 微調過"),
    "with rehearsal": ("fine-tuned with rehearsal", "微調加複習"),
}


def next_tokens(questions: Sequence[Fact], seen: Mapping[str, Tensor], tokenizer: Tokenizer) -> Explorer:
    """What each version of the model says next. seen: for each, (questions, vocabulary) probabilities."""

    def frame(question: int, version: str) -> Frame:
        firsts = [said[question].argmax().item() for said in seen.values()]  # what some version says
        likely = seen["as it came"][question].topk(3).indices.tolist()
        tokens = list(dict.fromkeys([*likely, *firsts]))
        labels = [(word, word) for word in tokenizer.pieces(tokens)]
        values = [round(p, 2) for p in seen[version][question][tokens].tolist()]
        title = ("The next token", "下一個 token")
        return {"bars": {"labels": labels, "range": [0, 1], "values": values, "title": title}}

    prompts = [(f"{fact.prompt.strip()} …",) * 2 for fact in questions]
    controls: list[dict[str, object]] = [
        {"name": "question", "label": ("question", "問題"), "values": [*range(len(prompts))], "options": prompts},
        {"name": "version", "label": ("model", "模型"), "values": [*VERSIONS], "options": [*VERSIONS.values()]},
    ]
    return Explorer(controls, frame, ("What each version of the model says next", "每個版本的模型接下來說什麼"))
