/* What scrolls sideways can be reached with the Tab key, and then scrolled with the arrows. What does not
   scroll is left out, so that the way through a page has no stop at every block of code. */
(() => {
  "use strict";
  const boxes = "article pre, article .table-wrapper, figure > div, figcaption, .sig";
  const look = (box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible";
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  // A tab that opens and a window that turns change the size of a box, and so does a font that arrives.
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => look(entry.target)));
  for (const box of document.querySelectorAll(boxes)) {
    look(box);
    sizes.observe(box);
  }
})();
