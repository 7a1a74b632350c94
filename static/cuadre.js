/* Cuadre: the one script. Pages work without it; it adds what a keyboard, a live line and a second of patience make better.

   Everything hangs on data attributes, listened to once on the document, so that what HTMX brings in later works too:

   data-open="id" · data-close       open a <dialog> by id · close the one around
   data-dialog                       a link whose page opens in the dialog; a form in it stays there until it succeeds
   data-drawer                       a link that is shown in the drawer at the edge (components/drawer.html)
   data-stay                         in a page that stays when a form in the dialog succeeds: what is data-live in it is read anew
   data-menu                         <details> that closes on Escape and on a click elsewhere
   data-guard · data-unsaved         a form that asks before it loses changes · what to show meanwhile
   data-many                         a POST form that may be sent twice (all others are locked by the first submit)
   data-lines                        a formset as table rows (components/line_editor.html)
   data-combobox                     components/combobox.html
   data-live="invoice,payment"       gets the event `live` when one of these things changes: hx-trigger="live"
   data-copy="text" · data-href      copy it · the row opens this address
   data-bulk                         a form around rows with checkboxes named pk (components/bulk_bar.html)
   data-toast, data-undo, data-theme-toggle, data-nav-toggle: the shell's own

   Keys and the go-to box are in keyboard.js, unsent forms and mentions in writing.js. */

