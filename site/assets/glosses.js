// A term's gloss shows by itself, on hover and on focus. Escape puts it away; where nothing hovers, the first tap shows it.
(() => {
  const none = matchMedia("(hover: none)");
  const open = () => [...document.querySelectorAll(".gloss:is(:hover, :focus-within)")];
  document.addEventListener("keydown", ({ key }) => key === "Escape" && open().forEach((each) => each.classList.add("gloss-closed")));
  for (const event of ["pointerout", "focusout"])
    document.addEventListener(event, ({ target }) => target.closest?.(".gloss")?.classList.remove("gloss-closed"));
  let shown;
  document.addEventListener("pointerdown", () => { shown = document.activeElement; });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".gloss > a");
    if (!link || !none.matches || shown === link) return;
    event.preventDefault();
    link.focus();
  });
})();
