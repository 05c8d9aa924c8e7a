"""The code blocks of README and docs/, and what comments of HTML say about them.

A block is fenced and has a language. One of `text` right behind a program or commands is what these print; `...` stands there for
anything, in a line of its own for any number of lines. Comments right before a block, which no reader sees:

    <!-- before: ... -->                 code that stands before the block where it is tried
    <!-- not run: PROGRAM, ...: why -->  for commands that take long
    <!-- compiled, not run: why -->
    <!-- refused: message -->            CMake has to stop, with this message
    <!-- this page is not run: why -->   for all blocks of the page
"""
import dataclasses
import pathlib
import re

FENCE = re.compile(r"```(\w*)")
COMMENT = re.compile(r"<!--\s*(.*?)\s*-->", re.DOTALL)


@dataclasses.dataclass
class Block:
    page: str
    line: int  # of the first line of its text
    language: str
    text: str
    marks: dict  # "not run": "scripts/bench: ..."
    output: str | None = None

    def __str__(self):
        return f"{self.page}:{self.line}"

    @property
    def is_run(self):
        return not {"not run", "compiled, not run", "this page is not run"} & set(self.marks)

    @property
    def before(self):
        return self.marks.get("before", "")


def comments_before(lines, first):
    """Those that end right before this line, in one piece of text without empty lines."""
    begin = first
    while begin > 0 and lines[begin - 1].strip():
        begin -= 1
    text = "\n".join(lines[begin:first])
    return [match[1] for match in COMMENT.finditer(text)] if text.startswith("<!--") else []


def as_mark(comment):
    name, _, rest = comment.partition(":")
    return name, rest.strip()


def blocks_of(path, page):
    lines = path.read_text(encoding="utf-8").split("\n")
    whole_page = dict(as_mark(match[1]) for match in COMMENT.finditer("\n".join(lines))
                      if match[1].startswith("this page is not run"))
    result = []
    last_end = None  # the line behind the block before, if it may have an output
    i = 0
    while i < len(lines):
        if lines[i].startswith("```{"):  # Sphinx's: nothing to try
            i = lines.index("```", i + 1) + 1
            continue
        fence = FENCE.fullmatch(lines[i])
        if not fence:
            if lines[i].startswith("```"):
                raise ValueError(f"{page}:{i + 1}: a fence with more than a language: {lines[i]}")
            if lines[i].startswith("    ") and not lines[i - 1].strip():
                raise ValueError(f"{page}:{i + 1}: an indented block, of no language; fence it")
            i += 1
            continue
        end = lines.index("```", i + 1)
        text = "\n".join(lines[i + 1:end]) + "\n"
        if fence[1] == "text" and last_end == i - 1 and not lines[i - 1].strip():
            result[-1].output = text
        else:
            marks = {**whole_page, **dict(map(as_mark, comments_before(lines, i)))}
            result.append(Block(page, i + 2, fence[1], text, marks))
        last_end = end + 1
        i = end + 1
    return result


def all_blocks(source):
    source = pathlib.Path(source)
    pages = [source / "README.md", *sorted((source / "docs").glob("*.md"))]
    return [block for path in pages for block in blocks_of(path, str(path.relative_to(source)))]


def output_pattern(text):
    """A regular expression for what `text` stands for."""
    lines = [".*" if line == "..." else re.escape(line).replace(re.escape("..."), ".*") + "\n" for line in text.splitlines()]
    # Lines of ... alone go over any number of lines, others do not.
    return re.compile("".join(f"(?s:{line})" if line == ".*" else line for line in lines))


def cpp_source(blocks):
    """One program of all these blocks, which runs the one whose place is its argument."""
    includes, bodies, calls = set(), [], []
    for number, block in enumerate(blocks):
        text = block.before + "\n" + f'#line {block.line} "{block.page}"\n' + block.text
        includes.update(re.findall(r"^#include .*$", text, re.MULTILINE))
        # An empty line in its place, so that the numbers of lines stay.
        text = re.sub(r"^#include .*$", "", text, flags=re.MULTILINE)
        text, programs = re.subn(r"^int main\(\) \{$", "[[maybe_unused]] static void run() {", text, flags=re.MULTILINE)
        if not programs:
            text = f"[[maybe_unused]] static void run() {{\n{text}}}\n"
        bodies.append(f"namespace block_{number} {{\n{text}}}\n")
        if block.is_run:
            calls.append(f'    if (which == "{block}") block_{number}::run();\n')
    return ("#include <string_view>\n" + "\n".join(sorted(includes)) + "\n" + "".join(bodies) +
            '#line 1 "main"\nint main(int, char **argv) {\n    const std::string_view which = argv[1];\n' + "".join(calls) +
            "}\n")
