// Draws the anywidget models that a page carries in its widget state: no kernel, no other script, no other server.
// A model answers get, set and on, which is all that a widget whose numbers travel with it needs.
(() => {
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';
  const chinese = document.documentElement.lang.startsWith("zh");
  const modules = new Map();
  const models = new Map();
  const styles = new Set();
  let states = {};

  function modelOf(id) {
    if (!models.has(id)) models.set(id, makeModel({ ...states[id].state }));
    return models.get(id);
  }

  function makeModel(values) {
    const listeners = [];
    const tell = (event, detail) => listeners.filter((each) => each.event === event).forEach((each) => each.call(detail));
    return {
      get: (name) => values[name],
      set(name, value) {
        if (values[name] === value) return;
        values[name] = value;
        tell(`change:${name}`, value);
        tell("change", { [name]: value });
      },
      on: (events, call) => events.split(" ").forEach((event) => listeners.push({ event, call })),
      off(events, call) {
        const gone = (each) => (!events || events.split(" ").includes(each.event)) && (!call || call === each.call);
        listeners.splice(0, listeners.length, ...listeners.filter((each) => !gone(each)));
      },
      save_changes() {},
      send() {},
    };
  }

  function moduleOf(code) {
    if (!modules.has(code)) modules.set(code, import(URL.createObjectURL(new Blob([code], { type: "text/javascript" }))));
    return modules.get(code);
  }

  function addStyle(css) {
    if (styles.has(css)) return;
    styles.add(css);
    document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  }

  async function draw(id, place) {
    const model = modelOf(id);
    if (model.get("_css")) addStyle(model.get("_css"));
    const { default: made } = await moduleOf(model.get("_esm"));
    const widget = typeof made === "function" ? await made() : made;
    await widget.initialize?.({ model });
    await widget.render({ model, el: place });
    place.dataset.drawn = "";
  }

  function excuse(place) {
    place.className = "widget-needs-kernel";
    place.textContent = chinese
      ? "這個元件要有 Python 在背後執行才會動：請在 Colab 開啟這一頁。"
      : "This control needs Python running behind it: open this page in Colab.";
  }

  function start() {
    const views = document.querySelectorAll(VIEW);
    if (!views.length) return;
    states = JSON.parse(document.querySelector(STATE)?.textContent ?? '{"state": {}}').state;
    const seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        draw(target.dataset.model, target);
      }
    }, { rootMargin: "600px" });
    for (const view of views) {
      const id = JSON.parse(view.textContent).model_id;
      const place = document.createElement("div");
      view.after(place);
      if (states[id]?.model_module !== "anywidget") { excuse(place); continue; }
      place.className = "widget-place";
      place.dataset.model = id;
      seen.observe(place);
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
