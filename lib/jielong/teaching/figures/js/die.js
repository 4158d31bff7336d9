// The die. See jielong.teaching.figures.die: this distribution and Die.distribution there are the same sums.

/** Probabilities of a node's tokens and of all others together. topK, topP: null for all. */
function distribution(node, temperature, topK = null, topP = null) {
  const named = node.logits.length;
  if (temperature === 0) return { p: node.logits.map((_, i) => (i === 0 ? 1 : 0)), rest: 0 };
  const groups = [...node.logits.map((logit) => [1, logit]), ...node.rest];
  const each = groups.map(([, logit]) => Math.exp((logit - groups[0][1]) / temperature));
  let kept = groups.map(([count]) => count), before = 0;
  if (topK !== null) kept = kept.map((n) => { const stay = Math.min(n, Math.max(0, topK - before)); before += n; return stay; });
  const mass = () => kept.reduce((sum, n, i) => sum + n * each[i], 0);
  if (topP !== null && topP < 1) {
    const total = mass();
    let reached = 0;
    kept = kept.map((n, i) => {
      const stay = Math.min(n, Math.max(0, Math.ceil(((topP - reached) * total) / each[i])));
      reached += (n * each[i]) / total;
      return stay;
    });
  }
  const total = mass(), p = kept.map((n, i) => (n * each[i]) / total);
  return { p: p.slice(0, named), rest: p.slice(named).reduce((a, b) => a + b, 0) };
}

