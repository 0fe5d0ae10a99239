// The picture: grid, nurseries, spans. Only what is in sight is drawn, and at most once for each pixel.

const picture = document.getElementById("picture");
const pen = picture.getContext("2d");

function sizeCanvas(canvas, width, height) {
  const ratio = theme.ratio;
  const w = Math.max(1, Math.round(width * ratio)), h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ink = canvas.getContext("2d");
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ink;
}

function eachTick(visit) {
  const step = tickStep();
  const last = Math.floor(Math.min(view.end, whole) / step);
  for (let n = Math.max(0, Math.ceil(view.start / step)); n <= last; n++) visit(n * step, step);
}

function paintGrid() {
  pen.fillStyle = theme.grid;
  eachTick((time) => pen.fillRect(Math.round(toX(time)), 0, 1, view.height));
  const end = toX(duration);
  if (duration > 0 && end < view.width) {
    pen.fillStyle = theme.panel;
    pen.fillRect(end, 0, view.width - end, view.height);
    pen.fillStyle = theme.line;
    pen.fillRect(Math.round(end), 0, 1, view.height);
  }
}

function paintBand(band) {
  const top = band.top - view.top, bottom = band.bottom - view.top;
  if (bottom < 0 || top > view.height) return;
  const from = Math.max(-8, toX(band.item.start)), to = Math.min(view.width + 8, toX(band.item.end));
  if (to < 0 || from > view.width) return;
  const width = Math.max(to - from, 1);
  pen.fillStyle = theme.band;
  pen.beginPath();
  pen.roundRect(from, top + 3, width, bottom - top - 3, 4);
  pen.fill();
  pen.strokeStyle = theme["band-line"];
  pen.lineWidth = 1;
  pen.beginPath();
  pen.roundRect(Math.round(from) + 0.5, Math.round(top) + 3.5, Math.max(1, Math.round(width) - 1), Math.round(bottom - top) - 4, 4);
  pen.stroke();
  if (!band.item.open) paintFolded(band.item, bottom - 2);
  paintNurseryLabel(band.item, Math.max(from, 0) + 7, to, top + 15);
}

/** A folded nursery still shows how many tasks it has, and which failed. */
function paintFolded(item, bottom) {
  item.over ??= aliveOver(item.tasks);
  paintHill(pen, item.over, { x: toX, time: toTime, width: view.width, height: 16, bottom }, item.over.peak);
  pen.globalAlpha = 0.22;
  pen.fillStyle = theme.looks.running.fill;
  pen.fill();
  pen.globalAlpha = 1;
  const ended = (ending) => item.tasks.filter((task) => task.ending === ending);
  paintGroupEndings({ failed: ended("failed"), cancelled: ended("cancelled") }, bottom - 9);
}

/** What the names at the left have no room for: the line that opened it, or on a small screen its name. */
function paintNurseryLabel(item, x, to, y) {
  const small = view.width < 420;
  const text = small ? item.name : counted(item.tasks.length);
  const more = small ? item.place?.text : item.place?.source || (item.place && `in ${item.place.fn}`);
  const used = widthOf(text, BOLD) + 9;
  const beside = to - x < used ? Math.max(to, 0) + 6 : x;
  const room = (beside === x ? to : view.width) - beside - 6;
  pen.fillStyle = theme.muted;
  pen.font = BOLD;
  pen.fillText(cut(text, room, BOLD), beside, y);
  if (!more || room < used + 30) return;
  pen.font = small ? FONT : CODE;
  pen.fillText(cut(more, room - used, pen.font), beside + used, y);
}

function paintSpan(task, i, y, lit) {
  const wait = waits[task.waits[i]];
  const look = theme.looks[wait.category];
  const from = toX(task.starts[i]), to = toX(task.ends[i]);
  const left = Math.max(from, -4), right = Math.min(to, view.width + 4), width = right - left;
  if (width < 3) {
    pen.fillStyle = wait.category === "running" ? look.fill : look.line;
    pen.fillRect(left, y, Math.max(width, 1), 18);
    return;
  }
  pen.fillStyle = look.pattern;
  pen.beginPath();
  pen.roundRect(left + 0.5, y + 0.5, width - 1, 17, Math.min(3.5, width / 3));
  pen.fill();
  pen.strokeStyle = lit ? theme.text : look.line;
  pen.lineWidth = lit ? 1.75 : 1;
  pen.stroke();
  if (width < 15) return;
  // A cancellation is drawn at the beginning of what came after it.
  const before = task.cancels.some((cancel) => cancel.time === task.starts[i]) ? 12 : 5.5;
  const words = wait.label || WORDS[wait.category].split(",")[0];
  const text = cut(words, width - before - 5.5) || (width < 18 ? "" : LETTERS[wait.category]);
  if (!text) return;
  // The pattern must not run through the letters.
  if (STROKES[wait.category]) {
    pen.fillStyle = look.fill;
    pen.fillRect(left + before - 2.5, y + 2, widthOf(text) + 5, 14);
  }
  pen.fillStyle = look.text;
  pen.font = FONT;
  pen.fillText(text, left + before, y + 13);
}

