// A tree whose branches can be cut, and a search through what is left. See jielong.teaching.figures.tree for the data.

const LINE = 23;

function render({ model, el }) {
  const { names, parents, tasks, keep } = model.get("data");
  const { root, announce, word, width, refit } = stage(model, el);
  const kids = names.map((_, i) => parents.flatMap((parent, k) => (parent === i ? [k] : [])));
  const depth = (i) => (i ? 1 + depth(parents[i]) : 0), deepest = Math.max(...names.map((_, i) => depth(i)));
  const cut = new Set();
  let task = tasks[0];
  const gone = (i) => i > 0 && (cut.has(i) || gone(parents[i]));
  const value = (i) => task.values[i - 1];

  /** Depth first, in the order of the nodes; a click is a step down or a step back up. */
  const search = (without) => {
    const seen = new Set([0]);
    let clicks = 0;
    const look = (i) => {
      if (i === task.goal) return true;
      for (const k of kids[i].filter((k) => !without.has(k))) {
        clicks += 1;
        seen.add(k);
        if (look(k)) return true;
        clicks += 1;
      }
      return false;
    };
    const found = look(0);
    return { found, clicks, seen };
  };

  const height = (i) => (kids[i].length ? kids[i].reduce((sum, k) => sum + height(k), 0) : 1);
  const rows = () => {
    const at = [];
    const set = (i, top) => {
      at[i] = (top + height(i) / 2) * LINE;
      kids[i].reduce((from, k) => { set(k, from); return from + height(k); }, top);
    };
    set(0, 0);
    return at;
  };
  const node = (i, x, y, room, seen) => {
    const state = say(word(gone(i) ? "cut" : seen.has(i) ? "seen" : "ahead")), off = gone(i);
    const least = Math.min(...task.values), most = Math.max(...task.values), strength = (value(i) - least) / (most - least || 1);
    const spoken = `${fill(word("node"), { name: names[i], value: number(value(i), ".1f") })}; ${state}`;
    const box = draw("g", { class: "jl-node", role: "button", tabindex: off && !cut.has(i) ? -1 : 0, "aria-pressed": String(cut.has(i)), "aria-label": spoken, "data-node": i, opacity: off ? 0.5 : 1 });
    box.append(
      draw("rect", { x: x - 8, y: y - LINE / 2 + 1, width: room, height: LINE - 2, rx: 4, fill: "transparent" }),
      draw("circle", { cx: x, cy: y, r: 6.5, fill: "var(--jl-page)" }),
      draw("circle", { cx: x, cy: y, r: 6.5, fill: off ? "var(--jl-page)" : HUES[0], "fill-opacity": off ? 1 : 0.08 + 0.92 * strength, stroke: off ? GREY : HUES[0], "stroke-width": 1.4 }),
      draw("text", { x: x + 11, y: y + 4.5, "font-size": 13, "font-weight": seen.has(i) && !off ? 650 : 400, "text-decoration": off ? "line-through" : undefined }, names[i], draw("tspan", { "font-size": 10.5, opacity: 0.8, text: `  ${number(value(i), ".1f")}` })),
    );
    if (i === task.goal) box.append(draw("circle", { cx: x, cy: y, r: 9.5, fill: "none", stroke: off ? HUES[4] : HUES[2], "stroke-width": 2.4 }));
    box.addEventListener("click", () => turn(i));
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); turn(i); } });
    return box;
  };
  const diagram = (seen) => {
    const wide = Math.min(width(), 520), at = rows(), first = 12, step = (wide - 150 - first) / Math.max(1, deepest - 1), x = (i) => (i ? first + 26 + (depth(i) - 1) * step : first);
    const svg = picture(wide, height(0) * LINE, "");
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", say(word("tree")));
    names.forEach((_, i) => {
      if (!i) return;
      const on = seen.has(i) && !gone(i), up = parents[i], bend = x(i) - (up ? 20 : 12);
      const from = up ? Math.min(bend, x(up) + 50 + 7.2 * names[up].length) : first; // beyond the name and its number
      svg.append(draw("path", { d: `M${from} ${at[up]} ${up ? `H${bend}` : ""} L${bend} ${at[i]} H${x(i)}`, fill: "none", stroke: on ? HUES[1] : "currentColor", "stroke-width": on ? 2.2 : 1, opacity: on ? 0.9 : 0.25, "stroke-dasharray": gone(i) ? "3 4" : undefined }));
    });
    svg.append(draw("circle", { cx: first, cy: at[0], r: 4.5, fill: "currentColor" }));
    names.forEach((_, i) => { if (i) svg.append(node(i, x(i), at[i], depth(i) < deepest ? step - 14 : 145, seen)); });
    return svg;
  };

  const figure = make("div", { class: "jl-tree" }), results = make("div", { class: "jl-numbers" }), verdict = make("p", { class: "jl-message" });
  const reading = (name, n) => make("div", { class: "jl-number", "data-name": name }, make("small", { text: say(word(name)) }), make("output", { "aria-live": "off", text: String(n) }));
  const paint = () => {
    const all = search(new Set()), now = search(cut), held = document.activeElement?.closest?.("[data-node]")?.getAttribute("data-node");
    const focused = held && figure.contains(document.activeElement);
    results.replaceChildren(reading("whole", all.clicks), reading("now", now.clicks), reading("saved", all.clicks - now.clicks));
    verdict.textContent = fill(word(now.found ? "found" : "lost"), { wanted: task.wanted, goal: names[task.goal] });
    figure.replaceChildren(diagram(now.seen));
    if (focused) figure.querySelector(`[data-node="${held}"]`)?.focus();
    return `${verdict.textContent} ${say(word("now"))}: ${now.clicks}; ${say(word("saved"))}: ${all.clicks - now.clicks}`;
  };
  const show = () => announce(paint());
  const turn = (i) => {
    if (gone(parents[i])) return;
    if (!cut.delete(i)) cut.add(i);
    show();
  };
  const judge = () => {
    cut.clear();
    for (const mine of kids) [...mine].sort((a, b) => value(b) - value(a)).slice(keep).forEach((k) => cut.add(k));
    show();
  };
  const choose = select({ label: word("wanted"), options: tasks.map((t) => t.wanted), name: "wanted", change: (k) => { task = tasks[k]; cut.clear(); show(); } });
  const buttons = [button({ label: word("judge"), name: "judge", press: judge }), button({ label: word("clear"), name: "clear", press: () => { cut.clear(); show(); } })];
  root.append(make("div", { class: "jl-controls" }, choose.element), make("div", { class: "jl-row" }, ...buttons), results, verdict, figure);
  paint();
  refit(paint);
}
export default spoken(render);
