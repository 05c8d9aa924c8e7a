"""The site that scripts/docs builds from this folder."""
import pathlib
import re

root = pathlib.Path(__file__).resolve().parents[1]

project = "axnorm"
version = release = re.search(r"project\(axnorm VERSION ([\d.]+)", (root / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
extensions = ["myst_parser"]
myst_heading_anchors = 4
exclude_patterns = ["requirements.txt"]
html_theme = "furo"
html_title = f"axnorm {version}"
html_copy_source = False
nitpicky = True

# What lies outside of this folder and is a page of the site, by its path from the root. Other files are named, not linked.
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?:\.\./)?([\w./-]+)(#[^)]*)?\)")


def link_to_pages(folder, text):
    """The text with its links to files outside of docs/ as the site has them. `folder` is that of the file with the text."""
    def replaced(link):
        path = (folder / link[0].rpartition("(")[2].rstrip(")").partition("#")[0]).resolve()
        if not path.is_relative_to(root):
            raise ValueError(f"{link[0]} leads out of the tree")
        if path.is_relative_to(root / "docs"):
            return link[0]
        if not path.exists():
            raise ValueError(f"{link[0]}: there is no {path}")
        name = str(path.relative_to(root))
        if name in PAGES:
            return f"[{link[1]}]({'' if folder != root else 'docs/'}{PAGES[name]}{link[3] or ''})"
        return f"{link[1]} (`{name}`)"
    return LINK.sub(replaced, text)


def setup(app):
    def read_source(_, name, content):
        content[0] = link_to_pages(root / "docs", content[0])

    def read_include(_, path, name, content):
        content[0] = link_to_pages((root / "docs" / path).resolve().parent, content[0])

    app.connect("source-read", read_source)
    app.connect("include-read", read_include)
