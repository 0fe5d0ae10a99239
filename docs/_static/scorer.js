/* Which result comes first. Sphinx counts where a word stands and how often; this adds what a page is for: to
   teach, to be looked up, or to keep a list. */
var Scorer = {
  score: ([page, , anchor, , score, , kind]) => {
    if (/^(changelog|contributing|reference)/.test(page)) return score - 12;
    if (kind === "text" && /api$/.test(page)) return score - 5;
    if (!anchor && /^(patterns|tutorial)/.test(page)) return score + 3;
    return score;
  },
  // Sphinx's own numbers.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
