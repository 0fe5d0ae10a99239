// Hands: wheel, drag, pinch, double click, keys.

const body = document.getElementById("body");
const cursor = document.getElementById("cursor");
const timeFlag = document.getElementById("time");
const pointers = new Map();
let drag = null;

function wheel(event, overAxis) {
  const scale = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? view.height : 1;
  const [dx, dy] = [event.deltaX * scale, event.deltaY * scale];
  const x = event.clientX - picture.getBoundingClientRect().left;
  if (event.ctrlKey || event.metaKey || (overAxis && !event.shiftKey && Math.abs(dy) >= Math.abs(dx))) {
    event.preventDefault();
    zoom(Math.exp(Math.max(-60, Math.min(60, dy)) * (event.ctrlKey && Math.abs(dy) < 10 ? 0.012 : 0.003)), Math.max(0, x));
  } else if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) {
    event.preventDefault();
    pan(event.shiftKey && dx === 0 ? dy : dx);
  }
}
body.addEventListener("wheel", (event) => wheel(event, false), { passive: false });
for (const id of ["ruler", "overview"]) {
  document.getElementById(id).addEventListener("wheel", (event) => wheel(event, true), { passive: false });
}

/** The line and the time under the pointer: moved, so that nothing is drawn anew. */
function moveCursor(event) {
  const box = picture.getBoundingClientRect();
  const x = event.clientX - box.left;
  const time = Math.min(Math.max(0, toTime(x)), duration);
  cursor.hidden = timeFlag.hidden = x < 0 || x > view.width;
  cursor.style.transform = `translateX(${picture.offsetLeft + x}px)`;
  timeFlag.textContent = tickText(time, tickStep(90) / 100);
  const width = timeFlag.offsetWidth;
  timeFlag.style.transform = `translateX(${picture.offsetLeft + Math.min(Math.max(0, x - width / 2), view.width - width)}px)`;
}

function hideCursor() {
  cursor.hidden = timeFlag.hidden = true;
  hovered = null;
  present(focus && focus.stop ? focus.stop : null, null);
}

function hover(event) {
  const box = picture.getBoundingClientRect();
  const hit = hitAt(event.clientX - box.left, event.clientY - box.top);
  if (hit || hovered) {
    const moved = sameHit(hit, hovered);
    hovered = hit;
    const point = { x: event.clientX, y: event.clientY, over: 16 };
    if (!moved || !hit) present(hit, point);
    else placeCard(hit, point);
  }
}

function spread() {
  const [a, b] = [...pointers.values()];
  return { x: (a.x + b.x) / 2, wide: Math.max(30, Math.hypot(a.x - b.x, a.y - b.y)) };
}

for (const surface of [picture, document.getElementById("axis")]) {
  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    surface.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    drag = { x: event.clientX, y: event.clientY, moved: false, top: body.scrollTop };
    if (pointers.size === 2) drag = { ...spread(), pinch: true, moved: true };
  });
  surface.addEventListener("pointermove", (event) => {
    moveCursor(event);
    if (!pointers.has(event.pointerId)) return event.pointerType === "touch" || surface !== picture ? undefined : hover(event);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (drag?.pinch && pointers.size === 2) {
      const now = spread();
      pan(drag.x - now.x);
      zoom(drag.wide / now.wide, now.x - picture.getBoundingClientRect().left);
      drag = { ...now, pinch: true, moved: true };
    } else if (drag && !drag.pinch) {
      if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 4) return;
      if (!drag.moved) present(null, null);
      drag.moved = true;
      picture.classList.add("moving");
      pan(drag.x - event.clientX);
      drag.x = event.clientX;
      if (event.pointerType === "mouse" && surface === picture) body.scrollTop = drag.top - (event.clientY - drag.y);
    }
  });
  for (const name of ["pointerup", "pointercancel"]) {
    surface.addEventListener(name, (event) => {
      pointers.delete(event.pointerId);
      picture.classList.remove("moving");
      if (name === "pointerup" && drag && !drag.moved && surface === picture) press(event);
      if (pointers.size === 0) drag = null;
    });
  }
  surface.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") hideCursor();
  });
}

