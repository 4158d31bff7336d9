// Matrix memories that are written, read and erased, side by side. See jielong.teaching.figures.memory for the data.

/** A cell, or several in a row or column: blue above zero, orange below, nothing is the page. */
const cells = (values, most, box) => values.map((v, i) => {
  const [x, y, width, height] = box(i);
  return draw("rect", { x, y, width, height, fill: HUES[v < 0 ? 1 : 0], "fill-opacity": (0.05 + 0.95 * Math.min(1, Math.abs(v) / most)).toFixed(3), stroke: "currentColor", "stroke-opacity": 0.12, "stroke-width": 0.6 });
});
const largest = (rows) => Math.max(1e-9, ...rows.flat().map(Math.abs));

/** One memory: key at its left, value above, read-out below, share kept at its right; frames where it has changed. */
function memoryPicture({ now, before, key, value, read, kept, added, most, sides, wide, gated, label: spoken }) {
  const [rows, columns] = [now.length, now[0].length], strip = 11, left = strip + 6, top = strip + 6, right = gated ? 38 : 16;
  const cell = Math.min(30, (wide - left - right) / columns), [w, h] = [columns * cell, rows * cell];
  const svg = picture(wide, top + h + 6 + strip + 2, spoken), name = (x, y, text) => svg.append(draw("text", { x, y, "font-size": 12, "font-style": "italic", "text-anchor": "middle", text }));
  const across = (values, scale, y, letter) => {
    svg.append(...cells(values, scale, (j) => [left + j * cell, y, cell, strip]));
    name(left + w + 9, y + strip - 1, letter);
  };
  if (key) {
    svg.append(...cells(key, sides.key, (i) => [0, top + i * cell, strip, cell]));
    name(strip / 2, top + h + 13, "k");
  }
  if (value) across(value, sides.value, 0, added ? "u" : "v");
  if (read) across(read, sides.value, top + h + 6, "y");
  now.forEach((row, i) => svg.append(...cells(row, most, (j) => [left + j * cell, top + i * cell, cell, cell])));
  const moved = before && now.map((row, i) => row.map((v, j) => Math.abs(v - before[i][j])));
  const furthest = moved ? Math.max(0.02, largest(moved)) : 1;
  moved?.forEach((row, i) => row.forEach((v, j) => {
    if (v / furthest > 0.1) svg.append(draw("rect", { x: left + j * cell + 1, y: top + i * cell + 1, width: cell - 2, height: cell - 2, fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-opacity": (0.85 * v / furthest).toFixed(2), "data-part": "changed" }));
  }));
  if (kept) {
    const each = kept.length === 1 ? now.map(() => kept[0]) : kept;
    each.forEach((v, i) => svg.append(draw("rect", { x: left + w + 18, y: top + i * cell + 0.5, width: 18 * v, height: cell - 1, fill: HUES[2], "data-part": "kept" }), draw("rect", { x: left + w + 18, y: top + i * cell + 0.5, width: 18, height: cell - 1, fill: "none", stroke: "currentColor", "stroke-opacity": 0.3 })));
    name(left + w + 27, top + h + 16, "G");
  }
  return svg;
}

function render({ model, el }) {
  const { keys, values, steps, truth, rules, most, start, dose } = model.get("data");
  const { root, announce, word, width, refit } = stage(model, el);
  const sides = { key: largest(keys.vectors), value: largest(values.vectors) };
  const gated = rules.some((rule) => rule.G);
  let step = start, chosen = dose?.start ?? 0;
  const of = (list) => list[Math.min(chosen, list.length - 1)]; // what depends on the second slider, or does not
  const named = (key, value) => ({ key: say(keys.names[key]), value: say(values.names[value]) });
  const written = () => truth[step].map((v, k) => k).filter((k) => truth[step][k] >= 0);
  const told = () => (step === 0 ? say(word("begin")) : fill(word(steps[step - 1][0]), named(steps[step - 1][1], steps[step - 1][2])));
  const score = (rule) => {
    const asked = written(), right = asked.filter((k) => of(rule.says)[step][k] === truth[step][k]).length;
    return [fill(word("score"), { right, all: asked.length }), fill(word("error"), { error: number(of(rule.error)[step], ".2f") })];
  };
  const answer = (rule, k) => {
    const v = of(rule.says)[step][k], strength = number(of(rule.strength)[step][k], ".2f");
    return v < 0 ? fill(word("silent"), named(k)) : fill(word("says"), { ...named(k, v), strength });
  };
  const line = make("p", { class: "jl-message", "data-part": "said" }), holder = make("div", { class: "jl-memories" }), foot = make("div", { class: "jl-scroll", tabindex: 0, role: "group", "aria-label": say(word("ask")) });
  const legend = make("p", { class: "jl-tally" });

  const panel = (rule, wide) => {
    const at = step - 1, [kind, key, value] = steps[at] ?? [], added = kind === "write" && rule.u !== undefined;
    const above = kind !== "write" ? undefined : added ? of(rule.u)[at] : values.vectors[value];
    const now = of(rule.memory)[step], spoken = `${say(rule.name)}: ${score(rule).join("")}${kind ? `; ${answer(rule, key)}` : ""}`;
    const svg = memoryPicture({ now, before: at < 0 ? undefined : of(rule.memory)[at], key: keys.vectors[key], value: above, read: kind && of(rule.read)[at], kept: kind && rule.G && of(rule.G)[at], added, most, sides, wide, gated, label: spoken });
    return make("div", { style: `width:${wide}px`, "data-rule": say(rule.name) }, make("p", { class: "jl-title", text: say(rule.name) }), svg, make("p", { class: "jl-tally", "data-part": "score" }, ...score(rule).map((text) => make("span", { class: "jl-whole", text }))));
  };
  const table = () => {
    const cell = (rule, k) => {
      const says = of(rule.says)[step][k], wanted = truth[step][k], sign = wanted < 0 ? "" : says === wanted ? "✓" : "✗";
      if (wanted < 0 && steps[step - 1]?.[1] !== k) return make("td"); // nobody wrote there, nobody asks
      if (says < 0) return make("td", { text: wanted < 0 ? "" : "✗" });
      const spoken = sign && make("span", { class: "jl-sr", text: say(word(sign === "✓" ? "right" : "wrong")) });
      return make("td", { class: sign === "✗" ? "jl-wrong" : wanted < 0 ? "jl-faint" : "" }, `${say(values.names[says])} ${number(of(rule.strength)[step][k], ".2f")} `, make("span", { "aria-hidden": "true", text: sign }), spoken);
    };
    const heads = [word("ask"), word("truth"), ...rules.map((rule) => rule.name)].map((text) => make("th", { scope: "col", text: say(text) }));
    const rows = keys.names.map((name, k) => make("tr", { class: steps[step - 1]?.[1] === k ? "jl-now" : "" }, make("th", { scope: "row", text: say(name) }), make("td", { text: truth[step][k] < 0 ? "" : say(values.names[truth[step][k]]) }), ...rules.map((rule) => cell(rule, k))));
    return make("table", { class: "jl-recall" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
  };
  const paint = () => {
    const room = width(), beside = Math.max(1, Math.min(rules.length, Math.floor(room / 125)));
    const even = Math.ceil(rules.length / Math.ceil(rules.length / beside)); // 2 and 2 rather than 3 and 1
    const wide = Math.min(260, Math.floor((room - 12 * (even - 1)) / even));
    holder.replaceChildren(...rules.map((rule) => panel(rule, wide)));
    foot.replaceChildren(table());
    line.textContent = told();
    const letters = ["k", "v", ...(rules.some((r) => r.u) ? ["u"] : []), "y", ...(gated ? ["G"] : [])];
    legend.replaceChildren(...letters.flatMap((letter, i) => [i ? " · " : "", make("i", { text: letter }), ` ${say(word(letter))}`]));
    back.setAttribute("aria-disabled", String(step === 0));
    forth.setAttribute("aria-disabled", String(step === steps.length));
  };
  const show = () => { paint(); announce(`${told()} ${rules.map((rule) => `${say(rule.name)}: ${score(rule).join("")}`).join("; ")}`); };
  const go = (to) => { if (to < 0 || to > steps.length) return; step = to; time.set(step); show(); };
  const time = slider({ label: word("step"), name: "step", count: steps.length + 1, start, show: (i) => `${i} / ${steps.length}`, change: (i) => { step = i; show(); } });
  const back = button({ label: word("previous"), name: "previous", press: () => go(step - 1) });
  const forth = button({ label: word("next"), name: "next", main: true, press: () => go(step + 1) });
  const controls = [time];
  if (dose) controls.push(slider({ label: dose.label, name: "dose", count: dose.values.length, start: chosen, show: (i) => number(dose.values[i], dose.format), change: (i) => { chosen = i; show(); } }));
  root.append(make("div", { class: "jl-controls" }, ...controls.map((c) => c.element)), make("div", { class: "jl-row" }, back, forth, line), holder, legend, foot);
  paint();
  refit(paint);
}
export default spoken(render);
