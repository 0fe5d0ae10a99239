// What happens at a moment: steps, cancellations, endings, the program's own marks; and the overview.

function isLit(type, task, i) {
  return shown && shown.item === task && shown.type === type && shown.i === i;
}

/** On a virtual clock a task runs in no time: a stroke says when. */
function paintSteps(task, y) {
  const { steps } = task;
  pen.fillStyle = theme.looks.running.fill;
  let last = -Infinity;
  for (let i = after(steps, view.start - 1); i < steps.length && steps[i] <= view.end; i++) {
    const x = toX(steps[i]);
    if (x < last + 2) continue;
    last = x;
    const wide = isLit("step", task, i) ? 4 : 2;
    pen.fillRect(Math.round(x) - wide / 2, y - 1, wide, 20);
  }
}

function cross(ink, x, y, size, halo) {
  for (const [width, stroke] of [[5, halo], [2, theme.bad]]) {
    if (!stroke) continue;
    ink.lineWidth = width;
    ink.strokeStyle = stroke;
    ink.lineCap = "round";
    ink.beginPath();
    ink.moveTo(x - size, y - size);
    ink.lineTo(x + size, y + size);
    ink.moveTo(x - size, y + size);
    ink.lineTo(x + size, y - size);
    ink.stroke();
  }
  ink.lineCap = "butt";
}

/** The cancellation that ended a task is drawn as its end. */
const isItsEnd = (task, cancel) => task.ending === "cancelled" && cancel.time === task.end;

function paintCancellations(task, y) {
  let last = -Infinity;
  task.cancels.forEach((cancel, i) => {
    const x = toX(cancel.time);
    if (isItsEnd(task, cancel) || x < -6 || x > view.width + 6 || x < last + 3) return;
    last = x;
    cross(pen, x, y + 9, isLit("cancel", task, i) ? 6 : 4.5, theme.paper);
  });
}

function sign(ink, ending, x, y) {
  if (ending === "cancelled") return cross(ink, x, y, 3.6, null);
  ink.beginPath();
  if (ending === "finished") {
    ink.fillStyle = theme.good;
    ink.arc(x, y, 3.5, 0, 7);
    ink.fill();
  } else if (ending === "failed") {
    ink.fillStyle = theme.bad;
    ink.arc(x, y, 7.5, 0, 7);
    ink.fill();
    ink.fillStyle = theme["bad-text"];
    ink.fillRect(x - 1, y - 4.5, 2, 5.5);
    ink.fillRect(x - 1, y + 2.5, 2, 2);
  } else {
    ink.strokeStyle = theme.muted;
    ink.lineWidth = 1.6;
    ink.moveTo(x - 4, y);
    ink.lineTo(x + 5, y);
    ink.moveTo(x + 1.5, y - 3.5);
    ink.lineTo(x + 5, y);
    ink.lineTo(x + 1.5, y + 3.5);
    ink.stroke();
  }
}

function paintEnding(task, y) {
  const end = toX(task.end);
  if (end < -400 || end > view.width + 10) return;
  const x = end + (task.ending === "failed" ? 10 : 8);
  sign(pen, task.ending, x, y + 9);
  const lit = isLit("ending", task, 0);
  if (lit) {
    pen.strokeStyle = theme.text;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc(x, y + 9, 9, 0, 7);
    pen.stroke();
  }
  if (!task.text) return;
  const text = cut(task.text, view.width - x - 20);
  pen.fillStyle = task.ending === "failed" ? theme.bad : theme.muted;
  pen.font = FONT;
  pen.fillText(text, x + 12, y + 13);
}

function paintFlags(task, y) {
  let free = -Infinity;
  task.marks.forEach((mark, i) => {
    const x = Math.round(toX(mark.time));
    if (x < -300 || x > view.width) return;
    const lit = isLit("mark", task, i);
    pen.fillStyle = lit ? theme.text : theme.accent;
    pen.fillRect(x, y - 17, 1.5, 35);
    if (x < free) return;
    const next = task.marks[i + 1] ? toX(task.marks[i + 1].time) - 3 : Infinity;
    const text = cut(mark.text, Math.min(Math.max(next, x + 44), view.width) - x - 14);
    const width = text ? widthOf(text) + 12 : 8;
    free = x + width + 2;
    pen.beginPath();
    pen.roundRect(x, y - 18, width, 16, [0, 4, 4, 0]);
    pen.fill();
    pen.fillStyle = lit ? theme.paper : theme["accent-text"];
    pen.font = FONT;
    pen.fillText(text, x + 6, y - 6);
  });
}

function paintGroupEndings(group, y) {
  let last = -Infinity;
  for (const task of [...group.cancelled, ...group.failed]) {
    const x = toX(task.end);
    if (x < -8 || x > view.width + 8 || Math.abs(x - last) < 9) continue;
    last = x;
    sign(pen, task.ending, x, y);
  }
}

/** The whole recording in small, with what is in sight of it between two handles. */
function paintOverview() {
  const canvas = document.getElementById("heights");
  const lane = document.getElementById("lane");
  const width = lane.clientWidth, height = lane.clientHeight;
  const ink = sizeCanvas(canvas, width, height);
  ink.clearRect(0, 0, width, height);
  const [first, last] = all();
  const box = {
    x: (time) => ((time - first) * width) / (last - first),
    time: (x) => first + (x * (last - first)) / width,
    width, height: height - 10, bottom: height,
  };
  paintHill(ink, alive, box, alive.peak);
  ink.fillStyle = theme.looks.running.fill;
  ink.globalAlpha = 0.28;
  ink.fill();
  ink.globalAlpha = 1;
  ink.strokeStyle = theme.looks.running.line;
  ink.stroke();
  ink.fillStyle = theme.bad;
  for (const task of tasks) {
    if (task.ending === "failed") ink.fillRect(box.x(task.end) - 1, 0, 2, 7);
  }
}

function placeBrush() {
  const [first, last] = all();
  const brush = document.getElementById("brush");
  brush.style.left = `${(100 * (view.start - first)) / (last - first)}%`;
  brush.style.width = `${(100 * (view.end - view.start)) / (last - first)}%`;
}
