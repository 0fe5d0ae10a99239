"""Sphinx configuration: furo, MyST, everything offline. Builds clean under ``-W -n --keep-going``."""

from __future__ import annotations

import sys
from pathlib import Path

import trio_patterns

sys.path[:0] = [str(Path(__file__).parent / "_ext"), str(Path(__file__).parents[1])]
# The steps of the tutorial's program import each other, as scripts of one folder do.
sys.path.append(str(Path(__file__).parent / "tutorial" / "steps"))

project = "trio_patterns"
author = "The trio_patterns developers"
project_copyright = author
version = release = trio_patterns.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "myst_parser",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinxcontrib_trio",
    "accessible",
    "api_entries",
    "descriptions",
    "curves",
    "exercises",
    "literal_language",
    "marbles",
    "name_examples",
    "pictures",
    "public_names",
    "step_diffs",
    "timelines",
]
exclude_patterns = ["_build", "_ext", "_inv", "_templates"]
templates_path = ["_templates"]

# --- Sources -----------------------------------------------------------------------------------------------
# A link to a heading of another page (`page.md#heading`) needs anchors; level 3 is as deep as pages go.
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist", "substitution"]
myst_heading_anchors = 3
myst_substitutions = {"version": version}
default_role = "py:obj"
highlight_language = "python"

# --- API entries -------------------------------------------------------------------------------------------
add_module_names = False
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
# One parameter a line as soon as a signature would wrap on a laptop.
python_maximum_signature_line_length = 72
python_use_unqualified_type_names = True
# `.. attribute::` for each of a docstring's attributes would document properties twice.
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_numpy_docstring = False

# --- Cross-references --------------------------------------------------------------------------------------
# The inventories are vendored, so that a build needs no network; the links still lead to the online manuals.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "_inv/python.inv"),
    "trio": ("https://trio.readthedocs.io/en/stable", "_inv/trio.inv"),
}
intersphinx_disabled_reftypes = ["std:*"]
nitpicky = True
# Each entry is a name that has no page to lead to, and why.
nitpick_ignore_regex = [
    # Aliases in the signatures of the stream operators, which autodoc prints by name: what they stand for is
    # said in the text of each. `StreamBase` is the part of `Stream` that the operators' own files know.
    (
        r"py:class",
        r"(trio_patterns\.spawning\.(\w+\.)?)?StartsTasks",
    ),  # "has a `start_soon`", said in the text
    (r"py:class", r"(trio_patterns\.testing\.(\w+\.)?)?Replay"),  # a point or two, said in the text
    (r"py:class", r"(trio_patterns\.streams\.(\w+\.)?)?(StreamLike|StreamBase|Overflow)"),
    # Packages whose inventories are not vendored, for the sake of a few names: `outcome`, explained in the
    # glossary, and SQLAlchemy's URL, which may be given where a string is.
    (r"py:.*", r"outcome\.(Outcome|Value|Error)(\.unwrap)?"),
    (r"py:.*", r"sqlalchemy\.(engine\.(url\.)?)?URL"),
    # Type variables: `T` in a signature is a placeholder, not an object. Ours are one capital letter, perhaps
    # with a digit or the variance behind it (`T1`, `K_contra`), or end in `T` (`PosArgsT`); whether they
    # carry their module depends on how Python prints the annotation.
    (
        r"py:(class|obj|data)",
        r"(trio_patterns\.[\w.]+\.)?([A-Z]\d?|[A-Z][A-Za-z]*T)(_co|_contra)?(\.args|\.kwargs)?",
    ),
]

# --- HTML --------------------------------------------------------------------------------------------------
html_theme = "furo"
html_title = f"trio_patterns {version}"
html_favicon = "_static/favicon.svg"
html_search_scorer = str(Path(__file__).parent / "_static/scorer.js")
pygments_dark_style = "github-dark"  # from a package of styles whose contrast suffices; Furo brings it
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b5a8a",
        "color-brand-content": "#0b5a8a",
        "color-brand-visited": "#5b3a8e",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7cc4f4",
        "color-brand-content": "#7cc4f4",
        "color-brand-visited": "#c3a6f5",
    },
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
# What a diff takes away is nothing to copy.
copybutton_selector = "div.highlight:not(.step-diff) pre"
