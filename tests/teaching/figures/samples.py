"""A small example of each widget, from fixed numbers, and a page that mounts one without a kernel."""

from __future__ import annotations

import json

import numpy as np
from jielong.teaching.figures import Die, Explorer, Pixels, Widget, grow

WORDS = [
    " blue",
    " sky",
    " the",
    " is",
    " a",
    " cat",
    " sat",
    ".",
    " on",
    " mat",
    "<end>",
    *(f" w{i}" for i in range(489)),
]


def logits_of(rows: list[list[int]]) -> np.ndarray:
    """A made-up model: a fixed random table of the next token's logits by the last one."""
    table = np.random.default_rng(1).normal(size=(len(WORDS), len(WORDS))) * 1.5
    table[:, :12] += 5
    return table[[row[-1] for row in rows]]


def die(seed: int | None = 7) -> Die:
    tree = grow([2], logits_of, lambda ids: "".join(WORDS[i] for i in ids), levels=5, width=8, end=10)
    other = grow([5], logits_of, lambda ids: "".join(WORDS[i] for i in ids), levels=3, width=4, end=10)
    prompts = [{"text": "Look at the", "tree": tree}, {"text": "My cat", "tree": other}]
    return Die(prompts, ("Roll the next token of a small model", "擲出小模型的下一個 token"), end="<end>", seed=seed)


def pixels() -> Pixels:
    from sklearn.datasets import load_digits

    digits = load_digits().images[:3]
    rng = np.random.default_rng(0)
    samples = []
    for k, digit in enumerate(digits):
        near = -((np.arange(17)[None] - digit.reshape(-1, 1)) ** 2) / 8 + rng.normal(size=(64, 17)) / 2
        p = np.exp(near) / np.exp(near).sum(1, keepdims=True)
        samples.append({"label": (f"digit {k}", f"數字 {k}"), "pixels": digit, "probabilities": p})
    return Pixels(samples, ("A digit appears pixel by pixel", "一個數字逐像素出現"))


DOSES = [0.0, 0.25, 0.5, 0.75, 1.0]
ACCURACY = {
    "sums": [0.10, 0.42, 0.71, 0.83, 0.9],
    "words": [0.95, 0.93, 0.88, 0.6, 0.125],
}


def explorer() -> Explorer:
    def frame(dose: float, task: str) -> dict:
        accuracy, control = ACCURACY[task][DOSES.index(dose)], 0.1 + dose / 20
        curve = [{"label": ("merged", "合併後"), "y": ACCURACY[task]}]
        curve.append({"label": ("random direction", "隨機方向"), "y": [0.1, 0.11, 0.12, 0.14, 0.15], "control": True})
        names = [("right", "對"), ("wrong", "錯")]
        return {
            "numbers": [{"label": ("accuracy", "正確率"), "value": accuracy, "control": control, "format": ".0%"}],
            "lines": {
                "x": DOSES,
                "series": curve,
                "at": dose,
                "x_label": ("dose", "劑量"),
                "y_label": ("accuracy", "正確率"),
            },
            "bars": {
                "labels": names,
                "values": [accuracy, 1 - accuracy],
                "control": [control, 1 - control],
                "format": ".0%",
            },
            "heatmap": {
                "values": [[dose, -0.5], [accuracy, 0.2]],
                "rows": ["a", "b"],
                "columns": ["c", "d"],
                "diverging": True,
            },
            "text": (f"At dose {dose}, {accuracy:.0%} are right.", f"劑量 {dose} 時，{accuracy:.0%} 答對。"),
        }

    controls = [
        {"name": "dose", "label": ("merge coefficient", "合併係數"), "values": DOSES, "format": ".2f", "start": 0.5},
        {
            "name": "task",
            "label": ("task", "任務"),
            "values": ["sums", "words"],
            "options": [("sums", "加法"), ("words", "文字")],
        },
    ]
    return Explorer(controls, frame, ("Accuracy by merge coefficient", "正確率隨合併係數的變化"))


def page(widget: Widget, lang: str = "en", theme: str = "light") -> str:
    """A page of its own that draws the widget from its state alone, as the book's pages do."""
    state = {k: v for k, v in widget.get_state().items() if isinstance(v, (str, dict, list))}
    data = json.dumps(state).replace("</", "<\\/")
    dark = "html{color-scheme:dark;background:#14181e;--pst-color-background:#14181e;--pst-color-text-base:#ced6dd}"
    look = "body{font:16px system-ui,sans-serif;margin:1rem auto;max-width:44rem;padding:0 1rem}"
    return f"""<!doctype html><html lang="{lang}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>{look}{dark if theme == "dark" else ""}</style>
<body><script type="application/json" id="state">{data}</script><script type="module">
const state = JSON.parse(document.getElementById("state").textContent);
const style = document.createElement("style"); style.textContent = state._css; document.head.append(style);
const code = URL.createObjectURL(new Blob([state._esm], {{type: "text/javascript"}}));
const el = document.createElement("div"); document.body.append(el);
const model = {{get: (key) => state[key], set() {{}}, save_changes() {{}}, on() {{}}, off() {{}}}};
await (await import(code)).default.render({{model, el}});
document.body.dataset.ready = "yes";
</script></body></html>"""
