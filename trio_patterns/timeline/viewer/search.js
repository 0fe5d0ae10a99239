// Finding tasks by name: highlighted and counted at once; Enter goes from one to the next.

const search = document.getElementById("search");
const found = document.getElementById("found");
let query = "";
let matches = [];
let at = -1;

function find(text) {
  query = text.trim().toLowerCase();
  matches = query ? tasks.filter((task) => task.name.toLowerCase().includes(query)) : [];
  at = -1;
  countMatches();
  renameRows();
}

function countMatches() {
  if (!query) found.textContent = "";
  else if (!matches.length) found.textContent = "none";
  else found.textContent = at < 0 ? `${matches.length} found` : `${at + 1} of ${matches.length}`;
}

/** Go to the next match, or the one before; open what hides it. */
function goToMatch(by) {
  if (!matches.length) return;
  at = (at + by + matches.length) % matches.length;
  if (at < 0) at = matches.length - 1;
  const task = matches[at];
  uncover(task);
  draw();
  focusOn(rowOf.get(task));
  countMatches();
}

search.addEventListener("input", () => find(search.value));
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    goToMatch(event.shiftKey ? -1 : 1);
  } else if (event.key === "Escape") {
    search.value = "";
    find("");
    tree.focus();
  } else return;
  event.stopPropagation();
});
