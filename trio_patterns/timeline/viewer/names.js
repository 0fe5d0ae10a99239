// The names at the left: a tree of elements, of which only those in sight exist.

const tree = document.getElementById("tree");
const names = document.getElementById("names");
const SIGNS = { finished: "●", failed: "!", cancelled: "✕", open: "→" };
const ENDED = { finished: "finished", failed: "failed", cancelled: "cancelled", open: "still running" };
const drawn = new Map();
let drawnVersion = -1;

/** An element with its texts: text is only ever text, whatever a task is called. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function marked(name) {
  const at = query ? name.toLowerCase().indexOf(query) : -1;
  if (at < 0) return [name];
  return [name.slice(0, at), make("mark", {}, name.slice(at, at + query.length)), name.slice(at + query.length)];
}

function spoken(item) {
  if (item.kind === "nursery") {
    return `${item.name}${item.place ? `, opened at ${item.place.text}` : ""}, ${counted(item.tasks.length)}`;
  }
  if (item.kind === "group") return `${item.name}, ${counted(item.tasks.length)}, at most ${item.peak} at once`;
  return `${item.name}, ${ENDED[item.ending]}${item.text ? `: ${item.text}` : ""}`;
}

function rowElement(row) {
  const { item } = row;
  const parts = [make("span", { class: "caret" }, row.folds ? "▸" : "")];
  parts.push(make("span", { class: "name" }, ...marked(item.name)));
  if (item.kind === "nursery" && item.place) parts.push(make("span", { class: "where" }, item.place.text));
  if (item.kind === "group") parts.push(make("span", { class: "count" }, `×${item.tasks.length}`));
  if (item.kind === "task") parts.push(make("span", { class: `end ${item.ending}` }, SIGNS[item.ending]));
  const element = make("div", {
    "class": `row ${item.kind}${row.folds ? " folds" : ""}`,
    "role": "treeitem",
    "id": `row-${row.index}`,
    "aria-label": spoken(item),
    "aria-level": row.depth + 1,
    "aria-posinset": row.pos,
    "aria-setsize": row.size,
    "aria-expanded": row.folds ? String(item.open) : null,
    "aria-selected": String(Boolean(focus && focus.row === row)),
    "title": item.kind === "nursery" && item.place ? `${item.name} · ${item.place.text} in ${item.place.fn}` : item.name,
  }, ...parts);
  const step = view.width < 420 ? 7 : 13;
  element.style.cssText = `top:${row.y}px;height:${row.height}px;padding-left:${4 + Math.min(row.depth, 9) * step}px`;
  element.dataset.index = row.index;
  return element;
}

/** Bring the elements up to date with what is in sight. */
function placeNames() {
  if (drawnVersion !== version) {
    drawn.clear();
    names.replaceChildren();
    drawnVersion = version;
  }
  const first = Math.max(0, rowAt(view.top) - 3);
  let last = first;
  while (last < rows.length && rows[last].y < view.top + view.height + 80) last++;
  for (const [index, element] of drawn) {
    if (index < first || index >= last) {
      element.remove();
      drawn.delete(index);
    }
  }
  for (let index = first; index < last; index++) {
    if (drawn.has(index)) continue;
    const element = rowElement(rows[index]);
    drawn.set(index, element);
    names.insertBefore(element, drawn.get(index + 1) ?? null);
  }
  names.style.transform = `translateY(${-view.top}px)`;
  tree.hidden = rows.length === 0;
  const here = focus && drawn.get(focus.row.index);
  if (here) tree.setAttribute("aria-activedescendant", here.id);
  else tree.removeAttribute("aria-activedescendant");
}

/** Their texts have changed: another search, another focus. */
function renameRows() {
  drawnVersion = -1;
  changed();
}

const counted = (number, word = "task") => `${number} ${word}${number === 1 ? "" : "s"}`;
