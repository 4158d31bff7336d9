// A grid to walk: at every token and every depth, the words that the model would say. See jielong.teaching.figures.lens.

function render({ model, el }) {
  const { prompts, layers, words } = model.get("data");
  const { root, announce, word, width, refit } = stage(model, el);
  let which = 0, layer = layers.length - 1, token = prompts[0].tokens.length - 1;
  const holder = make("div", { class: "jl-scroll", tabindex: 0, role: "region", "aria-label": say(word("grid")) });
  const line = make("p", { "data-part": "said" }), bars = make("div");
  const cell = (l, t) => prompts[which].words[l][t], first = (l, t) => words[cell(l, t)[0]];
  const cut = (text, room) => { const letters = [...text]; let out = ""; for (const c of letters) { if (wide(out + c) > room) return `${out}…`; out += c; } return out; };
  const told = () => fill(word("said"), { layer: layers[layer], token: prompts[which].tokens[token], word: first(layer, token), percent: prompts[which].percent[layer][token][0] });

  const table = () => {
    const { tokens, percent } = prompts[which], left = 30, high = 22, top = 24;
    const broad = Math.max(58, Math.min(110, (width() - left) / tokens.length)), room = (broad - 8) / 6.3;
    const svg = picture(left + broad * tokens.length, top + high * layers.length, told());
    svg.style.minWidth = `${left + broad * tokens.length}px`;
    tokens.forEach((name, t) => svg.append(draw("text", { x: left + (t + 0.5) * broad, y: 15, "text-anchor": "middle", "font-size": 12, "font-weight": t === token ? 700 : 500, text: cut(name, room) })));
    layers.forEach((n, l) => {
      const y = top + (layers.length - 1 - l) * high;
      svg.append(draw("text", { x: left - 6, y: y + 15, "text-anchor": "end", "font-size": 11, "font-weight": l === layer ? 700 : 400, text: n }));
      tokens.forEach((_, t) => {
        const end = cell(l, t)[0] === cell(layers.length - 1, t)[0], x = left + t * broad;
        const box = draw("g", { "data-cell": `${l},${t}`, style: "cursor:pointer" },
          draw("rect", { x: x + 1, y: y + 1, width: broad - 2, height: high - 2, rx: 3, fill: HUES[end ? 0 : 1], "fill-opacity": 0.06 + 0.5 * (percent[l][t][0] / 100), stroke: l === layer && t === token ? "currentColor" : "none", "stroke-width": 2 }),
          draw("text", { x: x + broad / 2, y: y + 15, "text-anchor": "middle", "font-size": 11.5, text: cut(first(l, t), room) }));
        box.addEventListener("click", () => { down.set(l); along.set(t); layer = l; token = t; show(); });
        svg.append(box);
      });
    });
    return svg;
  };
  const paint = () => {
    const at = holder.scrollLeft;
    holder.replaceChildren(table());
    holder.scrollLeft = at;
    line.textContent = told();
    bars.replaceChildren(barChart({ labels: cell(layer, token).map((w) => words[w]), values: prompts[which].percent[layer][token].map((p) => p / 100), format: ".0%", range: [0, 1], width: width() }));
  };
  const show = () => { paint(); announce(told()); };
  const controls = make("div", { class: "jl-controls" });
  const choose = select({ label: word("prompt"), name: "prompt", options: prompts.map((p) => p.label), change: (i) => { which = i; token = prompts[i].tokens.length - 1; layer = layers.length - 1; build(); show(); holder.scrollLeft = holder.scrollWidth; } });
  let down, along;
  const build = () => {
    down = slider({ label: word("layer"), name: "layer", count: layers.length, start: layer, show: (i) => String(layers[i]), change: (i) => { layer = i; show(); } });
    along = slider({ label: word("token"), name: "token", count: prompts[which].tokens.length, start: token, show: (i) => prompts[which].tokens[i], change: (i) => { token = i; show(); } });
    controls.replaceChildren(choose.element, down.element, along.element);
  };
  build();
  root.append(controls, holder, line, bars);
  paint();
  holder.scrollLeft = holder.scrollWidth;
  refit(paint);
}
export default spoken(render);