/** A small seeded generator (mulberry32), or the browser's own when there is no seed. */
function dice(seed) {
  if (seed === null || seed === undefined) return Math.random;
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TOP_K = [1, 2, 3, 5, 10, 20, 50, 200, 1000, null], TOP_P = Array.from({ length: 19 }, (_, i) => (i + 2) / 20), NAMED = 10;
const seen = (token) => token.replace(/ /g, "·").replace(/\n/g, "⏎").replace(/\t/g, "⇥");
const percent = (p) => (p > 0 && p < 0.001 ? "<0.1%" : number(p, ".1%"));
const others = (node) => node.rest.reduce((sum, [count]) => sum + count, 0);

/** The roll as a place on a line from 0 to 1, cut into a stretch for each token. */
function strip({ p, rest }, place, chosen, width) {
  const svg = picture(width, 34, "");
  svg.setAttribute("aria-hidden", "true");
  let x = 0;
  [...p, rest].forEach((share, i) => {
    const named = i < p.length;
    svg.append(draw("rect", { x: x * width, y: 12, width: share * width, height: 18, fill: named ? HUES[i % HUES.length] : GREY, opacity: (named ? i : -1) === chosen ? 1 : 0.35, stroke: "var(--jl-page)", "stroke-width": 0.7 }));
    x += share;
  });
  svg.append(draw("path", { d: `M${place * width} 14l-6 -12h12z`, fill: "currentColor" }));
  return svg;
}

class Game {
  constructor(data) {
    this.data = data;
    this.random = dice(data.seed);
    this.tally = new Map();
    this.choose(0);
  }
  choose(prompt) { this.prompt = this.data.prompts[prompt]; this.start(); }
  start() {
    if (this.path?.length && !this.over) this.count(1);
    Object.assign(this, { path: [], node: this.prompt.tree, over: null, last: null });
  }
  count(by) {
    const text = this.path.map((step) => step.text).join("");
    const times = (this.tally.get(text) ?? 0) + by;
    if (times) this.tally.set(text, times); else this.tally.delete(text);
  }
  roll(settings) {
    const chances = distribution(this.node, ...settings), place = this.random();
    let reached = 0, chosen = -1;
    for (let i = 0; i < chances.p.length && chosen < 0; i++) if (place < (reached += chances.p[i])) chosen = i;
    if (chosen < 0 && chances.rest === 0) chosen = chances.p.findLastIndex((p) => p > 0); // rounding at the line's end
    const text = chosen < 0 ? "…" : this.node.tokens[chosen], next = this.node.next?.[chosen];
    this.path.push({ node: this.node, text });
    this.last = { chances, place, chosen, node: this.node };
    this.over = chosen < 0 ? "left_rest" : text === this.data.end ? "ended" : next ? null : "left_tree";
    if (this.over) this.count(1); else this.node = next;
  }
  undo() {
    if (this.path.length === 0) return;
    if (this.over) this.count(-1);
    Object.assign(this, { node: this.path.pop().node, over: null, last: null });
  }
}

const icon = () => draw("svg", { viewBox: "0 0 24 24", class: "jl-die", "aria-hidden": "true" },
  draw("rect", { x: 2, y: 2, width: 20, height: 20, rx: 5, fill: "none", stroke: "currentColor", "stroke-width": 2 }),
  ...[[7.5, 7.5], [16.5, 7.5], [12, 12], [7.5, 16.5], [16.5, 16.5]].map(([cx, cy]) => draw("circle", { cx, cy, r: 1.9, fill: "currentColor" })));

function board(model, el) {
  const { root, announce, word, width, refit } = stage(model, el), game = new Game(model.get("data"));
  const part = (name, tag = "div") => make(tag, { "data-part": name, class: `jl-${name}` });
  const parts = { sentence: part("sentence", "p"), last: part("last"), message: part("message", "p"), bars: part("bars"), tally: part("tally") };
  return { root, announce, word, width, refit, game, ...parts };
}

function bars({ bars: box, game, word, width }, settings) {
  const { node } = game, { p, rest } = distribution(node, ...settings), shown = Math.min(NAMED, p.length);
  const hidden = p.slice(shown).reduce((a, b) => a + b, 0) + rest, count = number(others(node) + p.length - shown, ",d");
  const labels = [...node.tokens.slice(0, shown).map(seen), fill(word("rest"), { count })], values = [...p.slice(0, shown), hidden];
  const tints = [...Array(shown).fill(HUES[0]), GREY];
  box.replaceChildren(make("p", { class: "jl-title", text: say(word("next")) }), barChart({ labels, values, tints, format: ".1%", range: [0, 1], width: width() }));
}

function story({ sentence, last, message, tally, game, word, announce, width }, speak) {
  const tokens = game.path.map(({ text }) => make("span", { class: "jl-token", text: text.includes("\n") ? seen(text) : text }));
  sentence.replaceChildren(make("span", { class: "jl-prompt", text: game.prompt.text }), ...tokens, make("span", { class: "jl-caret", "aria-hidden": "true" }));
  last.replaceChildren();
  message.textContent = game.over ? fill(word(game.over), { count: game.last && number(others(game.last.node), ",d") }) : "";
  if (game.last) {
    const { chances, place, chosen, node } = game.last, name = chosen < 0 ? fill(word("rest"), { count: number(others(node), ",d") }) : fill(word("quoted"), { token: seen(node.tokens[chosen]) });
    const said = fill(word("fell"), { place: number(place, ".2f"), token: name, chance: percent(chosen < 0 ? chances.rest : chances.p[chosen]) });
    last.append(strip(chances, place, chosen, width()), make("p", { class: "jl-fell", text: said }));
    if (speak) announce(`${sentence.textContent}. ${said} ${message.textContent}`);
  }
  const all = [...game.tally], rolled = all.reduce((sum, [, n]) => sum + n, 0);
  tally.replaceChildren(...(rolled ? [make("p", { class: "jl-title", text: fill(word("tally"), { rolled, different: all.length }) })] : []),
    make("ul", {}, ...all.slice(-8).reverse().map(([text, n]) => make("li", { text: `${seen(text).replaceAll("·", " ")}${n > 1 ? `  ×${n}` : ""}` }))));
}

function render({ model, el }) {
  const parts = board(model, el), { root, game, word } = parts;
  const setting = (name, values, start, show) => slider({ label: word(name), name, count: values.length, start, show: (i) => show(values[i]), change: () => bars(parts, settings()) });
  const temperature = setting("temperature", Array.from({ length: 21 }, (_, i) => i / 10), 10, (v) => number(v, ".1f"));
  const topK = setting("top_k", TOP_K, TOP_K.length - 1, (v) => (v === null ? say(word("all")) : number(v, ",d")));
  const topP = setting("top_p", TOP_P, TOP_P.length - 1, (v) => number(v, ".2f"));
  const settings = () => [temperature.get() / 10, TOP_K[topK.get()], TOP_P[topP.get()]];
  const show = (speak = true) => {
    bars(parts, settings());
    story(parts, speak);
    roll.lastChild.textContent = say(word(game.over ? "roll_new" : "roll"));
    undo.setAttribute("aria-disabled", game.path.length === 0);
  };
  const once = () => { if (game.over) game.start(); game.roll(settings()); };
  const roll = button({ label: "", name: "roll", main: true, press: () => { once(); show(); tumble(roll); } });
  roll.append(icon(), make("span"));
  const on = button({ label: word("roll_on"), name: "roll_on", press: () => { do once(); while (!game.over); show(); tumble(roll); } });
  const undo = button({ label: word("undo"), name: "undo", press: () => { game.undo(); show(); } });
  const restart = button({ label: word("restart"), name: "restart", press: () => { game.start(); show(); } });
  const prompts = select({ label: word("prompt"), name: "prompt", options: game.data.prompts.map((p) => p.label ?? p.text), change: (i) => { game.tally.clear(); game.path = []; game.choose(i); show(); } });
  root.append(make("div", { class: "jl-controls" }, prompts.element, temperature.element, topK.element, topP.element), parts.sentence,
    make("div", { class: "jl-row" }, roll, on, undo, restart), parts.last, parts.message, parts.bars, parts.tally);
  show(false);
  parts.refit(() => show(false));
}

/** The die on the button turns once, unless the reader asked for calm. */
function tumble(roll) {
  if (!calm()) roll.querySelector("svg").animate([{ transform: "rotate(0)" }, { transform: "rotate(360deg)" }], { duration: 350, easing: "ease-out" });
}
export { distribution };
export default spoken(render);