/** A click: what is under it is in focus. A group unfolds. */
function press(event) {
  const box = picture.getBoundingClientRect();
  const y = event.clientY - box.top;
  const hit = hitAt(event.clientX - box.left, y);
  const row = rows[rowAt(y + view.top)];
  if (!hit) {
    focus = null;
    present(null, null);
    return renameRows();
  }
  focusOn(row, hit);
  present(hit, { x: event.clientX, y: event.clientY, over: 16 });
  if (hit.type === "group" && event.detail < 2) toggle(hit.item);
  tree.focus({ preventScroll: true });
}

picture.addEventListener("dblclick", (event) => {
  const box = picture.getBoundingClientRect();
  const hit = hitAt(event.clientX - box.left, event.clientY - box.top);
  if (hit && hit.end > hit.start) zoomTo(hit.start, hit.end);
  else if (hit) zoomTo(hit.item.start, hit.item.end);
});

tree.addEventListener("click", (event) => {
  const element = event.target.closest(".row");
  if (!element) return;
  const row = rows[element.dataset.index];
  const { item } = row;
  if (row.folds) toggle(item);
  draw();
  focusOn(rowOf.get(item));
});
tree.addEventListener("dblclick", (event) => {
  const element = event.target.closest(".row");
  if (element) zoomTo(rows[element.dataset.index].item.start, rows[element.dataset.index].item.end);
});

/** The overview: a click goes there, a drag takes what is in sight along. */
const lane = document.getElementById("lane");
function goByLane(event) {
  const box = lane.getBoundingClientRect();
  const [first, last] = all();
  const middle = first + ((event.clientX - box.left - (drag?.grip ?? 0)) * (last - first)) / box.width;
  const half = (view.end - view.start) / 2;
  show(middle - half, middle + half);
}
lane.addEventListener("pointerdown", (event) => {
  lane.setPointerCapture(event.pointerId);
  const brush = document.getElementById("brush").getBoundingClientRect();
  const onBrush = event.clientX >= brush.left && event.clientX <= brush.right;
  drag = { lane: true, grip: onBrush ? event.clientX - (brush.left + brush.right) / 2 : 0 };
  if (!onBrush) goByLane(event);
});
lane.addEventListener("pointermove", (event) => drag?.lane && goByLane(event));
lane.addEventListener("pointerup", () => (drag = null));
lane.addEventListener("pointercancel", () => (drag = null));

const ACTIONS = {
  "ArrowUp": () => moveRow(-1), "ArrowDown": () => moveRow(1),
  "ArrowLeft": () => moveStop(-1), "ArrowRight": () => moveStop(1),
  "PageUp": () => moveRow(-Math.floor(view.height / BAR)), "PageDown": () => moveRow(Math.floor(view.height / BAR)),
  "Home": () => moveRow(-rows.length), "End": () => moveRow(rows.length),
  "Enter": foldFocus, " ": foldFocus,
  "+": () => zoom(0.6, middleOfFocus(), glide), "=": () => zoom(0.6, middleOfFocus(), glide),
  "-": () => zoom(1 / 0.6, middleOfFocus(), glide), "0": () => fit(),
  "z": zoomToFocus, "m": () => document.getElementById("flags").click(),
  "/": () => search.focus(), "?": () => document.getElementById("keys").showModal(),
  "Escape": () => { focus = null; present(null, null); renameRows(); },
};

function foldFocus() {
  if (!focus) return;
  const { item } = focus.row;
  toggle(item);
  draw();
  focusOn(rowOf.get(item));
}

function zoomToFocus() {
  if (!focus) return;
  const { start, end } = focus.stop && focus.stop.end > focus.stop.start ? focus.stop : focus.row.item;
  zoomTo(start, end);
}

/** Zooming by key keeps what is in focus in sight. */
function middleOfFocus() {
  if (!focus?.stop) return view.width / 2;
  const { start, end } = focus.stop;
  return Math.min(view.width, Math.max(0, toX((start + end) / 2)));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, summary, dialog")) return;
  const onButton = event.target.closest("button");
  if (onButton && ["Enter", " "].includes(event.key)) return;
  if (event.shiftKey && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    pan((event.key === "ArrowLeft" ? -0.15 : 0.15) * view.width);
  } else if (event.key in ACTIONS) ACTIONS[event.key]();
  else return;
  event.preventDefault();
});