"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target.closest?.(selector);
      if (found) act(found, event);
    });
  const visible = (element) => !element.disabled && element.getClientRects().length > 0;
  const remember = (name, value) => {
    document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
  };

  /* ---------- toasts: HX-Trigger: {"toast": {"level": "danger", "message": "…"}} ---------- */
  const TONES = { danger: "bad", error: "bad", warning: "warn", success: "good" };

  function toast(text, tone = "info", links = []) {
    const item = $("#toast-template").content.firstElementChild.cloneNode(true);
    item.classList.add(`tone-${tone}`);
    $("p", item).textContent = text;
    for (const { url, label } of links) {
      const link = $("p", item).appendChild(document.createElement("a"));
      Object.assign(link, { href: url, textContent: label, className: "toast-link" });
    }
    $("#toasts").append(item);
    settle(item);
  }

  /* A refusal stays until it is read; good news leaves by itself, unless the pointer or the focus is on it. */
  function settle(item) {
    $("[data-dismiss]", item).hidden = false;
    if (item.matches(".tone-bad, .tone-warn")) return;
    const leave = () => (item.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : item.remove());
    setTimeout(leave, $("[data-undo]", item) ? 10000 : 7000);
  }

  on("click", "[data-dismiss]", (button) => button.closest("[data-toast]").remove());
  document.addEventListener("toast", ({ detail }) => toast(detail.message, TONES[detail.level], detail.links));

  /* ---------- shell ---------- */
  on("click", "[data-theme-toggle]", () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.bsTheme ?? system) === "dark" ? "light" : "dark";
    root.dataset.bsTheme = next;
    remember("theme", next);
  });

  on("click", "[data-nav-toggle]", () => {
    const wide = matchMedia("(min-width: 64.01rem)").matches;
    const folded = wide ? "narrow" : "open";
    const next = root.dataset.nav === folded ? "" : folded;
    if (next) root.dataset.nav = next;
    else delete root.dataset.nav;
    if (wide) remember("nav", next);
  });

  document.addEventListener("click", (event) => {
    for (const menu of $$("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
    if (root.dataset.nav === "open" && !event.target.closest("#nav, [data-nav-toggle]")) delete root.dataset.nav;
  });

  /* The menu of a row stands over the list, which may scroll within itself, and above the row where there is no room below. */
  document.addEventListener("toggle", ({ target }) => target.open && target.matches?.(".row-menu") && placeRowMenu(target), true);
  document.addEventListener("scroll", () => $$(".row-menu[open]").forEach((menu) => (menu.open = false)), true);

  function placeRowMenu(menu) {
    const panel = $(".menu-panel", menu);
    const dots = $("summary", menu).getBoundingClientRect();
    const below = dots.bottom + panel.offsetHeight + 8 < innerHeight || dots.top < panel.offsetHeight + 8;
    const top = below ? dots.bottom + 4 : dots.top - panel.offsetHeight - 4;
    Object.assign(panel.style, { position: "fixed", top: `${top}px`, right: `${root.clientWidth - dots.right}px` });
  }

  on("click", "[data-copy]", async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast("Copiado", "good");
  });

  /* ---------- dialogs ---------- */
  const dialog = $("#dialog");

  dialog?.addEventListener("close", () => $("#dialog-body").replaceChildren());

  on("click", "[data-open]", (button) => $(`#${button.dataset.open}`).showModal());
  on("click", "[data-close]", (button) => leaveDialog(button.closest("dialog")));
  document.addEventListener("click", (event) => {
    if (event.target instanceof HTMLDialogElement) leaveDialog(event.target); // the backdrop
  });
  dialog?.addEventListener("cancel", (event) => {
    event.preventDefault();
    leaveDialog(dialog);
  });

  function leaveDialog(left) {
    const typed = $$("form", left).some(changed);
    if (!typed || confirm("Hay cambios sin guardar. ¿Cerrar sin guardarlos?")) left.close();
  }

  on("click", "a[data-dialog]", (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details[data-menu]")?.removeAttribute("open");
    openInDialog(link.href);
  });

  async function openInDialog(url) {
    const answer = await fetch(url, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    showInDialog(await parse(answer), answer.url);
  }

  async function parse(answer) {
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  function showInDialog(page, url) {
    const body = $("#dialog-body");
    body.replaceChildren(...($("#main", page) ?? page.body).childNodes);
    for (const form of $$("form", body)) if (!form.getAttribute("action")) form.setAttribute("action", url);
    const title = $("h1", body);
    if (title) dialog.setAttribute("aria-label", title.textContent.trim());
    if (!dialog.open) dialog.showModal();
    htmx.process(body);
    arrive(body);
    ($("[data-autofocus]", body) ?? $("[autofocus], input:not([type=hidden]), select, textarea", body))?.focus();
  }

  /* A form in the dialog: a refusal comes back into the dialog; success is a redirect, whose page takes the place of this one. */
  async function submitInDialog(form, submitter) {
    const url = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    const answer = await fetch(url, { method: "POST", body: new FormData(form, submitter) });
    const page = await parse(answer);
    const created = $("[data-chosen]", page);
    if (created && chooser) return takeCreated(created, page);
    if (!answer.redirected) return showInDialog(page, url);
    dialog.close();
    if (drawer.open || $("#main [data-stay]")) return backHere(page);
    goTo(page, answer.url);
  }

  function goTo(page, url) {
    $("#main").replaceWith($("#main", page));
    $("#toasts").replaceWith($("#toasts", page));
    document.title = page.title;
    if (url !== location.href) history.pushState(null, "", url);
    htmx.process($("#main"));
    arrive();
  }

  /* ---------- drawer ---------- */
  const drawer = $("#drawer");
  let shown = "";
  let opener = null;

  /* The focus goes back to the link, or to the one that took its place when what is live was read anew. */
  drawer?.addEventListener("close", () => {
    $("#drawer-body").replaceChildren();
    (opener.isConnected ? opener : document.getElementById(opener.id))?.focus();
  });

  on("click", "a[data-drawer]", (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    event.preventDefault();
    opener = link;
    openInDrawer(link.href);
  });

  on("click", "#drawer-body [data-neighbour]", (link, event) => {
    event.preventDefault();
    openInDrawer(link.href);
  });

  async function openInDrawer(url) {
    shown = new URL(url, location).href;
    const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": "drawer-body" } });
    if (!answer.ok) return toast("No se pudo abrir. Vuelva a intentarlo.", "bad");
    showInDrawer(await parse(answer), url);
  }

  function showInDrawer(page, url) {
    const body = $("#drawer-body");
    body.replaceChildren(...($("#main", page) ?? page.body).childNodes);
    for (const form of $$("form", body)) if (!form.getAttribute("action")) form.setAttribute("action", url);
    drawer.setAttribute("aria-label", $("h1, h2", body)?.textContent.trim() ?? "");
    if (!drawer.open) drawer.showModal();
    htmx.process(body);
    arrive(body);
    ($("[data-autofocus], .btn-primary", body) ?? drawer).focus();
  }

  /* Something was done without leaving: its page carries the word of it; the sheet and what lives here are read anew. */
  async function backHere(page) {
    $("#toasts").replaceWith($("#toasts", page));
    $$("#toasts [data-toast]").forEach(settle);
    if (drawer.open) await openInDrawer(shown);
    refreshAll();
  }

  async function submitInDrawer(form, submitter) {
    const url = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    const answer = await fetch(url, { method: "POST", body: new FormData(form, submitter) });
    const page = await parse(answer);
    if (answer.redirected && answer.url === shown) return backHere(page);
    if (answer.redirected) return drawer.close(), goTo(page, answer.url);
    if ($("#main form", page)) showInDrawer(page, url);
    else toast($("#main [role=alert]", page)?.textContent.trim() ?? page.title, "bad");
  }

  /* What was created from a combobox is chosen in it (components/chosen.html); the form around it keeps what was typed. */
  let chooser = null;
  dialog?.addEventListener("close", () => (chooser = null));

  function takeCreated(created, page) {
    const box = chooser;
    dialog.close();
    $("#toasts").replaceWith($("#toasts", page));
    $$("#toasts [data-toast]").forEach(settle);
    take(box, created.dataset.chosen, created.dataset.label);
    parts(box).input.focus();
  }

  /* ---------- forms: one submit, no lost changes ---------- */
  /* Attributes, not properties: a field named "method" or "action" hides the form's own. */
  const posts = (form) => form.getAttribute("method")?.toLowerCase() === "post";
  const written = (form) => new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, value.name ?? value])).toString();
  const guarded = new Map();
  const changed = (form) => guarded.has(form) && form.isConnected && written(form) !== guarded.get(form);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const inside = form.closest("#dialog-body, #drawer-body");
    if (!posts(form) || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) return event.preventDefault();
    if (event.submitter?.formTarget === "_blank" || form.hasAttribute("data-many")) return;
    lock(form, event.submitter);
    if (inside) {
      event.preventDefault();
      const send = inside.id === "drawer-body" ? submitInDrawer : submitInDialog;
      send(form, event.submitter).finally(() => unlock(form));
    }
  });

  function lock(form, submitter) {
    form.dataset.sent = "1";
    guarded.delete(form);
    setTimeout(() => submitter?.classList.add("is-busy")); // after the browser has collected the form
    setTimeout(() => unlock(form), 15000);
  }

  function unlock(form) {
    delete form.dataset.sent;
    for (const button of $$(".is-busy", form)) button.classList.remove("is-busy");
  }

  /* A list's address is shared: filters that say nothing stay out of it. */
  on("submit", "form[method=get]", (form) => {
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = field.dataset.silent = true;
  });

  addEventListener("pageshow", () => {
    $$("form[data-sent]").forEach(unlock); // the back button
    for (const field of $$("[data-silent]")) field.disabled = false;
  });
  addEventListener("beforeunload", (event) => {
    if ([...guarded.keys()].some(changed)) event.preventDefault();
  });
  document.addEventListener("input", showUnsaved);
  document.addEventListener("change", showUnsaved);

  function showUnsaved(event) {
    const form = event.target.form;
    const mark = form && guarded.has(form) && $("[data-unsaved]", form);
    if (mark) mark.hidden = !changed(form);
  }

  /* ---------- line editor ---------- */
  on("click", "[data-add-line]", (button, event) => {
    event.preventDefault();
    addLine(button.closest("[data-lines]"));
  });
  on("click", "[data-remove-line]", (button) => removeLine(button.closest("[data-line]")));

  const lines = (editor) => $$("[data-line]", editor).filter((line) => !line.classList.contains("is-removed"));
  const firstField = (line) => $("input:not([type=hidden], [type=checkbox]), select, textarea", line);

  function addLine(editor) {
    const total = $(`[name="${editor.dataset.lines}-TOTAL_FORMS"]`, editor);
    const holder = document.createElement("tbody");
    holder.innerHTML = $("[data-lines-template]", editor).innerHTML.replaceAll("__prefix__", total.value);
    const line = holder.firstElementChild;
    total.value = Number(total.value) + 1;
    $("[data-lines-body]", editor).append(line);
    htmx.process(line);
    arrive(line);
    firstField(line).focus();
    tell(editor);
  }

  function removeLine(line) {
    const editor = line.closest("[data-lines]");
    const neighbours = lines(editor);
    const next = neighbours[neighbours.indexOf(line) + 1] ?? neighbours[neighbours.indexOf(line) - 1];
    $("input[name$=-DELETE]", line).checked = true;
    line.classList.add("is-removed");
    if (next) firstField(next).focus();
    else addLine(editor);
    tell(editor);
  }

  const tell = (editor) => {
    editor.dispatchEvent(new CustomEvent("lines-changed", { bubbles: true }));
    editor.dispatchEvent(new Event("change", { bubbles: true }));
  };

  function keyInLines(event) {
    const line = event.target.closest?.("[data-line]");
    if (!line || event.defaultPrevented) return;
    if (event.key === "Delete" && event.altKey) {
      event.preventDefault();
      removeLine(line);
    } else if (event.key === "Enter" && !event.ctrlKey && event.target.matches("input, select")) {
      event.preventDefault();
      const all = lines(line.closest("[data-lines]"));
      const next = all[all.indexOf(line) + 1];
      if (next) firstField(next).focus();
      else addLine(line.closest("[data-lines]"));
    }
  }

  /* ---------- combobox (ARIA pattern: the focus stays in the box, the list has an active descendant) ---------- */
  const parts = (box) => ({
    input: $("[role=combobox]", box),
    list: $("[role=listbox]", box),
    value: $("[data-combobox-value]", box),
    clear: $("[data-combobox-clear]", box),
  });
  const options = (box) => $$("[role=option]:not([aria-disabled])", box);

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const box = detail.target?.closest?.("[data-combobox]");
    if (!box || document.activeElement !== parts(box).input) return;
    options(box).forEach((option, index) => (option.id = `${parts(box).list.id}_${index}`));
    expand(box, true);
    activate(box, options(box)[0]);
  });

  function expand(box, open) {
    const { input, list } = parts(box);
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) input.removeAttribute("aria-activedescendant");
  }

  function activate(box, option) {
    for (const other of options(box)) other.setAttribute("aria-selected", String(other === option));
    if (!option) return;
    parts(box).input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function choose(box, option) {
    expand(box, false);
    if (option.dataset.href) {
      chooser = box;
      return openInDialog(option.dataset.href);
    }
    fillLine(box, option.dataset.fill);
    take(box, option.dataset.value, option.dataset.label);
  }

  function take(box, chosen, label) {
    const { input, value, clear } = parts(box);
    value.value = chosen;
    input.value = label;
    clear.hidden = false;
    value.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /* A product brings its price and description into the empty fields of its line. */
  function fillLine(box, fill) {
    const line = box.closest("[data-line]");
    if (!fill || !line) return;
    for (const [name, text] of Object.entries(JSON.parse(fill))) {
      const field = $(`[name$="-${name}"]`, line);
      if (field && (isUntouched(field) || field.dataset.filled)) {
        field.value = text;
        field.dataset.filled = "1";
      }
    }
  }

  const isUntouched = (field) =>
    field.matches("select") ? field.selectedOptions[0] === ([...field.options].find((option) => option.defaultSelected) ?? field.options[0]) : !field.value;

  on("input", "[data-combobox] [role=combobox]", (input) => {
    const { value, clear } = parts(input.closest("[data-combobox]"));
    clear.hidden = !input.value;
    if (value.value) {
      value.value = "";
      value.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  on("mousedown", "[data-combobox] [role=option]", (option, event) => {
    event.preventDefault(); // keeps the focus in the box
    if (!option.ariaDisabled) choose(option.closest("[data-combobox]"), option);
  });
  on("click", "[data-combobox-clear]", (button) => {
    const box = button.closest("[data-combobox]");
    parts(box).input.value = "";
    parts(box).input.dispatchEvent(new Event("input", { bubbles: true }));
    parts(box).input.focus();
  });
  on("focusout", "[data-combobox]", (box, event) => {
    if (!box.contains(event.relatedTarget)) expand(box, false);
  });

  function keyInCombobox(event) {
    const box = event.target.matches?.("[role=combobox]") && event.target.closest("[data-combobox]");
    if (!box) return;
    const open = !parts(box).list.hidden;
    const all = options(box);
    const active = all.findIndex((option) => option.ariaSelected === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!open) htmx.trigger(event.target, "find");
      else activate(box, all[(active + step + all.length) % all.length]);
    } else if (event.key === "Enter" && open && all[active]) {
      event.preventDefault();
      choose(box, all[active]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      expand(box, false);
    }
  }

  /* ---------- rows: open, walk, mark ---------- */
  on("click", "tr[data-href]", (row, event) => {
    if (event.target.closest("a, button, input, label, summary, details") || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) open(row.dataset.href, "_blank");
    else location.assign(row.dataset.href);
  });

  on("change", "[data-bulk] input[type=checkbox]", (box) => {
    const form = box.closest("[data-bulk]");
    if (box.matches("[data-check-all]")) for (const mark of $$("input[name=pk]", form)) mark.checked = box.checked;
    showBulk(form);
  });

  function showBulk(form) {
    const marks = $$("input[name=pk]", form);
    const marked = marks.filter((mark) => mark.checked).length;
    $("[data-bulk-bar]", form).hidden = marked === 0;
    $("[data-bulk-count]", form).textContent = marked;
    const head = $("[data-check-all]", form);
    if (head) Object.assign(head, { checked: marked === marks.length, indeterminate: marked > 0 && marked < marks.length });
    const all = $("[data-bulk-all]", form);
    if (!all) return;
    all.hidden = marked < marks.length; // what is on other pages is offered once this one is marked whole
    if (all.hidden) $("input", all).checked = false;
  }

  /* ---------- day grid: arrows go to the neighbouring slot on the screen ---------- */
  function keyInGrid(event) {
    const slot = event.target.closest?.("[data-grid] a.slot");
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!slot || !step) return;
    event.preventDefault();
    const from = slot.getBoundingClientRect();
    let best = null;
    for (const other of $$("a.slot", slot.closest("[data-grid]"))) {
      const to = other.getBoundingClientRect();
      const [dx, dy] = [to.left - from.left, to.top - from.top];
      const ahead = dx * step[0] + dy * step[1];
      const aside = step[0] ? Math.max(0, to.top - from.top, from.top - to.bottom + 1) : Math.abs(dx);
      if (ahead > 1 && (!best || ahead + 4 * aside < best.cost)) best = { other, cost: ahead + 4 * aside };
    }
    best?.other.focus();
  }

  /* What has arrows of its own comes first; all other keys are in keyboard.js. */
  document.addEventListener("keydown", (event) => {
    keyInCombobox(event);
    keyInLines(event);
    keyInGrid(event);
  });

  /* ---------- HTMX ---------- */
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get") detail.headers["X-CSRFToken"] = $("meta[name=csrf-token]").content;
    else for (const [name, value] of [...detail.formData]) if (value === "") detail.formData.delete(name);
  });
  document.addEventListener("htmx:responseError", () => toast("El servidor no pudo responder. Vuelva a intentarlo.", "bad"));
  document.addEventListener("htmx:sendError", () => toast("Sin conexión con el servidor.", "bad"));
  document.addEventListener("htmx:afterSettle", ({ detail }) => arrive(detail.elt));

  /* ---------- live events ----------
     The stream is read with fetch, not EventSource: it resumes where it stopped (Last-Event-ID) even after the page was
     hidden, and takes whatever event names there are. A hidden page holds no line: a browser has six for all its tabs. */
  const feed = document.body.dataset.events;
  let patience = 20000; // the server may ask for another (retry:)
  let lastId = "";
  let line = null;

  async function listen() {
    line = new AbortController();
    const headers = { Accept: "text/event-stream", ...(lastId && { "Last-Event-ID": lastId }) };
    try {
      const answer = await fetch(feed, { headers, signal: line.signal });
      if (answer.status === 401 || answer.status === 403) return showLive(false); // signed out: asking again is no use
      if (!answer.ok) throw new Error(answer.status);
      showLive(true);
      await readFrames(answer.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch {
      if (line.signal.aborted) return;
      patience = 20000;
    }
    showLive(false);
    setTimeout(() => document.hidden || (refreshAll(), listen()), patience); // meanwhile this is the polling
  }

  async function readFrames(reader) {
    for (let rest = "", part; !(part = await reader.read()).done; ) {
      const frames = (rest + part.value).split(/\r?\n\r?\n/);
      rest = frames.pop();
      frames.forEach(hear);
    }
  }

  function hear(frame) {
    const fields = Object.fromEntries(frame.split(/\r?\n/).map((row) => row.match(/^(\w*): ?(.*)$/)?.slice(1) ?? ["", ""]));
    lastId = fields.id ?? lastId;
    patience = Number(fields.retry) || patience;
    if (!fields.data) return; // a heartbeat
    const event = JSON.parse(fields.data);
    stirred.add((event.type ?? fields.event ?? "").split(".")[0]);
    if (event.message) news.push(event);
    settling ||= setTimeout(tellNews, 250);
  }

  /* A batch stirs the same thing a hundred times: what shows it asks once, and two sentences stand for all. */
  const stirred = new Set();
  const news = [];
  let settling = 0;

  function tellNews() {
    const stirs = (element) => element.dataset.live.split(",").some((subject) => stirred.has(subject));
    /* What is being read anew may be older than the news, and would take a second question with it when it is replaced. */
    const busy = $$("[data-live].htmx-request").some(stirs);
    settling = busy ? setTimeout(tellNews, 250) : 0;
    if (!busy) {
      refreshAll(stirs);
      stirred.clear();
    }
    const latest = news.splice(0);
    for (const event of latest.slice(-2)) toast(event.message, TONES[event.level]);
    if (latest.length > 2) toast(`Y ${latest.length - 2} novedades más.`);
  }

  function refreshAll(wanted = () => true) {
    for (const element of $$("[data-live]").filter(wanted)) htmx.trigger(element, "live");
  }

  function showLive(up) {
    const mark = $("[data-live-state]");
    if (mark) mark.hidden = up;
  }

  if (feed) {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return line?.abort();
      refreshAll();
      listen();
    });
    if (!document.hidden) listen();
  }

  /* ---------- what each piece of page needs when it arrives ---------- */
  function arrive(piece = document) {
    for (const form of $$("form[data-guard]", piece)) guarded.set(form, written(form));
    for (const item of $$("[data-toast]", piece)) settle(item);
    for (const button of $$("[data-remove-line]", piece)) button.hidden = false;
    for (const form of $$("[data-bulk]", piece)) showBulk(form);
    for (const box of $$("[data-combobox]", piece)) parts(box).clear.hidden = !parts(box).input.value;
  }

  /* for keyboard.js, writing.js and the scripts of single pages */
  window.cuadre = { $, $$, on, visible, toast, parse, showInDialog, backHere, changed, addLine };

  root.classList.add("scripted");
  arrive();
  $("[data-autofocus]")?.focus();
})();
