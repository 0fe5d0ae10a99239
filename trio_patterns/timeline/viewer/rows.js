// The rows: what is unfolded, from the top down, each with its place on the sheet.

const BAR = 26;
const HEIGHTS = { nursery: 24, group: 44, flags: 18 };

let rows = [];
let bands = [];
let total = 0;
let version = 0;
let flagsShown = true;
const rowOf = new Map();

/** What stands below an item when it is open. */
function inside(item) {
  if (item.kind === "task") return item.nurseries;
  return item.kind === "group" ? item.tasks : item.shown;
}

function heightOf(item) {
  if (item.kind !== "task") return HEIGHTS[item.kind];
  return BAR + (flagsShown && item.marks.length ? HEIGHTS.flags : 0);
}

function layout() {
  rows = [];
  bands = [];
  rowOf.clear();
  let y = 4;
  const place = (items, depth) => {
    items.forEach((item, i) => {
      const row = { item, depth, y, height: heightOf(item), index: rows.length, pos: i + 1, size: items.length };
      row.folds = inside(item).length > 0;
      rows.push(row);
      rowOf.set(item, row);
      y += row.height;
      if (row.folds && item.open) place(inside(item), depth + 1);
      if (item.kind === "nursery") {
        y += 3;
        bands.push({ item, top: row.y, bottom: y - 2, depth });
      }
    });
  };
  place(topmost, 0);
  bands.sort((a, b) => a.depth - b.depth);
  total = y + 10;
  version++;
}

/** The number of the row at a height of the sheet; the last one above it if there is a gap. */
function rowAt(y) {
  let low = 0, high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle].y <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

function toggle(item, open = !item.open) {
  if (inside(item).length === 0 || item.open === open) return;
  item.open = open;
  layout();
  changed();
}

/** Open all that hides an item. */
function uncover(item) {
  let hidden = false;
  const open = (one) => {
    if (one && !one.open) one.open = hidden = true;
  };
  for (let task = item.kind === "nursery" ? item.owner : item; task; task = task.nursery?.owner) {
    if (task !== item) open(task);
    open(task.group);
    open(task.nursery);
  }
  if (item.kind === "nursery") open(item.owner);
  if (hidden) layout();
}

/** The first index at which a sorted array is greater than a value. */
function after(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
