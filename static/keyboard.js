/* Cuadre: the keyboard. Which key does what stands in one table, the help itself (components/shortcuts.html): data-key and data-act.

   data-key="save|issue|n|/|[|]|e|p"   an element that Ctrl+S, Ctrl+Enter or the bare key presses (or focuses)
   data-keys="g f"                     a page of the go-to box (core.goto.Page): the keys go there */

"use strict";

(() => {
  const { $, $$, on, visible } = window.cuadre;

  /* ---------- what the keys do ---------- */
  const acts = {
    goto: openGoto,
    help: () => $("#shortcuts").showModal(),
    search: () => press("/"),
    new: () => press("n"),
    save: () => press("save") || press("issue"),
    issue: () => press("issue") || press("save"),
    "row-next": () => walkRows(1),
    "row-previous": () => walkRows(-1),
    "row-mark": () => $("input[name=pk]", row())?.click(),
    "row-preview": () => preview() || press("e"),
    "page-previous": () => press("["),
    "page-next": () => press("]"),
  };
  const row = () => document.activeElement.closest("tr") ?? document.createElement("tr");

  function walkRows(step) {
    const links = $$(".table .row-link").filter(visible);
    const index = links.findIndex((link) => link.closest("tr") === row());
    (links[index + step] ?? links[step > 0 ? 0 : links.length - 1])?.focus();
    return links.length > 0;
  }

  function preview() {
    const link = $("[data-drawer]", row());
    link?.click();
    return Boolean(link);
  }

  function press(key) {
    const scope = $("dialog[open]") ?? document;
    const target = $$(`[data-key="${key}"]`, scope).find(visible);
    if (!target) return false;
    if (target.matches("input, select, textarea")) {
      target.focus();
      target.select?.();
    } else target.click();
    return true;
  }

  /* ---------- keys ---------- */
  const table = new Map($$("#shortcuts [data-act]").map((term) => [term.dataset.key, term.dataset.act]));
  const pages = new Map($$("#goto [data-keys]").map((link) => [link.dataset.keys, link.href]));
  let waiting = ""; // the first of two keys
  let forget = 0;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Escape") return escape();
    const control = event.ctrlKey || event.metaKey;
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
    if (!control && (typing || event.altKey)) return;
    const act = acts[table.get(control ? `Ctrl+${key}` : key)];
    if (control ? act?.() : alone(key, act)) event.preventDefault();
  });

  function alone(key, act) {
    const both = `${waiting} ${key}`;
    const first = waiting;
    clearTimeout(forget);
    waiting = "";
    if ($("dialog[open]")) return press({ ArrowLeft: "[", ArrowRight: "]" }[key] ?? key);
    if (first) {
      if (pages.has(both)) location.assign(pages.get(both));
      return true;
    }
    if ([...pages.keys()].some((keys) => keys.startsWith(`${key} `))) {
      waiting = key;
      forget = setTimeout(() => (waiting = ""), 1500);
      return true;
    }
    return act ? act() !== false : press(key);
  }

  function escape() {
    const menu = $("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    $("summary", menu).focus();
  }

  /* ---------- go-to box ---------- */
  const box = $("#goto");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

  function openGoto() {
    if (!box.open) box.showModal();
    const input = $("[data-goto-input]");
    input.value = "";
    $("#goto-found").replaceChildren();
    showPages("");
    htmx.trigger(input, "find");
    input.focus();
    return true;
  }
  on("click", "[data-open=goto]", openGoto);

  /* Every word that is typed stands at the beginning of a word of the page. */
  function showPages(text) {
    const words = plain(text).split(/\s+/);
    const all = $$("[data-goto-pages] [data-text]");
    for (const page of all) page.hidden = !words.every((word) => ` ${page.dataset.text}`.includes(` ${word}`));
    $("[data-goto-pages] .goto-head").hidden = all.every((page) => page.hidden);
    aim();
  }

  const links = () => $$("#goto .goto-list a").filter(visible);

  function aim(step = 0) {
    const all = links();
    const index = all.findIndex((link) => link.classList.contains("is-active"));
    for (const link of $$("#goto .is-active")) link.classList.remove("is-active");
    const next = all[step ? (index + step + all.length) % all.length : 0];
    next?.classList.add("is-active");
    next?.scrollIntoView({ block: "nearest" });
    $("[data-goto-none]").hidden = all.length > 0;
  }

  on("input", "[data-goto-input]", (input) => showPages(input.value));
  document.addEventListener("htmx:afterSwap", ({ detail }) => detail.target?.id === "goto-found" && aim());
  on("keydown", "[data-goto-input]", (_input, event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (step) aim(step);
    else if (event.key === "Escape") box.close(); // at once, also where the browser would first empty the box
    else $("#goto .is-active")?.click();
  });
})();
