// What is under the pointer, and what the keyboard stops at: spans, moments, nurseries, groups.

/** What the card tells of: under the pointer, or in focus. */
let shown = null;
let hovered = null;
/** Where the keyboard is: a row, and one of its stops or none. */
let focus = null;

const REACH = 5;

function moments(task) {
  return [
    ...task.cancels.map((cancel, i) => ({ type: "cancel", i, time: cancel.time })),
    ...task.marks.map((mark, i) => ({ type: "mark", i, time: mark.time })),
    ...Array.from(task.steps, (time, i) => ({ type: "step", i, time })),
  ];
}

const asHit = (item, type, i, start, end = start) => ({ item, type, i, start, end });

function nearest(task, x, y, barTop) {
  const end = toX(task.end);
  if (x > end - 2 && x < end + 18 && y >= barTop) return asHit(task, "ending", 0, task.end);
  if (flagsShown && y < barTop + 2) {
    const i = task.marks.findLastIndex((mark) => toX(mark.time) <= x + 2);
    const width = i < 0 ? 0 : widthOf(task.marks[i].text) + 14;
    return i >= 0 && x < toX(task.marks[i].time) + width ? asHit(task, "mark", i, task.marks[i].time) : null;
  }
  let best = null, distance = REACH;
  for (const [type, times] of [["cancel", task.cancels.map((c) => c.time)], ["step", task.steps]]) {
    const after_ = after(times, toTime(x));
    for (const i of [after_ - 1, after_]) {
      const away = i >= 0 && i < times.length ? Math.abs(toX(times[i]) - x) : Infinity;
      if (away < distance) [best, distance] = [asHit(task, type, i, times[i]), away];
    }
  }
  // A step is thin: what lies under it is easily meant, unless the pointer is on it.
  if (best && (best.type === "cancel" || distance < 2.5)) return best;
  const i = after(task.ends, toTime(x));
  for (const near of [i, i - 1]) {
    if (near < 0 || near >= task.starts.length) continue;
    if (toX(task.starts[near]) - 2 <= x && x <= toX(task.ends[near]) + 2) {
      return asHit(task, "span", near, task.starts[near], task.ends[near]);
    }
  }
  return best ?? (x >= toX(task.start) && x <= end ? asHit(task, "task", 0, task.start, task.end) : null);
}

function hitAt(x, y) {
  const row = rows[rowAt(y + view.top)];
  if (!row || y + view.top > row.y + row.height || y + view.top < row.y) return null;
  const { item } = row;
  if (item.kind === "task") return nearest(item, x, y, row.y + row.height - BAR + 3 - view.top);
  const within = x >= toX(item.start) - 3 && x <= toX(item.end) + 3;
  return within ? asHit(item, item.kind, 0, item.start, item.end) : null;
}

const sameHit = (a, b) => a === b || (a && b && a.item === b.item && a.type === b.type && a.i === b.i);

/** All that the keyboard stops at in a row, in order of time. */
function stopsOf(item) {
  if (item.kind !== "task") return [asHit(item, item.kind, 0, item.start, item.end)];
  const stops = Array.from(item.starts, (start, i) => asHit(item, "span", i, start, item.ends[i]));
  stops.push(...moments(item).map(({ type, i, time }) => asHit(item, type, i, time)));
  const ranks = { step: 0, mark: 1, cancel: 2, span: 3, ending: 4 };
  stops.sort((a, b) => a.start - b.start || ranks[a.type] - ranks[b.type]);
  stops.push(asHit(item, "ending", 0, item.end));
  return stops;
}

function scrollToRow(row) {
  const body = document.getElementById("body");
  if (row.y < view.top) body.scrollTop = row.y - 8;
  else if (row.y + row.height > view.top + view.height) body.scrollTop = row.y + row.height - view.height + 8;
}

/** Put the keyboard's focus on a row, at one of its stops. */
function focusOn(row, stop = null, speak = true) {
  const old = focus && drawn.get(focus.row.index);
  old?.setAttribute("aria-selected", "false");
  focus = { row, stop };
  drawn.get(row.index)?.setAttribute("aria-selected", "true");
  scrollToRow(row);
  const hit = stop ?? asHit(row.item, row.item.kind, 0, row.item.start, row.item.end);
  reveal(hit.start, hit.end);
  present(hit, null);
  if (speak) say(hit);
  changed();
}

/** To the row above or below; at the stop that is nearest in time. */
function moveRow(by) {
  if (!rows.length) return;
  if (!focus) return focusOn(rows[by > 0 ? rowAt(view.top + 4) : 0]);
  const row = rows[Math.min(rows.length - 1, Math.max(0, focus.row.index + by))];
  if (!focus.stop || row.item.kind !== "task") return focusOn(row);
  const middle = focus.stop.start;
  const stops = stopsOf(row.item);
  focusOn(row, stops.find((stop) => stop.type === "span" && stop.end > middle) ?? stops[stops.length - 1]);
}

function moveStop(by) {
  if (!focus) return moveRow(1);
  const stops = stopsOf(focus.row.item);
  let at = focus.stop ? stops.findIndex((stop) => sameHit(stop, focus.stop)) + by : by > 0 ? 0 : stops.length - 1;
  at = Math.min(stops.length - 1, Math.max(0, at));
  focusOn(focus.row, stops[at]);
}
