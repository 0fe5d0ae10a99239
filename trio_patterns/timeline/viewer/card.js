// The card: all that is known of what is under the pointer or in focus, also said aloud.

const card = document.getElementById("card");
const live = document.getElementById("live");

function pathOf(item) {
  const path = [];
  for (let task = item.kind === "nursery" ? item.owner : item.tasks?.[0] ?? item; task; task = task.nursery?.owner) {
    if (task !== item && !(item.kind === "group" && task === item.tasks[0])) path.unshift(task.name);
    if (task.nursery) path.unshift(task.nursery.name);
  }
  return path.join(" › ");
}

function howEnded(task) {
  const facts = [["ended", ENDED[task.ending], task.ending === "failed"]];
  if (task.text) facts.push([task.ending === "failed" ? "error" : "reason", task.text, task.ending === "failed"]);
  return facts;
}

function whyCancelled(cancel) {
  const facts = [["cancelled at", timeText(cancel.time), true], ["cause", cancel.source]];
  if (cancel.reason) facts.push(["reason", cancel.reason]);
  if (cancel.by) facts.push(["by", cancel.by]);
  return facts;
}

const lasting = (start, end) => [
  ["from", timeText(start)], ["to", timeText(end)], ["took", timeText(end - start)],
];

function spanFacts(task, i) {
  const wait = waits[task.waits[i]];
  const running = wait.category === "running";
  const facts = lasting(task.starts[i], task.ends[i]);
  if (!running && wait.label) facts.unshift(["waits on", wait.label]);
  for (const cancel of task.cancels) {
    if (cancel.time >= task.starts[i] && cancel.time <= task.ends[i]) facts.push(...whyCancelled(cancel));
  }
  const chip = running ? WORDS.running : `waiting: ${WORDS[wait.category]}`;
  return { chip, category: wait.category, facts, stack: wait.stack };
}

/** What the card says of a hit. */
function describe(hit) {
  const { item, type, i } = hit;
  const told = { title: item.name, path: pathOf(item), chip: null, category: null, facts: [], stack: [] };
  if (type === "nursery") {
    told.facts = [["tasks", String(item.tasks.length)], ...lasting(item.start, item.end)];
    if (item.place) told.stack = [item.place];
  } else if (type === "group") {
    told.title = `${item.name} ×${item.tasks.length}`;
    told.facts = [["at once", `at most ${item.peak}`], ...lasting(item.start, item.end)];
    if (item.failed.length) told.facts.push(["failed", String(item.failed.length), true]);
    if (item.cancelled.length) told.facts.push(["cancelled", String(item.cancelled.length), true]);
  } else if (type === "span") {
    Object.assign(told, spanFacts(item, i));
    if (item.ends[i] === item.end) told.facts.push(...howEnded(item));
  } else if (type === "step") {
    told.chip = WORDS.running.split(",")[0];
    told.category = "running";
    told.facts = [["at", timeText(hit.start)]];
  } else if (type === "cancel") {
    told.facts = whyCancelled(item.cancels[i]);
  } else if (type === "mark") {
    told.facts = [["mark", item.marks[i].text], ["at", timeText(hit.start)]];
  } else {
    told.facts = [...lasting(item.start, item.end), ...howEnded(item)];
    for (const cancel of item.cancels.filter((one) => isItsEnd(item, one))) told.facts.push(...whyCancelled(cancel));
  }
  return told;
}

function stackLine(place) {
  return make("li", {},
    make("span", { class: "fn" }, place.fn), " ", make("span", { class: "at" }, place.text),
    place.source ? make("code", {}, place.source) : null);
}

function fillCard(told) {
  const parts = [make("h2", {}, told.title)];
  if (told.path) parts.push(make("p", { class: "path" }, told.path));
  if (told.chip) {
    const chip = make("span", { class: "chip" }, told.chip);
    const name = told.category;
    chip.style.cssText = `background:var(--${name});color:var(--${name}-text);border-color:var(--${name}-line)`;
    parts.push(chip);
  }
  const list = make("dl");
  for (const [name, value, bad] of told.facts) {
    list.append(make("dt", {}, name), make("dd", { class: bad ? "bad" : "" }, value));
  }
  parts.push(list);
  if (told.stack.length) parts.push(make("ol", {}, ...told.stack.map(stackLine)));
  card.replaceChildren(...parts);
}

/** Show the card of a hit, near a point of the window; without one, near the hit itself. */
function present(hit, point) {
  if (!sameHit(hit, shown)) changed();
  shown = hit;
  if (!hit) {
    card.hidden = true;
    return;
  }
  fillCard(describe(hit));
  card.hidden = false;
  requestAnimationFrame(() => placeCard(hit, point));
}

function placeCard(hit, point) {
  if (point === null) {
    const row = rowOf.get(hit.item);
    if (!row) return;
    const box = picture.getBoundingClientRect();
    const x = Math.min(Math.max(toX(hit.start), 0), view.width * 0.6);
    point = { x: box.left + x, y: box.top + row.y + row.height - view.top };
  }
  const { offsetWidth: width, offsetHeight: height } = card;
  const left = Math.min(point.x + 14, window.innerWidth - width - 8);
  let top = point.y + 16;
  if (top + height > window.innerHeight - 8) top = Math.max(8, point.y - height - (point.over ?? 34));
  card.style.left = `${Math.max(8, left)}px`;
  card.style.top = `${top}px`;
}

function say(hit) {
  const told = describe(hit);
  const facts = told.facts.map(([name, value]) => `${name} ${value}`);
  const where = told.stack.length ? `at ${told.stack.at(-1).text} in ${told.stack.at(-1).fn}` : null;
  live.textContent = [told.title, told.chip, ...facts, where].filter(Boolean).join(", ");
}