function paintSpans(task, y) {
  const { starts, ends } = task;
  const perPixel = (view.end - view.start) / view.width;
  let i = after(ends, view.start);
  while (i < starts.length && starts[i] < view.end) {
    const lit = shown && shown.item === task && shown.type === "span" && shown.i === i;
    paintSpan(task, i, y, lit);
    // Those that end in the pixel that has just been drawn are not seen.
    const next = after(ends, (Math.floor(ends[i] / perPixel) + 1) * perPixel);
    i = Math.max(i + 1, ends[i] - starts[i] < perPixel ? next : 0);
  }
}

function paintTask(row) {
  const task = row.item;
  const y = row.y + row.height - BAR + 4 - view.top;
  const from = Math.max(0, toX(task.start)), to = Math.min(view.width, toX(task.end));
  if (to > from) {
    pen.fillStyle = theme.line;
    pen.fillRect(from, y + 8, to - from, 2);
  }
  paintSpans(task, y);
  paintSteps(task, y);
  paintCancellations(task, y);
  paintEnding(task, y);
  if (flagsShown) paintFlags(task, y);
}

/** How many were alive, as a hill; the most of them in words. */
function paintHill(ink, over, box, peak) {
  const { times, counts } = over;
  const height = (count) => (count / Math.max(1, peak)) * box.height;
  let i = Math.max(0, after(times, box.time(0)) - 1);
  const last = times[times.length - 1];
  ink.beginPath();
  let x = Math.max(0, box.x(times[i] ?? 0)), level = 0;
  ink.moveTo(x, box.bottom);
  while (i < times.length && x <= box.width) {
    const pixel = Math.floor(Math.max(0, box.x(times[i])));
    level = counts[i];
    let most = level;
    x = Math.max(0, box.x(times[i]));
    ink.lineTo(x, box.bottom - height(level));
    while (++i < times.length && box.x(times[i]) < pixel + 1) {
      level = counts[i];
      most = Math.max(most, level);
    }
    ink.lineTo(x, box.bottom - height(most));
    ink.lineTo(x, box.bottom - height(level));
    const until = i < times.length ? Math.min(box.width, box.x(times[i])) : box.x(last);
    ink.lineTo(Math.max(x, until), box.bottom - height(level));
  }
  ink.lineTo(Math.min(box.width, box.x(last)), box.bottom);
  ink.closePath();
}

function paintGroup(row) {
  const group = row.item, y = row.y - view.top;
  const box = { x: toX, time: toTime, width: view.width, height: row.height - 12, bottom: y + row.height - 5 };
  const look = theme.looks.running;
  paintHill(pen, group, box, group.peak);
  pen.globalAlpha = 0.22;
  pen.fillStyle = look.fill;
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = shown && shown.item === group ? theme.text : look.line;
  pen.lineWidth = 1;
  pen.stroke();
  const text = `peak ${group.peak} at once`;
  const left = Math.max(0, toX(group.start)), right = Math.min(view.width, toX(group.end));
  if (right > 0 && left < view.width) {
    const inside = right - left > widthOf(text) + 24;
    const x = inside ? left + 8 : Math.min(right + 8, view.width - widthOf(text) - 8);
    pen.font = BOLD;
    pen.fillStyle = theme.paper;
    pen.globalAlpha = 0.78;
    pen.beginPath();
    pen.roundRect(x - 4, box.bottom - 19, widthOf(text, BOLD) + 8, 17, 4);
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = theme.text;
    pen.fillText(text, x, box.bottom - 6);
  }
  paintGroupEndings(group, y + 8);
}

function paintAxis() {
  const canvas = document.getElementById("axis");
  const ink = sizeCanvas(canvas, view.width, 28);
  ink.clearRect(0, 0, view.width, 28);
  ink.font = FONT;
  ink.fillStyle = theme.muted;
  eachTick((time, step) => {
    const x = Math.round(toX(time)), text = tickText(time, step);
    ink.fillRect(x, 20, 1, 8);
    const from = Math.max(2, x - widthOf(text) / 2);
    if (from + widthOf(text) < view.width) ink.fillText(text, from, 16);
  });
}

function paint() {
  sizeCanvas(picture, view.width, view.height);
  pen.clearRect(0, 0, view.width, view.height);
  movePatterns((-view.start * view.width) / (view.end - view.start), -view.top);
  paintGrid();
  for (const band of bands) paintBand(band);
  const found = new Set(matches);
  for (let i = rowAt(view.top); i < rows.length && rows[i].y < view.top + view.height; i++) {
    const row = rows[i];
    if (focus && focus.row === row) tint(row, theme.hover);
    else if (found.has(row.item)) tint(row, theme.found, 0.35);
    if (row.item.kind === "task") paintTask(row);
    else if (row.item.kind === "group") paintGroup(row);
  }
  paintAxis();
}

function tint(row, fill, alpha = 0.6) {
  pen.globalAlpha = alpha;
  pen.fillStyle = fill;
  pen.fillRect(0, row.y - view.top, view.width, row.height);
  pen.globalAlpha = 1;
}
