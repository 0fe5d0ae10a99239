"""The colours of the static picture, for light and dark pages, as CSS variables."""

from __future__ import annotations

__all__ = ["LIGHT", "DARK", "RULES", "css"]

#: Tints that a text of the foreground colour can be read on (contrast 4.5 and more), and strong ones to
#: mark with. What something means is said by a word, a letter or a shape as well, never by colour alone.
LIGHT = {
    "fg": "#1b2733",
    "dim": "#4d5a67",
    "back": "#ffffff",
    "grid": "#dfe5ea",
    "band": "#5b7083",
    "run": "#1f6fb2",
    "sleep": "#e3e8ec",
    "channel": "#cfe6d8",
    "lock": "#f6dcb8",
    "event": "#d9dcf7",
    "tasks": "#eef1f3",
    "thread": "#e8d5f0",
    "socket": "#c9e6ee",
    "process": "#f3d6e0",
    "other": "#e6e2d6",
    "bad": "#a8201a",
    "cut": "#8f4407",
    "good": "#237a4b",
    "mark": "#7a3fa0",
}
DARK = {
    "fg": "#e6edf3",
    "dim": "#b0bdca",
    "back": "#131416",
    "grid": "#2c343c",
    "band": "#8da2b5",
    "run": "#58aef0",
    "sleep": "#333b43",
    "channel": "#1f4a34",
    "lock": "#5a4016",
    "event": "#363b6e",
    "tasks": "#23292f",
    "thread": "#4b2f5b",
    "socket": "#17495a",
    "process": "#5a2b3d",
    "other": "#46412f",
    "bad": "#ff9d94",
    "cut": "#ffb454",
    "good": "#6cd39b",
    "mark": "#d4a5f5",
}

#: Below ``svg.tl``; the variables are set by `css`.
RULES = """\
svg.tl { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
svg.tl text { fill: var(--tl-fg); font-size: 12px; }
svg.tl .title { font-size: 14px; font-weight: 600; }
svg.tl .dim { fill: var(--tl-dim); }
svg.tl .small { font-size: 11px; }
svg.tl .in { font-size: 11px; }
svg.tl .halo { paint-order: stroke; stroke: var(--tl-back); stroke-width: 3px; stroke-linejoin: round; }
svg.tl .plate { fill: var(--tl-back); fill-opacity: 0.85; }
svg.tl .grid { stroke: var(--tl-grid); stroke-width: 1; }
svg.tl .band { fill: var(--tl-band); fill-opacity: 0.09; stroke: var(--tl-band); stroke-opacity: 0.45; }
svg.tl .tree { stroke: var(--tl-band); stroke-opacity: 0.6; fill: none; }
svg.tl .run { fill: var(--tl-run); }
svg.tl .step { stroke: var(--tl-run); stroke-width: 2; }
svg.tl .wait { stroke: var(--tl-band); stroke-opacity: 0.35; }
svg.tl .sleep { fill: var(--tl-sleep); }
svg.tl .channel { fill: var(--tl-channel); }
svg.tl .lock { fill: var(--tl-lock); }
svg.tl .event { fill: var(--tl-event); }
svg.tl .tasks { fill: var(--tl-tasks); }
svg.tl .thread { fill: var(--tl-thread); }
svg.tl .socket { fill: var(--tl-socket); }
svg.tl .process { fill: var(--tl-process); }
svg.tl .other { fill: var(--tl-other); }
svg.tl .count { fill: var(--tl-run); fill-opacity: 0.3; stroke: var(--tl-run); }
svg.tl .x { stroke: var(--tl-cut); stroke-width: 2.5; fill: none; }
svg.tl .bad { stroke: var(--tl-bad); stroke-width: 2.5; fill: none; }
svg.tl .good { fill: var(--tl-good); }
svg.tl .open { fill: var(--tl-dim); }
svg.tl .mark { fill: var(--tl-mark); stroke: var(--tl-mark); }
svg.tl text.bad { fill: var(--tl-bad); stroke: none; }
svg.tl text.cut { fill: var(--tl-cut); }
svg.tl text.mark { fill: var(--tl-mark); stroke: none; }
svg.tl text.halo { stroke: var(--tl-back); stroke-width: 3px; }
"""


def css(light: str, dark: str, media: str = "") -> str:
    """Return the sheet: the light colours at selector ``light``, the dark ones at ``dark``.

    The variables of ``media``, if it is given, are the dark ones where the reader prefers a dark scheme.
    """
    sheet = [_variables(light, LIGHT), _variables(dark, DARK) if dark else ""]
    sheet.append(f"@media (prefers-color-scheme: dark) {{ {_variables(media, DARK)} }}\n" if media else "")
    return "".join([*sheet, RULES])


def _variables(selector: str, colours: dict[str, str]) -> str:
    values = " ".join(f"--tl-{name}: {colour};" for name, colour in colours.items())
    return f"{selector} {{ {values} }}\n"
