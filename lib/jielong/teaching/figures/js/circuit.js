// Heads as arrows between the words of a prompt, each to be switched off. See jielong.teaching.figures.circuit for the data.

const ROW = 27, FOOT = 74;

function render({ model, el }) {
  const { tokens, heads, words, margins, chances, whole } = model.get("data");
  const { root, announce, word, width, refit } = stage(model, el);
  const on = heads.map(() => true);
  const subset = () => on.reduce((sum, yes, k) => sum + (yes ? 2 ** k : 0), 0);
  const all = [...margins, ...(whole ? [whole[0]] : [])], most = Math.max(...all), least = Math.min(0, ...all);
  const row = (head) => fill(word("row"), { head: head.name, reads: tokens[head.reads], writes: tokens[head.writes] });

  const arrow = (svg, x0, x1, y, color) => {
    const way = Math.sign(x1 - x0) || 1;
    if (x0 === x1) svg.append(draw("circle", { cx: x0, cy: y - 5, r: 5, fill: "none", stroke: color, "stroke-width": 2.2 }));
    else svg.append(draw("line", { x1: x0, x2: x1 - 7 * way, y1: y, y2: y, stroke: color, "stroke-width": 2.4 }), draw("polygon", { points: `${x1},${y} ${x1 - 9 * way},${y - 5} ${x1 - 9 * way},${y + 5}`, fill: color }));
    svg.append(draw("circle", { cx: x0, cy: y, r: 3.6, fill: color }));
  };
  const diagram = (wide) => {
    const left = 46, step = (wide - left - 8) / tokens.length, foot = heads.length * ROW + 6;
    const at = (i) => left + (i + 0.5) * step;
    const svg = picture(wide, foot + FOOT, heads.map((head, k) => `${row(head)}, ${say(word(on[k] ? "on" : "off"))}`).join("; "));
    tokens.forEach((token, i) => {
      const name = label(at(i) + 3, foot + 12, token, "end");
      name.setAttribute("transform", `rotate(-58 ${at(i) + 3} ${foot + 12})`);
      svg.append(draw("line", { x1: at(i), x2: at(i), y1: 4, y2: foot, stroke: "currentColor", opacity: 0.1 }), name);
    });
    heads.forEach((head, k) => {
      const y = (heads.length - k - 0.5) * ROW, color = on[k] ? HUES[0] : GREY;
      const line = draw("g", { "data-head": head.name, opacity: on[k] ? 1 : 0.45, style: "cursor:pointer" }, draw("rect", { x: 0, y: y - ROW / 2, width: wide, height: ROW, fill: "transparent" }), draw("title", { text: row(head) }));
      line.append(draw("text", { x: left - 6, y: y + 4, "text-anchor": "end", "font-size": 12.5, "font-weight": 600, "text-decoration": on[k] ? undefined : "line-through", style: inked(color), text: head.name }));
      arrow(line, at(head.reads), at(head.writes), y, color);
      line.addEventListener("click", () => turn(k, !on[k]));
      svg.append(line);
    });
    return svg;
  };

  const panels = make("div", { class: "jl-panels" });
  const toggles = heads.map((head, k) => button({ label: head.name, name: head.name, press: () => turn(k, !on[k]) }));
  const turn = (k, yes) => { on[k] = yes; show(); };
  const every = (yes) => { on.fill(yes); show(); };
  const titled = (part, child) => make("div", { "data-panel": part }, make("p", { class: "jl-title", text: say(word(part)) }), child);
  const paint = () => {
    const k = subset(), wide = width();
    toggles.forEach((toggle, i) => { toggle.setAttribute("aria-pressed", String(on[i])); toggle.style.opacity = on[i] ? 1 : 0.5; toggle.style.textDecoration = on[i] ? "" : "line-through"; });
    panels.replaceChildren(
      diagram(wide),
      titled("margin", barChart({ labels: [""], values: [margins[k]], control: whole && [whole[0]], range: [least, most], width: wide })),
      titled("chances", barChart({ labels: words, values: chances.map((column) => column[k]), control: whole?.[1], range: [0, 1], format: ".0%", tints: HUES, width: wide })),
      ...(whole ? [make("p", { class: "jl-title", text: say(word("whole")) })] : []),
    );
    return `${say(word("margin"))} ${number(margins[k], ".2f")}; ${words.map((name, i) => `${name} ${number(chances[i][k], ".0%")}`).join(", ")}`;
  };
  const show = () => announce(paint());
  const both = [button({ label: word("all"), name: "all", press: () => every(true) }), button({ label: word("none"), name: "none", press: () => every(false) })];
  root.append(make("div", { class: "jl-row", role: "group", "aria-label": say(word("heads")) }, ...toggles, ...both), panels);
  paint();
  refit(paint);
}
export default spoken(render);
