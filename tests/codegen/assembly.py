"""Loops of a kernel, by the names that Halide gave them: out of LLVM's assembly, and out of Halide's own code (stmt).

LLVM writes as comments what it knows: a block's name in its IR, the loop it is in, what is spilled:

    .LBB0_22:                 # %"11_for_deviation.s1.deviation_joint$x.us"
                              #   Parent Loop BB0_10 Depth=1
                              # =>  This Inner Loop Header: Depth=2
"""
import dataclasses
import re

LABEL = re.compile(r"^(?:\.L(BB\d+_\d+):|# %bb\.\d+:)(.*)$")
NAME = re.compile(r'%"?([^"\s]+)"?')
FOR = re.compile(r"^\d+_for_(.*?)(\.(preheader|loopexit|split|us\d*))*\d*$")
PARENT = re.compile(r"Parent Loop (BB\d+_\d+) Depth=")
MEMBER = re.compile(r"in Loop: Header=(BB\d+_\d+) Depth=")
JUMP = re.compile(r"^\t(j\w+)\t\.L(BB\d+_\d+)")
STREAM = "axnorm_stream"


@dataclasses.dataclass(eq=False)
class Block:
    """The code from a label, or from behind a jump, up to the next one."""

    label: str | None
    name: str = ""
    header: str | None = None  # the label of the innermost loop that it is in
    parents: list[str] = dataclasses.field(default_factory=list)  # of a header: the loops around it, from outside
    lines: list[str] = dataclasses.field(default_factory=list)
    next: list["Block"] = dataclasses.field(default_factory=list)

    def is_masked(self):
        """Halide's "else": a vector at the end, of which a part is masked."""
        return re.match(r"next_bb\d*\b", self.name) is not None


@dataclasses.dataclass(eq=False)
class Loop:
    """names: those of the loops around, from outside, and its own."""

    head: Block
    names: list[str]
    around: "Loop | None"
    blocks: list[Block]  # those of loops inside too
    is_innermost: bool

    def path(self):
        return " > ".join(self.names)

    def hot_blocks(self):
        """A turn over whole vectors: what is on a way from the head to the head that is not masked."""
        inside = [block for block in self.blocks if not block.is_masked()]
        hot = reached([self.head], lambda block: [n for n in block.next if n in inside])
        back = reached([self.head], lambda block: [b for b in inside if block in b.next])
        return [block for block in inside if block in hot and block in back]

    def hot_lines(self):
        return [line for block in self.hot_blocks() for line in block.lines]

    def is_streamed(self):
        """Whether what it stores is copied by axnorm_stream() then."""
        copying = self.around
        while copying is not None and not any(STREAM in line for b in copying.blocks for line in b.lines):
            copying = copying.around
        if copying is None:
            return False
        left = [n for b in self.blocks for n in b.next if n not in self.blocks]
        after = reached(left, lambda b: [n for n in b.next if n in copying.blocks and n is not copying.head])
        return any(STREAM in line for block in after if block is not copying.head for line in block.lines)


def reached(start, following):
    found, todo = set(start), list(start)
    while todo:
        for block in following(todo.pop()):
            if block not in found:
                found.add(block)
                todo.append(block)
    return found


def read_blocks(text):
    blocks = [Block(None)]
    in_comments = False
    for line in text.splitlines():
        if match := LABEL.match(line):
            name = NAME.search(match[2])
            blocks.append(Block(match[1], name[1] if name else ""))
            in_comments, line = True, "#" + match[2]
        elif not line.lstrip().startswith("#"):
            in_comments = False
            if line.startswith("\t") and not line.startswith("\t."):
                blocks[-1].lines.append(line)
        if in_comments:
            read_comment(blocks[-1], line)
    connect(blocks)
    return blocks


def read_comment(block, line):
    if "=>" in line:
        block.header = block.label
    elif match := PARENT.search(line):
        block.parents.append(match[1])
    elif match := MEMBER.search(line):
        block.header = match[1]


def connect(blocks):
    labels = {block.label: block for block in blocks if block.label}
    for block, behind in zip(blocks, blocks[1:] + [None]):
        jumps = [match for match in map(JUMP.match, block.lines) if match]
        block.next = [labels[match[2]] for match in jumps if match[2] in labels]
        ends = block.lines and re.match(r"\t(jmp|ret)", block.lines[-1])
        if behind is not None and not ends:
            block.next.append(behind)


def loops_of(text):
    """All loops of a file of assembly, in the order of their heads."""
    blocks = read_blocks(text)
    heads = [block for block in blocks if block.header is not None and block.header == block.label]
    # A block that has another head than its own for parent is inside of all of that head's parents too.
    parents = {head.label: head.parents for head in heads}
    loops = {}
    for head in sorted(heads, key=lambda h: len(h.parents)):
        around = loops[head.parents[-1]] if head.parents else None
        match = FOR.match(head.name)
        name = match[1] if match else f"({head.name or head.label})"
        inside = [b for b in blocks if b.header and (b.header == head.label or head.label in parents[b.header])]
        is_innermost = all(b.header == head.label for b in inside)
        loops[head.label] = Loop(head, (around.names if around else []) + [name], around, inside, is_innermost)
    return [loops[head.label] for head in heads]


def streamed_stmt(stmt):
    """Of Halide's code for a kernel: what is run where the argument `stream` is true; [] where nothing is."""
    lines = stmt.splitlines()
    for i, line in enumerate(lines):
        if line.lstrip().startswith("if ((uint1)stream "):
            indent = line[:len(line) - len(line.lstrip())]
            end = next(j for j in range(i + 1, len(lines)) if lines[j].startswith(indent + "}"))
            return lines[i + 1:end]
    return []


def either_stmt(stmt):
    """The same where one loop stores to a tile or to y: what is run with the choice between them."""
    lines = stmt.splitlines()
    chooses = re.compile(r" *let y_to(\$\d+)? = select\(is_streamed(\$\d+)?, y_tile(\$\d+)?, y\)$")
    return next((lines[i + 1:] for i, line in enumerate(lines) if chooses.match(line)), [])
