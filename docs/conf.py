"""Settings of Sphinx: Markdown in, HTML out, nothing fetched from anywhere."""

project = "Caliban"
author = "The Caliban authors"
project_copyright = "The Caliban authors, Apache License 2.0"
version = release = "0.5.0"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
# Headings can be linked to as on a code host: page.md#a-heading.
myst_heading_anchors = 3
nitpicky = True
# Two hyphens before a word are a flag.
smartquotes = False

html_theme = "alabaster"
html_theme_options = {
    "description": "Sweeps in containers",
    "fixed_sidebar": True,
    "page_width": "1160px",
    "sidebar_width": "250px",
}
html_static_path = ["_static"]
html_show_sphinx = False
html_copy_source = False
