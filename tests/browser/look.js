// What the tests ask of a page, one function for each question. `window.look` in the page.
window.look = (() => {
  "use strict";

  const name = (el) => {
    const id = el.id ? `#${el.id}` : "";
    const classes = [...el.classList].map((c) => `.${c}`).join("");
    const words = el.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${el.localName}${id}${classes}> "${words}"`;
  };
  const shown = (el) => el.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });

  // Everything that a reader can unfold, unfolded, so that it is looked at too.
  const unfold = () => {
    document.querySelectorAll("details").forEach((el) => (el.open = true));
    const style = document.createElement("style");
    style.textContent = ".sd-tab-content { display: block !important; }";
    document.head.append(style);
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  };

  const headings = () => {
    const found = [...document.querySelectorAll("article :is(h1, h2, h3, h4, h5, h6)")].filter(shown);
    const level = (el) => Number(el.localName[1]);
    const faults = [];
    const first = found.filter((el) => level(el) === 1);
    if (first.length !== 1) faults.push(`${first.length} headings of level 1`);
    found.forEach((el, i) => {
      if (i > 0 && level(el) > level(found[i - 1]) + 1) faults.push(`skips a level: ${name(el)}`);
    });
    return faults;
  };

  // The page must not scroll sideways; boxes in it may.
  const overflow = () => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= innerWidth) return [];
    const boxed = (el) => {
      for (let box = el.parentElement; box && box !== root; box = box.parentElement)
        if (getComputedStyle(box).overflowX !== "visible") return true;
      return false;
    };
    const wide = [...document.querySelectorAll("article *, footer *")].filter(
      (el) => el.getBoundingClientRect().right > innerWidth + 1 && !boxed(el),
    );
    return [`${root.scrollWidth} px wide in a window of ${innerWidth}`, ...wide.slice(0, 3).map(name)];
  };

  const tabs = () => {
    const faults = [];
    for (const set of document.querySelectorAll(".sd-tab-set")) {
      const boxes = [...set.children].filter((el) => el.localName === "label" && shown(el));
      boxes.forEach((one, i) => {
        const a = one.getBoundingClientRect();
        if (a.height < 24 || a.width < 24) faults.push(`too small to be tapped: ${name(one)}`);
        for (const other of boxes.slice(i + 1)) {
          const b = other.getBoundingClientRect();
          const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
          if (!apart) faults.push(`tabs overlap: ${name(one)} and ${name(other)}`);
        }
      });
    }
    return faults;
  };

  // --- Colours ---------------------------------------------------------------------------------------------
  const parse = (text) => {
    const [r, g, b, a = 1] = (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const backgroundOf = (el) => {
    const layers = [];
    for (let box = el; box; box = box.parentElement) layers.unshift(parse(getComputedStyle(box).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };

  // axe-core does not judge text in pictures: neither its contrast with what is drawn below it, nor its size.
  const pictures = (smallest) => {
    const faults = new Set();
    for (const svg of document.querySelectorAll("article svg")) {
      if (!shown(svg) || !svg.querySelector("text")) continue;
      if (svg.getAttribute("role") !== "img") faults.add(`a picture without role="img": ${name(svg)}`);
      const titled = svg.getAttribute("aria-label") ?? svg.querySelector(":scope > title")?.textContent;
      if (!titled && !svg.getAttribute("aria-labelledby")) faults.add(`a picture without a name: ${name(svg)}`);
      const ground = backgroundOf(svg);
      const drawn = [...svg.querySelectorAll("rect, circle, ellipse, path, polygon, text")].map((el) => {
        const style = getComputedStyle(el);
        const [r, g, b, a] = style.fill === "none" ? [0, 0, 0, 0] : parse(style.fill);
        return { el, style, box: el.getBoundingClientRect(), fill: [r, g, b, a * style.fillOpacity * style.opacity] };
      });
      drawn.forEach(({ el, style, box, fill }, i) => {
        if (el.localName !== "text" || !el.textContent.trim()) return;
        const x = box.x + box.width / 2, y = box.y + box.height / 2;
        const below = drawn
          .slice(0, i)
          .filter((d) => d.el.localName !== "text" && d.box.left <= x && x <= d.box.right && d.box.top <= y && y <= d.box.bottom)
          .reduce((colour, d) => over(d.fill, colour), ground);
        const ratio = contrast(over(fill, below), below);
        if (ratio < 4.5) faults.add(`contrast ${ratio.toFixed(2)} in a picture: ${name(el)}`);
        const size = parseFloat(style.fontSize) * Math.hypot(el.getScreenCTM().a, el.getScreenCTM().b);
        if (size < smallest) faults.add(`text of ${size.toFixed(1)} px in a picture: ${name(el)}`);
      });
    }
    return [...faults];
  };

  // One element for each kind of text: to compare thousands of words of the same colour on the same ground
  // takes axe-core seconds. `known` are the kinds that were looked at before.
  const kindsOfText = (known) => {
    const grounds = new Map();
    const ground = (el) => {
      if (!el) return "";
      if (!grounds.has(el)) {
        const { backgroundColor, backgroundImage, opacity } = getComputedStyle(el);
        const own = /^rgba\(0, 0, 0, 0\) none 1$/.test(`${backgroundColor} ${backgroundImage} ${opacity}`);
        const all = ground(el.parentElement);
        grounds.set(el, own ? all : `${all}|${backgroundColor} ${backgroundImage} ${opacity}`);
      }
      return grounds.get(el);
    };
    const kinds = new Map();
    const old = new Set(known);
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      const el = words.currentNode.parentElement;
      if (!words.currentNode.data.trim() || el.closest("svg, script, style, noscript")) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(el);
      const kind = `${color} ${fontSize} ${fontWeight} ${ground(el)}`;
      if (!kinds.has(kind) && !old.has(kind) && shown(el)) kinds.set(kind, el);
    }
    return kinds;
  };

  const findings = ({ violations }) =>
    violations.map(({ id, impact, help, nodes }) => ({
      id, impact, help, count: nodes.length,
      where: nodes.slice(0, 3).map((node) => node.html.replace(/\s+/g, " ").slice(0, 120)),
      why: (nodes[0].any[0] ?? nodes[0].all[0] ?? nodes[0].none[0])?.message ?? "",
    }));

  const options = { resultTypes: ["violations"], selectors: false, iframes: false, preload: false };
  const axeRules = async () =>
    findings(await axe.run(document, { ...options, rules: { "color-contrast": { enabled: false } } }));
  const axeContrast = async (known) => {
    const kinds = kindsOfText(known);
    const include = [...kinds.values()];
    if (!include.length) return { kinds: [], findings: [] };
    const only = { ...options, runOnly: ["color-contrast", "link-in-text-block"] };
    return { kinds: [...kinds.keys()], findings: findings(await axe.run({ include }, only)) };
  };

  return { unfold, headings, overflow, tabs, pictures, axeRules, axeContrast };
})();
