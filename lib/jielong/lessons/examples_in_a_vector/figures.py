"""Pictures of how often a vector does the work of four examples, where it is put in, and what the model then says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jielong.lessons.examples_in_a_vector.tasks import TASKS
from jielong.teaching.figures import Explorer, Html, bars, lines, show
from jielong.tokenizer import Tokenizer

JOBS = dict(zip(TASKS, ("過去式", "複數", "大寫", "相反詞", "比較級", "首都"), strict=True))


def words_right_by_block(blocks: Sequence[int], own: Sequence[float], later: Sequence[float]) -> Html:
    """Lines: how many words are right, by the block that a vector is put in behind: that block's own, or block 20's."""
    shares = list(zip(blocks, own, later, strict=True))
    return show(
        lines(
            blocks,
            {"of the same block": own, "of block 20": later},
            x_label="put in behind block",
            y_label="words right",
        ),
        alt=(
            "Words right by block: "
            + ", ".join(f"{n}: {a:.2f} with its own vector, {b:.2f} with that of block 20" for n, a, b in shares)
            + ".",
            "各個 block 答對的比例："
            + "、".join(f"{n}：自己的向量 {a:.2f}，block 20 的 {b:.2f}" for n, a, b in shares)
            + "。",
        ),
        zh={
            "of the same block": "同一個 block 的向量",
            "of block 20": "block 20 的向量",
            "put in behind block": "放進第幾個 block 之後",
            "words right": "答對的比例",
        },
    )


def words_right(total: Mapping[str, float]) -> Html:
    """Bars: the share of all six jobs' words that come out right, by what is put in."""
    zh = {
        "the job's vector": "這個工作的向量",
        "random": "隨機",
        "another job's": "別的工作的",
        "answers of any job": "任何工作的答案",
        "answers dealt anew": "重新發牌的答案",
        "no vector": "不加向量",
        "four examples": "四個例子",
    }
    return show(
        bars(total, label="words right, all six jobs"),
        alt=(
            "Words right: " + ", ".join(f"{name} {value:.2f}" for name, value in total.items()) + ".",
            "答對的比例：" + "、".join(f"{zh[name]} {value:.2f}" for name, value in total.items()) + "。",
        ),
        zh=zh | {"words right, all six jobs": "答對的比例，六個工作平均"},
    )


def words_right_by_job(true: Mapping[str, float], dealt: Mapping[str, float]) -> Html:
    """Bars: the share of right words of each job, with its vector, and with one of examples with their answers dealt
    anew."""
    return show(
        bars(true, dealt, label="words right; thin: answers dealt anew"),
        alt=(
            "Words right by job, with true and with dealt answers: "
            + ", ".join(f"{job} {true[job]:.1f} and {dealt[job]:.1f}" for job in true)
            + ".",
            "各個工作答對的比例，原本的答案和重新發牌的："
            + "、".join(f"{JOBS[job]} {true[job]:.1f} 和 {dealt[job]:.1f}" for job in true)
            + "。",
        ),
        zh=JOBS | {"words right; thin: answers dealt anew": "答對的比例；細的是答案重新發牌"},
    )


def likeliest_words(tokenizer: Tokenizer, asked: Sequence[str], top: Mapping[tuple[str, int], Any]) -> Explorer:
    """The five likeliest next tokens, by the word asked about, the vector, and the block that it is put in behind.

    top: by vector and block, the probabilities and tokens (words, 5), as ``topk`` gives them.
    """
    vectors, blocks = (list(dict.fromkeys(part)) for part in zip(*top, strict=True))
    names = {**{job: (job, zh) for job, zh in JOBS.items()}, "random": ("a random vector", "隨機的向量")}
    names["none"] = ("no vector", "不加向量")

    def frame(word: str, job: str, block: int) -> dict[str, Any]:
        values, tokens = (part[asked.index(word)].tolist() for part in top[job, block])
        labels = [repr(tokenizer.decode([token]))[1:-1].strip() or "␣" for token in tokens]
        return {"bars": {"labels": labels, "values": values, "format": ".2f", "verbatim": True, "range": [0, 1]}}

    options = [names[vector] for vector in vectors]
    return Explorer(
        controls=[
            {"name": "word", "label": ("word", "字"), "values": asked, "options": [(word, word) for word in asked]},
            {"name": "job", "label": ("vector", "向量"), "values": vectors, "options": options},
            {"name": "block", "label": ("behind block", "放在第幾個 block 之後"), "values": blocks, "start": 21},
        ],
        frames=frame,
        alt=("The five most probable next tokens", "機率最高的五個 token"),
    )
