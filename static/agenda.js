/* The agenda: a booking is dragged to another hour, day or court, by mouse, pen or finger (after a long press).

   What it is dropped on says where (data-court, data-at); the booking's own page of moving (data-move) decides: it is
   done, refused aloud, or its new price is asked about in the dialog. The keyboard's way is "Mover" in the drawer. */

"use strict";

(() => {
  const FAR = 6; // pixels a mouse goes before it drags
  const LONG = 350; // milliseconds a finger rests
  let held = null; // {block, pointer, x, y, ghost?, target?, timer?, page?}

  document.addEventListener("pointerdown", (event) => {
    const block = event.target.closest?.("[data-grid] a[data-move]");
    if (!block || event.button !== 0 || held) return;
    held = { block, pointer: event.pointerId, x: event.clientX, y: event.clientY };
    if (event.pointerType === "touch") held.timer = setTimeout(lift, LONG);
  });

  document.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.pointer) return;
    const gone = Math.hypot(event.clientX - held.x, event.clientY - held.y);
    if (!held.ghost && event.pointerType === "touch" && gone > FAR) return drop(); // it scrolls
    if (!held.ghost && gone > FAR) lift();
    if (held.ghost) follow(event);
  });

  document.addEventListener("pointerup", (event) => {
    if (!held || event.pointerId !== held.pointer) return;
    const { ghost, target } = held;
    if (ghost) document.addEventListener("click", stop, { capture: true, once: true });
    if (ghost) setTimeout(() => document.removeEventListener("click", stop, true));
    if (ghost && target) send(held);
    else drop();
  });

  document.addEventListener("pointercancel", () => drop());
  document.addEventListener("touchmove", (event) => held?.ghost && event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => held?.ghost && event.preventDefault());
  document.addEventListener("dragstart", (event) => event.target.closest?.("[data-move]") && event.preventDefault());
  document.addEventListener("keydown", (event) => event.key === "Escape" && held?.ghost && (event.preventDefault(), drop()), true);
  /* A grid that is read anew would lose the block that is in the air: it is read when that has come down. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!held || !event.target.closest?.("table, [data-live]")) return;
    event.preventDefault();
    held.missed = event.detail.requestConfig.elt;
  });

  const stop = (event) => (event.preventDefault(), event.stopPropagation());

  function lift() {
    const { block } = held;
    const box = block.getBoundingClientRect();
    held.grip = { x: held.x - box.left, y: held.y - box.top };
    held.ghost = block.cloneNode(true);
    for (const name of ["id", "href", "data-move"]) held.ghost.removeAttribute(name);
    held.ghost.classList.add("slot-ghost");
    Object.assign(held.ghost.style, { width: `${box.width}px`, height: `${box.height}px` });
    place(held.x, held.y);
    document.body.append(held.ghost);
    document.body.classList.add("is-dragging");
    block.classList.add("is-lifted");
    held.page = fetch(block.dataset.move).then(cuadre.parse);
  }

  function place(x, y) {
    Object.assign(held.ghost.style, { left: `${x - held.grip.x}px`, top: `${y - held.grip.y}px` });
  }

  /* What the top of the block lies on, in the column of the pointer. */
  function follow({ clientX: x, clientY: y }) {
    place(x, y);
    scrollNear(held.block.closest("[data-grid]"), x, y);
    const under = document.elementsFromPoint(x, y - held.grip.y + 8);
    const slot = under.map((element) => element.closest("[data-grid] [data-at]")).find(Boolean);
    held.target?.slot.classList.remove("is-target");
    held.target = slot && where(slot, under);
    held.target?.slot.classList.add("is-target");
  }

  function where(slot, under) {
    let at = slot.dataset.at.slice(0, 16);
    if (slot === held.block) at = later(at, minute(rowAt(under, slot)) - minute(slot.closest("tr")));
    const same = slot.dataset.court === held.block.dataset.court && at === held.block.dataset.at.slice(0, 16);
    return same ? null : { slot, court: slot.dataset.court, at };
  }

  const minute = (row) => Number(row.dataset.minute);
  const later = (at, minutes) => new Date(Date.parse(`${at}Z`) + minutes * 60000).toISOString().slice(0, 16);

  function rowAt(under, slot) {
    const y = held.ghost.getBoundingClientRect().top + 8;
    const rows = [...slot.closest("tbody").rows];
    return rows.find((row) => row.cells[0].getBoundingClientRect().bottom > y) ?? slot.closest("tr");
  }

  function scrollNear(grid, x, y) {
    const { left, right, top, bottom } = grid.getBoundingClientRect();
    const edge = (value, low, high) => (value < low + 48 ? -16 : value > high - 48 ? 16 : 0);
    grid.scrollBy(edge(x, left + 64, right), edge(y, top + 48, bottom));
  }

  async function send({ page, block, target }) {
    try {
      const form = (await page).querySelector("#form");
      const data = new FormData(form);
      const [day, starts] = target.at.split("T");
      for (const [name, value] of Object.entries({ court: target.court, day, starts, version: block.dataset.version })) data.set(name, value);
      const answer = await fetch(block.dataset.move, { method: "POST", body: data });
      const said = await cuadre.parse(answer);
      if (answer.redirected) return cuadre.backHere(said);
      if (said.querySelector("[data-asks]")) return cuadre.showInDialog(said, block.dataset.move);
      const reasons = [...said.querySelectorAll("#main [role=alert] li, #main [role=alert] p")];
      cuadre.toast(reasons.map((reason) => reason.textContent.trim()).join(" ") || said.title, "bad");
    } catch {
      cuadre.toast("Sin conexión con el servidor: la reserva sigue donde estaba.", "bad");
    } finally {
      drop();
    }
  }

  function drop() {
    const missed = held?.missed;
    clearTimeout(held?.timer);
    held?.ghost?.remove();
    held?.block.classList.remove("is-lifted");
    held?.target?.slot.classList.remove("is-target");
    document.body.classList.remove("is-dragging");
    held = null;
    if (missed) htmx.trigger(missed, "live");
  }
})();
