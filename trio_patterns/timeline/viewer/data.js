// The recording: unpacked from the numbers that html.py wrote. All times are whole nanoseconds.

const raw = JSON.parse(document.getElementById("recording").textContent);
const duration = raw.duration;

/** Siblings of one name are folded into one row when there are more than this many. */
const FOLD_ABOVE = 20;

function placeOf(number) {
  if (number < 0) return null;
  const [file, line, fn, source] = raw.places[number];
  const place = { file: raw.strings[file], line, fn: raw.strings[fn], source: raw.strings[source] };
  return { ...place, text: `${place.file}:${line}` };
}

const waits = raw.waits.map(([category, label, stack]) => ({
  category: raw.categories[category],
  label: raw.strings[label],
  stack: raw.stacks[stack].map(placeOf),
}));

const nurseries = raw.nurseries.map(([label, place, start, end, owner]) => ({
  kind: "nursery", name: raw.strings[label], place: placeOf(place), start, end, owner, tasks: [], open: true,
}));

function unpackSpans(task, flat) {
  const n = flat.length / 3;
  task.starts = new Float64Array(n);
  task.ends = new Float64Array(n);
  task.waits = new Uint32Array(n);
  let time = task.start;
  for (let i = 0; i < n; i++) {
    time += flat[3 * i];
    task.starts[i] = time;
    time += flat[3 * i + 1];
    task.ends[i] = time;
    task.waits[i] = flat[3 * i + 2];
  }
}

const tasks = raw.tasks.map(([name, nursery, start, end, ending, text, spans, steps, cancels, marks]) => {
  const task = {
    kind: "task", name: raw.strings[name], start, end, open: true, nurseries: [],
    ending: raw.endings[ending], text: raw.strings[text],
    nursery: nursery < 0 ? null : nurseries[nursery],
    steps: Float64Array.from(steps),
    cancels: cancels.map(([time, source, reason, by]) => (
      { time, source: raw.strings[source], reason: raw.strings[reason], by: raw.strings[by] })),
    marks: marks.map(([time, mark]) => ({ time, text: raw.strings[mark] })),
  };
  unpackSpans(task, spans);
  return task;
});
for (const task of tasks) task.nursery?.tasks.push(task);
for (const nursery of nurseries) {
  nursery.owner = tasks[nursery.owner];
  nursery.owner.nurseries.push(nursery);
}
const roots = tasks.filter((task) => task.nursery === null);

/** What tasks of one name have in common: all but the number that tells them apart. */
function baseName(name) {
  const found = /^(.*?[^\s#\-_:([\d])[\s#\-_:([]*\d+[)\]]?$/.exec(name);
  return found ? found[1] : name;
}

/** The number of tasks alive, at each time that it changes; and the most there were. */
function aliveOver(members) {
  const changes = new Map();
  for (const task of members) {
    changes.set(task.start, (changes.get(task.start) ?? 0) + 1);
    changes.set(task.end, (changes.get(task.end) ?? 0) - 1);
  }
  const times = Float64Array.from(changes.keys()).sort();
  const counts = new Uint32Array(times.length);
  let alive = 0, peak = 0;
  times.forEach((time, i) => {
    alive += changes.get(time);
    counts[i] = alive;
    peak = Math.max(peak, alive);
  });
  return { times, counts, peak };
}

/** Children as they are shown: many of one name become a group, where the first of them stands. */
function grouped(members) {
  const byName = Map.groupBy(members, (task) => baseName(task.name));
  const shown = [];
  for (const task of members) {
    const same = byName.get(baseName(task.name));
    if (same.length <= FOLD_ABOVE) shown.push(task);
    else if (same[0] === task) {
      const group = { kind: "group", name: baseName(task.name), tasks: same, open: false, ...aliveOver(same) };
      group.start = same.reduce((least, one) => Math.min(least, one.start), Infinity);
      group.end = same.reduce((most, one) => Math.max(most, one.end), 0);
      group.failed = same.filter((one) => one.ending === "failed");
      group.cancelled = same.filter((one) => one.ending === "cancelled");
      for (const one of same) one.group = group;
      shown.push(group);
    }
  }
  return shown;
}
for (const nursery of nurseries) nursery.shown = grouped(nursery.tasks);
const topmost = grouped(roots);
const alive = aliveOver(tasks);
