/* Cuadre: what helps while one writes. Pages work without it.

   data-draft        a long form: what was typed is kept every few seconds and offered when the form is opened again
   data-mentions     a text box in which @ and a few letters offer the colleagues that the address knows */

"use strict";

(() => {
  const { $, $$, on, changed, addLine } = window.cuadre;

  /* ---------- unsent forms ---------- */
  const KEEP_AFTER = 3000;
  const UNSEEN = new Set(["csrfmiddlewaretoken", "_company", "_key", "_draft"]);
  const address = "/formularios/";
  const here = () => location.pathname + location.search;
  const typed = (form) => [...new FormData(form)].filter(([name, value]) => !UNSEEN.has(name) && typeof value === "string");
  const waits = new Map(); // form → timer

  function send(form, data) {
    const body = new URLSearchParams({ form: form.dataset.draft, _company: form.elements._company?.value ?? "" });
    if (data) body.set("data", JSON.stringify(data));
    const headers = { "X-CSRFToken": $("meta[name=csrf-token]").content };
    return fetch(address, { method: "POST", headers, body, keepalive: true }).catch(() => {});
  }

  function keep(form) {
    clearTimeout(waits.get(form));
    waits.delete(form);
    if (form.dataset.sent || !form.isConnected) return;
    send(form, changed(form) ? typed(form) : null);
  }

  function later(event) {
    const form = event.target.form;
    if (!form?.dataset.draft) return;
    clearTimeout(waits.get(form));
    waits.set(form, setTimeout(() => keep(form), KEEP_AFTER));
  }
  document.addEventListener("input", later);
  document.addEventListener("change", later);
  document.addEventListener("submit", ({ target }) => {
    clearTimeout(waits.get(target));
    waits.delete(target);
  });
  addEventListener("pagehide", () => [...waits.keys()].forEach(keep));

  async function offer(form) {
    form.dataset.draft = here();
    const mark = form.appendChild(document.createElement("input"));
    Object.assign(mark, { type: "hidden", name: "_draft", value: form.dataset.draft });
    if ($("[role=alert]", form)) return; // refused just now: what was typed is here
    const answer = await fetch(`${address}?${new URLSearchParams({ form: form.dataset.draft })}`);
    if (answer.status !== 200) return;
    const kept = await answer.json();
    const bar = $("#draft-template").content.firstElementChild.cloneNode(true);
    $("[data-saved]", bar).innerHTML = kept.saved; // a <time> of the server's
    $("[data-restore]", bar).addEventListener("click", () => (fill(form, kept.data), bar.remove()));
    $("[data-drop]", bar).addEventListener("click", () => (send(form, null), bar.remove()));
    form.prepend(bar);
  }

  function fill(form, data) {
    const texts = new Map();
    for (const [name, text] of data) texts.set(name, [...(texts.get(name) ?? []), text]);
    for (const editor of $$("[data-lines]", form)) {
      const total = form.elements[`${editor.dataset.lines}-TOTAL_FORMS`];
      const wanted = Number(texts.get(total.name)?.[0] ?? 0);
      while (Number(total.value) < wanted) addLine(editor);
    }
    for (const field of form.elements) {
      if (!field.name || UNSEEN.has(field.name) || field.type === "file" || /-(TOTAL|INITIAL)_FORMS$/.test(field.name)) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = texts.get(field.name)?.includes(field.value) ?? false;
      else if (texts.get(field.name)?.length) field.value = texts.get(field.name).shift();
      if (field.name.endsWith("-DELETE")) field.closest("[data-line]")?.classList.toggle("is-removed", field.checked);
    }
    for (const chosen of $$("[data-combobox-value]", form)) chosen.dispatchEvent(new Event("change", { bubbles: true }));
    form.dispatchEvent(new Event("change", { bubbles: true }));
    ($("[autofocus]", form) ?? $("input:not([type=hidden]), select, textarea", form))?.focus();
  }

  $$("form[data-draft]").forEach(offer);

  /* ---------- mentions ---------- */
  const AT = /(^|\s)@([\p{L}\p{N}. ]{0,30})$/u;

  on("input", "[data-mentions]", async (box) => {
    const found = AT.exec(box.value.slice(0, box.selectionStart));
    if (!found) return hide(box);
    const answer = await fetch(`${box.dataset.mentions}?${new URLSearchParams({ q: found[2] })}`);
    const { people } = await answer.json();
    if (!people.length || !AT.exec(box.value.slice(0, box.selectionStart))) return hide(box);
    show(box, people);
  });

  function show(box, people) {
    hide(box);
    const list = document.createElement("ul");
    list.className = "people-list";
    list.setAttribute("role", "listbox");
    for (const [index, person] of people.entries()) {
      const item = list.appendChild(document.createElement("li"));
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === 0));
      item.dataset.name = person.name;
      item.textContent = person.name;
      item.appendChild(document.createElement("small")).textContent = person.email;
    }
    box.after(list);
  }

  const hide = (box) => box.parentElement.querySelector(".people-list")?.remove();

  function choose(box, option) {
    const [before, after] = [box.value.slice(0, box.selectionStart), box.value.slice(box.selectionStart)];
    const written = before.replace(AT, (_all, space) => `${space}@${option.dataset.name} `);
    box.value = written + after;
    box.setSelectionRange(written.length, written.length);
    hide(box);
    box.focus();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  on("mousedown", ".people-list li", (option, event) => {
    event.preventDefault(); // keeps the focus in the box
    choose(option.closest("form").querySelector("[data-mentions]"), option);
  });
  on("focusout", "[data-mentions]", hide);
  on("keydown", "[data-mentions]", (box, event) => {
    const all = [...box.parentElement.querySelectorAll(".people-list li")];
    if (!all.length) return;
    const active = all.findIndex((option) => option.ariaSelected === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && !["Enter", "Tab", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") return hide(box);
    if (!step) return choose(box, all[active]);
    all[active].ariaSelected = "false";
    all[(active + step + all.length) % all.length].ariaSelected = "true";
  });
})();
