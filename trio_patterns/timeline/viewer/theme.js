// Colours, from the style sheet, and the patterns that say the same without colour.

const LETTERS = {
  running: "R", sleep: "S", channel: "C", lock: "L", event: "E",
  tasks: "T", thread: "H", socket: "N", process: "P", other: "O",
};
const WORDS = {
  running: "running, or ready to", sleep: "sleep", channel: "channel", lock: "lock", event: "event",
  tasks: "its tasks", thread: "thread", socket: "network", process: "process", other: "other",
};
const FONT = '12px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Liberation Sans", sans-serif';
const BOLD = FONT.replace("12px", "600 12px");
const TILE = 8;

/** How a tile of each pattern is drawn: lines from point to point. */
const STROKES = {
  channel: [[-1, 9, 9, -1], [-1, 1, 1, -1], [7, 9, 9, 7]],
  event: [[-1, -1, 9, 9], [-1, 7, 1, 9], [7, -1, 9, 1]],
  lock: [[0, 0, 8, 8], [0, 8, 8, 0]],
  thread: [[2, 0, 2, 8], [6, 0, 6, 8]],
  socket: [[0, 2, 8, 2], [0, 6, 8, 6]],
  process: [[4, 0, 4, 8], [0, 4, 8, 4]],
  tasks: [[1, 4, 4, 4]],
  other: [[1, 2, 2, 2], [5, 6, 6, 6]],
};

const probe = document.createElement("i");
probe.hidden = true;
document.body.append(probe);

function colour(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

let theme = {};

function patternOf(category, look, ratio) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(TILE * ratio);
  const ink = tile.getContext("2d");
  ink.scale(tile.width / TILE, tile.width / TILE);
  ink.fillStyle = look.fill;
  ink.fillRect(0, 0, TILE, TILE);
  ink.strokeStyle = look.line;
  ink.globalAlpha = 0.42;
  ink.beginPath();
  for (const [x0, y0, x1, y1] of STROKES[category] ?? []) {
    ink.moveTo(x0, y0);
    ink.lineTo(x1, y1);
  }
  ink.stroke();
  return ink.createPattern(tile, "repeat");
}

/** Read all colours again: another scheme, or another density of the screen. */
function readTheme() {
  const ratio = window.devicePixelRatio || 1;
  theme = { ratio, looks: {} };
  for (const name of ["paper", "panel", "text", "muted", "line", "grid", "hover", "accent", "accent-text",
    "band", "band-line", "found", "bad", "bad-text", "good"]) theme[name] = colour(name);
  for (const category of raw.categories) {
    const look = { fill: colour(category), line: colour(`${category}-line`), text: colour(`${category}-text`) };
    look.pattern = patternOf(category, look, ratio);
    theme.looks[category] = look;
  }
}

/** Patterns move with what they fill. */
function movePatterns(x, y) {
  const scale = TILE / Math.round(TILE * theme.ratio);
  const matrix = new DOMMatrix([scale, 0, 0, scale, x % TILE, y % TILE]);
  for (const look of Object.values(theme.looks)) look.pattern.setTransform(matrix);
}

const widths = new Map();
const measure = document.createElement("canvas").getContext("2d");

function widthOf(text, font = FONT) {
  const key = font === FONT ? text : `b${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    measure.font = font;
    width = measure.measureText(text).width;
    if (widths.size > 20000) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** As much of a text as there is room for, with an ellipsis; or nothing. */
function cut(text, room, font = FONT) {
  const width = widthOf(text, font);
  if (width <= room) return text;
  const length = Math.floor((text.length * (room - 9)) / width);
  return length < 3 ? "" : `${text.slice(0, length)}…`;
}
