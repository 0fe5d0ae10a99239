// Beginning: totals, legend, buttons; and one drawing for each frame in which something has changed.

const element = (id) => document.getElementById(id);
let waiting = 0;
let overviewOf = "";
/** How long the last drawings took, in milliseconds. */
const frames = [];

function changed() {
  if (!waiting) waiting = requestAnimationFrame(draw);
}

function draw() {
  const begun = performance.now();
  cancelAnimationFrame(waiting);
  waiting = 0;
  element("sheet").style.height = `${total}px`;
  view.height = body.clientHeight;
  view.width = Math.max(40, body.clientWidth - tree.offsetWidth);
  view.top = Math.max(0, Math.min(body.scrollTop, total - view.height));
  tree.style.height = cursor.style.height = `${view.height}px`;
  placeNames();
  paint();
  const size = `${view.width} ${theme.paper} ${theme.ratio}`;
  if (size !== overviewOf) {
    overviewOf = size;
    paintOverview();
  }
  placeBrush();
  frames.push(performance.now() - begun);
  if (frames.length > 600) frames.shift();
}

function tellTotals() {
  const failed = tasks.filter((task) => task.ending === "failed").length;
  const facts = [[tasks.length, tasks.length === 1 ? "task" : "tasks"], [alive.peak, "at once at most"],
    [timeText(duration), raw.virtual ? "of virtual time" : ""]];
  if (failed) facts.push([failed, "failed", "bad"]);
  for (const [number, word, kind] of facts) {
    element("totals").append(make("li", { class: kind ?? "" }, make("b", {}, String(number)), word ? ` ${word}` : ""));
  }
  element("clock").textContent = raw.virtual ? "virtual clock" : "real clock";
  if (raw.dropped) {
    element("warning").hidden = false;
    element("warning").textContent = `The recording was full: ${counted(raw.dropped, "event")} of its beginning `
      + `${raw.dropped === 1 ? "is" : "are"} forgotten. Tasks have gaps there.`;
  }
  element("empty").hidden = tasks.length > 0;
}

function swatch(wide, drawIt) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  drawIt(sizeCanvas(canvas, wide, 16));
  return canvas;
}

function spanSwatch(category) {
  return swatch(24, (ink) => {
    const look = theme.looks[category];
    ink.fillStyle = look.pattern;
    ink.strokeStyle = look.line;
    ink.beginPath();
    ink.roundRect(0.5, 0.5, 23, 15, 3);
    ink.fill();
    ink.stroke();
    ink.fillStyle = look.fill;
    if (STROKES[category]) ink.fillRect(6, 2, 12, 12);
    ink.fillStyle = look.text;
    ink.font = BOLD;
    ink.textAlign = "center";
    ink.fillText(LETTERS[category], 12, 12);
  });
}

/** What occurs in this recording, drawn as it is drawn there. */
function fillLegend() {
  const used = new Set(waits.map((wait) => wait.category));
  const signs = raw.categories.filter((category) => used.has(category)).map((category) => (
    [spanSwatch(category), category === "running" ? WORDS.running : `waits: ${WORDS[category]}`]));
  if (tasks.some((task) => task.steps.length)) {
    const stroke = swatch(10, (ink) => {
      ink.fillStyle = theme.looks.running.fill;
      ink.fillRect(4, 0, 2, 16);
    });
    signs.push([stroke, raw.virtual ? "ran (in no time: on a virtual clock only waiting takes any)" : "ran"]);
  }
  for (const ending of raw.endings) {
    if (tasks.some((task) => task.ending === ending || (ending === "cancelled" && task.cancels.length))) {
      const word = ending === "cancelled" ? "cancelled, with the reason" : ENDED[ending];
      signs.push([swatch(18, (ink) => sign(ink, ending, 9, 8)), word]);
    }
  }
  if (tasks.some((task) => task.marks.length)) {
    const flag = swatch(14, (ink) => {
      ink.fillStyle = theme.accent;
      ink.fillRect(1, 1, 1.5, 15);
      ink.roundRect(1, 1, 12, 9, [0, 3, 3, 0]);
      ink.fill();
    });
    signs.push([flag, "a mark of the program's own"]);
  }
  element("signs").replaceChildren(...signs.map(([canvas, word]) => make("li", {}, canvas, word)));
}

function repaint() {
  readTheme();
  movePatterns(0, 0);
  fillLegend();
  changed();
}

function foldAll() {
  const foldable = [...new Set(tasks.flatMap((task) => task.group ?? [])), ...nurseries];
  const open = !foldable.some((item) => item.open);
  for (const item of foldable) item.open = open && item.kind !== "group";
  element("fold").textContent = open ? "Fold" : "Unfold";
  focus = null;
  present(null, null);
  layout();
  changed();
}

element("zoom-in").addEventListener("click", () => zoom(0.6, middleOfFocus(), glide));
element("zoom-out").addEventListener("click", () => zoom(1 / 0.6, middleOfFocus(), glide));
element("fit").addEventListener("click", () => fit());
element("fold").addEventListener("click", foldAll);
element("help").addEventListener("click", () => element("keys").showModal());
element("flags").hidden = !tasks.some((task) => task.marks.length);
element("flags").addEventListener("click", () => {
  flagsShown = !flagsShown;
  element("flags").setAttribute("aria-pressed", String(flagsShown));
  layout();
  changed();
});
const dark = matchMedia("(prefers-color-scheme: dark)");
element("scheme").addEventListener("click", () => {
  const now = document.documentElement.dataset.scheme ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.scheme = now === "dark" ? "light" : "dark";
  repaint();
});
dark.addEventListener("change", repaint);
body.addEventListener("scroll", changed, { passive: true });

let fitted = true;
new ResizeObserver(() => {
  if (theme.ratio !== (window.devicePixelRatio || 1)) repaint();
  draw();
  if (fitted) fit(show);
  fitted = false;
}).observe(body);

element("legend").open = window.innerWidth > 760;
element("legend").addEventListener("toggle", changed);
tellTotals();
layout();
repaint();
