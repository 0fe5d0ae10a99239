/* Below each result stands what its page is about. Sphinx fetches the page for that, which a browser allows
   only on a server; opened from a folder, the summaries come from a file. */
(() => {
  "use strict";
  const results = document.getElementById("search-results");
  if (location.protocol !== "file:" || !results) return;
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  const summarize = (result) => {
    const link = result.querySelector("a");
    const page = link.getAttribute("href").replace(/\.html(#.*)?$/, "");
    if (result.querySelector("p") || !PAGE_SUMMARIES[page]) return;
    const text = document.createElement("p");
    text.className = "context";
    text.textContent = PAGE_SUMMARIES[page];
    result.append(text);
  };
  new MutationObserver(() => results.querySelectorAll("ul.search > li:not(.kind-object)").forEach(summarize)).observe(
    results,
    { childList: true, subtree: true },
  );
})();
