// What part of the time is seen, and how times are written.

const view = { start: 0, end: 1, width: 1, height: 1, top: 0 };
const LEAST = 10;
const whole = Math.max(duration, LEAST * 2);
const still = matchMedia("(prefers-reduced-motion: reduce)");

const toX = (time) => ((time - view.start) * view.width) / (view.end - view.start);
const toTime = (x) => view.start + (x * (view.end - view.start)) / view.width;

/** Some room at the right, for what is written behind the end of a task. */
function all() {
  return [-whole * 0.012, whole * (1 + Math.min(0.3, Math.max(0.06, 70 / view.width)))];
}

function show(start, end) {
  const [first, last] = all();
  const length = Math.min(Math.max(end - start, LEAST), last - first);
  start = Math.min(Math.max(start, first), last - length);
  view.start = start;
  view.end = start + length;
  changed();
}

let flight = 0;

/** Go there in a moment: what moves at once loses the eye. */
function glide(start, end) {
  cancelAnimationFrame(flight);
  if (still.matches) return show(start, end);
  const from = [view.start, view.end];
  let begun = null;
  const step = (now) => {
    begun ??= now;
    const part = Math.min(1, (now - begun) / 160);
    const eased = 1 - (1 - part) ** 3;
    show(from[0] + (start - from[0]) * eased, from[1] + (end - from[1]) * eased);
    if (part < 1) flight = requestAnimationFrame(step);
  };
  flight = requestAnimationFrame(step);
}

function zoom(factor, x = view.width / 2, move = show) {
  cancelAnimationFrame(flight);
  const time = toTime(x);
  move(time - (time - view.start) * factor, time + (view.end - time) * factor);
}

function pan(pixels) {
  cancelAnimationFrame(flight);
  const shift = (pixels * (view.end - view.start)) / view.width;
  show(view.start + shift, view.end + shift);
}

const fit = (move = glide) => move(...all());

/** Zoom to a stretch of time, with a little around it. */
function zoomTo(start, end) {
  const around = Math.max((end - start) * 0.1, LEAST);
  glide(start - around, end + around);
}

/** Bring a stretch into sight without changing the scale. */
function reveal(start, end) {
  const length = view.end - view.start;
  if (end > view.start + length * 0.02 && start < view.end - length * 0.02) return;
  const middle = (start + Math.min(end, start + length)) / 2;
  glide(middle - length / 2, middle + length / 2);
}

const STEPS_OF_MINUTES = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

/** The distance of ticks that leaves each one room: 1, 2 or 5 of a unit; minutes and hours when it is long. */
function tickStep(room = 90) {
  const least = ((view.end - view.start) * room) / view.width / 1e9;
  if (least > 50) {
    const days = Math.ceil(least / 86400);
    return (STEPS_OF_MINUTES.find((step) => step >= least) ?? days * 86400) * 1e9;
  }
  const power = 10 ** Math.floor(Math.log10(least));
  return Math.max(1, Math.round([1, 2, 5, 10].find((digit) => digit * power >= least * 0.999999) * power * 1e9));
}

function clock(time) {
  const sign = time < 0 ? "−" : "";
  const seconds = Math.abs(time) / 1e9;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = (seconds % 60).toFixed(Number.isInteger(seconds) ? 0 : 3);
  return `${sign}${parts[0] ? `${parts[0]} h ` : ""}${parts[1]} min ${rest} s`;
}

/** A time as it is written at a tick: as many digits as the distance of the ticks asks for. */
function tickText(time, step) {
  if (Math.abs(time) < step / 2) return "0 s";
  if (step >= 60e9) return clock(time);
  const [unit, size] = raw.virtual || step >= 1e9 ? ["s", 1e9]
    : step >= 1e6 ? ["ms", 1e6] : step >= 1e3 ? ["µs", 1e3] : ["ns", 1];
  const digits = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
  return `${(time / size).toFixed(digits).replace("-", "−")} ${unit}`;
}

/** A time or a length in full. */
function timeText(time) {
  const long = Math.abs(time);
  if (long >= 120e9) return clock(time);
  const [unit, size, digits] = raw.virtual || long >= 1e9 || long === 0 ? ["s", 1e9, raw.virtual ? 9 : 3]
    : long >= 1e6 ? ["ms", 1e6, 3] : ["µs", 1e3, 3];
  return `${Number((time / size).toFixed(digits)).toString().replace("-", "−")} ${unit}`;
}
