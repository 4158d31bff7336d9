// Search as one types, in the theme's dialog and on the page of results. The index comes when the first of them opens.
(() => {
  const here = document.currentScript.src.replace(/[^/]*$/, "");
  const chinese = document.documentElement.lang.startsWith("zh");
  const say = (english, translated) => (chinese ? translated : english);
  const root = document.documentElement.dataset.content_root;
  let loading;

  const script = (name) => new Promise((done, failed) => {
    const element = Object.assign(document.createElement("script"), { src: here + name, onload: done, onerror: failed });
    document.head.append(element);
  });

  function load() {
    loading ??= script("engine.js").then(() => script("index.js")).then(() => bookSearch.ready);
    return loading;
  }

  const make = (name, className, ...inside) => {
    const element = Object.assign(document.createElement(name), { className });
    element.append(...inside);
    return element;
  };
  const marked = (parts) => parts.map(([text, hit]) => (hit ? make("mark", "", text) : text));

  function hit({ href, heading, lesson, lecture, sentence }) {
    const where = [lecture, lesson].filter((each) => each && each !== heading.map(([text]) => text).join("")).join(" › ");
    const link = make("a", "search-hit", make("span", "search-heading", ...marked(heading)), make("span", "search-where", where),
      make("span", "search-sentence", ...marked(sentence)));
    link.href = root + href;
    return make("li", "", link);
  }

  function show(place, query) {
    const { sections, library } = bookSearch.find(query);
    const found = sections.length + library.length;
    const status = place.querySelector("[role=status]");
    status.textContent = found ? say(`${sections.length} sections, the best first`, `${sections.length} 個段落，最相關的在前`) : "";
    const groups = [];
    if (sections.length) groups.push(make("ol", "search-hits", ...sections.map(hit)));
    if (library.length) {
      groups.push(make("p", "search-group", say("In the library", "函式庫裡的")), make("ol", "search-hits", ...library.map(hit)));
    }
    if (!found) status.textContent = say(`Nothing here answers “${query}”.`, `找不到跟「${query}」有關的段落。`);
    place.querySelector(".search-found").replaceChildren(...groups);
  }

  // The newest question is answered when the index is there; an empty one clears the place.
  async function ask(input, place) {
    const query = input.value.trim();
    if (query) {
      place.querySelector("[role=status]").textContent ||= say("Searching …", "搜尋中 …");
      await load();
    }
    if (input.value.trim() !== query) return;
    if (query) return show(place, query);
    place.querySelector(".search-found").replaceChildren();
    place.querySelector("[role=status]").textContent = "";
  }

  // Arrows lead from the field into the list and through it; letters typed there go on in the field.
  function steer(event, input, place) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    const stops = [input, ...place.querySelectorAll("a.search-hit")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function serve(form) {
    const input = form.querySelector("input"), place = document.querySelector(form.dataset.results);
    let timer;
    input.addEventListener("focus", load, { once: true });
    input.addEventListener("input", (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(() => ask(input, place), 40);
    });
    input.addEventListener("compositionend", () => ask(input, place));
    for (const element of [form, place]) element.addEventListener("keydown", (event) => steer(event, input, place));
    place.addEventListener("click", () => document.querySelector("#pst-search-dialog").close?.());
    const asked = form.dataset.asks && new URLSearchParams(location.search).get("q");
    if (asked) {
      input.value = asked;
      ask(input, place);
    }
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-results]").forEach(serve));
})();
