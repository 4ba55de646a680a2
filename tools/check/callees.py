# SPDX-License-Identifier: MIT
#
# Who an indirect call can reach, read from clang's unoptimised LLVM IR.
#
# Every place that a function pointer is read from has a key: a struct's field
# ("struct.file_ops", 3), a global or local variable, a parameter. Every
# function that is written to a place (initialisers, assignments) belongs to
# its key; a place assigned from another place takes over all of it, and a
# parameter what its callers hand over. Where the origin is not a named place,
# the answer is every function of the same type that is stored out of sight or
# handed to an indirect call. That is an over-estimate by construction: casts
# between function types apart, a callee can be too many, not missing.
#
# summarize(path) reads one .ll; Callees joins the summaries.
import re

TOKEN = re.compile(r'c"(?:[^"\\]|\\.)*"|%"[^"]*"|@"[^"]*"|[%@!][\w.$-]+|'
                   r'\.\.\.|-?\d[\w.+-]*|[A-Za-z_][\w.]*|<\{|\}>|.')
NAME = re.compile(r'@([\w.$]+|"[^"]*")')


class Reader:
    """A recursive reader of LLVM types and constants."""

    def __init__(self, text):
        self.tokens = [t for t in TOKEN.findall(text) if not t.isspace()]
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self):
        token = self.peek()
        self.at += 1
        return token

    def until(self, close):
        """Skips a bracketed rest, returns its tokens."""
        depth, out = 1, []
        pairs = {"(": 1, "[": 1, "{": 1, "<{": 1, "<": 1,
                 ")": -1, "]": -1, "}": -1, "}>": -1, ">": -1}
        while depth and self.peek():
            token = self.take()
            depth += pairs.get(token, 0)
            if depth:
                out.append(token)
        return out

    def type(self):
        token = self.take()
        if token in ("[", "{", "<{", "<"):
            text = token + " ".join(self.until(None)) + {
                "[": "]", "{": "}", "<{": "}>", "<": ">"}[token]
        else:
            text = token
        while self.peek() in ("*", "(") or self.peek() == "addrspace":
            if self.take() == "*":
                text += "*"
            else:
                text += "(" + " ".join(self.until(")")) + ")"
        return text

    def value(self, type_, owner, found):
        """Reads a constant; calls found(owner, type, function name)."""
        token = self.take()
        if token.startswith("@"):
            found(owner, type_, token[1:].strip('"'))
        elif token in ("{", "<{"):
            index = 0
            while self.peek() not in ("}", "}>", ""):
                inner = self.type()
                where = (type_.lstrip("%"), index)
                self.value(inner, where, found)
                index += 1
                if self.peek() == ",":
                    self.take()
            self.take()
        elif token == "[":
            while self.peek() not in ("]", ""):
                inner = self.type()
                self.value(inner, owner, found)
                if self.peek() == ",":
                    self.take()
            self.take()
        elif token in ("getelementptr", "bitcast", "ptrtoint", "inttoptr",
                       "sub", "add", "trunc"):
            while self.peek() not in ("(", ""):
                self.take()
            self.take()
            for name in self.until(")"):
                if name.startswith("@") and token == "bitcast":
                    found(owner, type_, name[1:])


def shape(type_):
    """A function pointer's type without what does not matter."""
    return re.sub(r"\s+", "", type_.rstrip("*"))


class Summary:
    def __init__(self):
        self.parameters = {}  # title -> [(index, shape)] of pointers to code
        self.places = {}   # key -> set of function titles
        self.flows = []    # (from key, to key)
        self.escaped = {}  # shape -> set of titles
        self.sites = {}    # "file:line" -> list of keys
        self.titles = {}
        self.bodies = {}   # title -> Body, for locks.py
        self.fields = {}   # struct -> names of its fields

    def put(self, key, title):
        self.places.setdefault(repr(key), set()).add(title)

    def escape(self, type_, title):
        self.escaped.setdefault(shape(type_), set()).add(title)


def is_code(type_):
    return type_.endswith(")*")


class Body:
    """The calls of a function, in its blocks: what locks.py walks."""

    def __init__(self):
        self.blocks = {}  # label -> [call]
        self.ways = {}    # label -> [(next label, register or None, taken)]
        self.truth = {}   # register -> (call's register, it is inverted)


class Call:
    def __init__(self, register, callee, keys, where, arguments):
        self.register, self.callee, self.keys = register, callee, keys
        self.where, self.arguments = where, arguments


class Module:
    def __init__(self, path, source):
        self.text = open(path, encoding="utf-8", errors="replace").read()
        self.source = source
        self.out = Summary()
        self.meta, self.private = {}, {}
        self.functions = {}
        self.read_metadata()
        self.rename_private()
        self.read_names()
        self.read_types()

    def read_metadata(self):
        for line in self.text[self.text.rfind("\n!llvm."):].splitlines():
            found = re.match(r"(!\d+) = (?:distinct )?!DI(File|Subprogram|"
                             r"LexicalBlock\w*|Location)\((.*)\)$", line)
            if found:
                fields = dict(re.findall(r'(\w+): ("[^"]*"|[^,)]+)', found[3]))
                self.meta[found[1]] = (found[2], fields)

    def rename_private(self):
        """A struct that a .c file defines is no other file's of that name."""
        for name, ref in re.findall(
                r"^!\d+ = .*DICompositeType\(tag: DW_TAG_structure_type, "
                r'name: "(\w+)", file: (!\d+)', self.text, re.M):
            path = self.file_of(ref)
            if path.endswith(".c"):
                stem = path.rsplit("/", 1)[-1][:-2]
                self.text = re.sub(r"%struct\." + name + r"(?![\w.])",
                                   f"%struct.{name}.of.{stem}", self.text)
                self.private[name] = f"struct.{name}.of.{stem}"

    def file_of(self, ref):
        """The source file of a subprogram, block or location."""
        for _ in range(50):
            kind, fields = self.meta.get(ref, (None, {}))
            if kind == "File":
                return fields["filename"].strip('"')
            if kind is None:
                return self.source
            ref = fields.get("file" if kind != "Location" else "scope", "")
        return self.source

    def line_of(self, ref):
        kind, fields = self.meta.get(ref, (None, {}))
        return f'{self.file_of(ref)}:{fields.get("line", 0)}'

    def read_names(self):
        for line in self.text.splitlines():
            if not line.startswith("define "):
                if line.startswith("declare "):
                    found = NAME.search(line)
                    self.functions[found[1]] = found[1]
                continue
            name = NAME.search(line)[1]
            title = name
            if " internal " in line[:40] or " private " in line[:40]:
                title = f"{self.source}:{name}"  # as in gcc's graph
            self.functions[name] = title

    def read_types(self):
        """Named struct types by their number of fields: clang writes some
        initialisers with a literal type, whose name is found again so."""
        self.types, self.fields = {}, {}
        for name, body in re.findall(r"^%([\w.]+) = type <?\{ ?(.*?) ?\}>?$",
                                     self.text, re.M):
            reader, fields = Reader(body), []
            while reader.peek():
                fields.append(reader.type())
                reader.take()
            self.types.setdefault(len(fields), []).append((name, fields))
            self.fields[name] = fields

    def field(self, type_, indices):
        """The key of a nested field; None when it is not a struct's."""
        key = None
        for index in indices:
            if type_.startswith("%"):
                if not index.isdigit():
                    return key
                key = (type_[1:], int(index))
                fields = self.fields.get(type_[1:], [])
                type_ = fields[int(index)] if int(index) < len(fields) else ""
            elif type_.startswith("["):
                found = re.match(r"\[\s*\d+ x (.*)\]$", type_)
                type_ = found[1].strip() if found else ""
        return key

    def named(self, literal):
        """The struct types that a literal type can stand for."""
        reader, fields = Reader(literal.strip("<{}> ")), []
        while reader.peek():
            fields.append(reader.type())
            reader.take()

        def same(name, have):
            return name == have or \
                (name.startswith("{") and is_code(have)) or \
                (name[0] == "%" and have[0] == "{")
        return [name for name, own in self.types.get(len(fields), ())
                if all(same(a, b) for a, b in zip(own, fields))]

    def found_constant(self, variable):
        def found(owner, type_, name):
            if name not in self.functions or not is_code(type_):
                return
            if owner and owner[0][0] in "{<":
                for struct in self.named(owner[0]):
                    self.out.put((struct, owner[1]), self.functions[name])
                self.out.put(variable, self.functions[name])
                self.out.escape(type_, self.functions[name])
            elif owner:
                self.out.put(owner, self.functions[name])
            else:
                self.out.put(variable, self.functions[name])
                self.out.escape(type_, self.functions[name])
        return found

    def variable(self, name):
        line = " " + self.globals.get(name, "")
        local = " internal " in line or " private " in line
        return ("global", f"{self.source}:{name}" if local else name)

    def read_global(self, name, rest):
        rest = re.sub(r"^.*?\b(global|constant) ", "", rest)
        reader = Reader(rest)
        type_ = reader.type()
        if reader.peek() in ("", ","):
            return
        owner = None
        reader.value(type_, owner, self.found_constant(self.variable(name)))

    def run(self):
        self.globals = dict(re.findall(r"^@([\w.$]+) = (.*)$", self.text, re.M))
        for name, rest in self.globals.items():
            if "@" in rest and not re.match(r".*\bc\"", rest[:80]):
                self.read_global(name, rest)
        for body in re.finditer(r"^define .*?^}", self.text, re.M | re.S):
            Function(self, body[0]).run()
        self.read_fields()
        return self.out

    def read_fields(self):
        """Names of the fields of each struct, from the debug information."""
        lists = dict(re.findall(r"^(!\d+) = !\{(.*)\}$", self.text, re.M))
        member = dict(re.findall(
            r'^(!\d+) = !DIDerivedType\(tag: DW_TAG_member, name: "(\w+)"',
            self.text, re.M))
        for name, elements in re.findall(
                r"^!\d+ = .*DICompositeType\(tag: DW_TAG_structure_type, "
                r'name: "(\w+)".*elements: (!\d+)', self.text, re.M):
            self.out.fields[self.private.get(name, "struct." + name)] = [
                member.get(e.strip(), "?")
                for e in lists.get(elements, "").split(",")]


ATTRIBUTE = re.compile(
    r"\b(noundef|zeroext|signext|nonnull|noalias|fastcc|nocapture|"
    r"byval\([^)]*\)|sret\([^)]*\)|align \d+|"
    r"dereferenceable(?:_or_null)?\(\d+\)) ?")
OPERAND = re.compile(r"(%[\w.]+|@[\w.$]+)")


class Function:
    def __init__(self, module, body):
        self.module = module
        self.lines = body.splitlines()
        self.name = module.functions[NAME.search(self.lines[0])[1]]
        self.origin = {}  # register -> key of the place it points to
        self.value = {}   # register -> key of the place it was read from
        self.loaded = {}
        self.inside = {}  # local variable -> key of what it points to
        self.body = Body()
        self.count = 0
        self.read_parameters(self.lines[0])
        module.out.bodies[self.name] = self.body

    def points_to(self, operand):
        """The key of the object that a pointer operand points to."""
        if operand.startswith("@"):
            return ("global", operand[1:]) \
                if operand[1:] in self.module.functions else \
                self.module.variable(operand[1:])
        if operand in self.origin:
            return self.origin[operand]
        place = self.value.get(operand) or self.loaded.get(operand)
        if operand[1:].isdigit() and int(operand[1:]) < self.count:
            return ("parameter", self.name, int(operand[1:]))
        if place and place[0] == "local":
            return self.inside.get(place[2])
        return ("through",) + place if place else None

    def read_parameters(self, line):
        """Parameters are the registers %0, %1, ... in order."""
        text = ATTRIBUTE.sub("", line[NAME.search(line).end():])
        reader, index, found = Reader(text), 0, []
        reader.take()
        while reader.peek() not in (")", "...", ""):
            type_ = reader.type()
            if is_code(type_):
                found.append((index, shape(type_)))
                self.value[f"%{index}"] = ("parameter", self.name, index)
            reader.take()
            index += 1
            if reader.peek() == ",":
                reader.take()
        self.count = index
        if found:
            self.module.out.parameters[self.name] = found

    def place(self, operand):
        """The key of the place behind a pointer operand."""
        if operand.startswith("@"):
            return self.module.variable(operand[1:])
        return self.origin.get(operand)

    def operand(self, reader):
        """The place behind an operand that may be a constant expression:
        getelementptr inbounds (%struct.x, %struct.x* @name, i32 0, i32 1)"""
        token = reader.take()
        if token not in ("getelementptr", "bitcast"):
            return self.place(token)
        while reader.peek() not in ("(", ""):
            reader.take()
        reader.take()
        type_ = reader.type()
        if token == "bitcast":
            place = self.operand(reader)
            reader.until(")")
            return place
        reader.take()
        reader.type()
        base = self.operand(reader)
        indices = []
        while reader.peek() == ",":
            reader.take()
            reader.type()
            indices.append(reader.take())
        reader.take()
        return self.module.field(type_, indices[1:]) or base

    def run(self):
        label, calls = "entry", []
        self.body.blocks[label] = calls
        for line in self.lines[1:]:
            head = re.match(r"([\w.]+):", line)
            if head:
                label, calls = head[1], []
                self.body.blocks[label] = calls
                continue
            line = line.strip()
            if " = getelementptr" in line:
                self.gep(line)
            elif " = alloca" in line:
                register = line.split(" ", 1)[0]
                self.origin[register] = ("local", self.name, register)
            elif " = load" in line:
                self.load(line)
            elif " = bitcast" in line or " = phi" in line or \
                    " = select" in line:
                self.copy(line)
            elif line.startswith("store "):
                self.store(line)
            elif line.startswith("ret "):
                self.returned(line)
            elif line.startswith(("br ", "switch ")) or line.startswith("i32 "):
                self.leave(label, line)
            elif " = xor i1" in line or " = icmp " in line:
                self.test(line)
            if re.match(r"(%[\w.]+ = )?(tail |musttail |notail )?call ", line):
                self.call(line, calls)

    def leave(self, label, line):
        """The ways out of a block."""
        ways = self.body.ways.setdefault(label, [])
        labels = re.findall(r"label %([\w.]+)", line)
        found = re.match(r"br i1 (%[\w.]+),", line)
        for index, to in enumerate(labels):
            ways.append((to, found[1] if found else None, index == 0))

    def test(self, line):
        """A condition that is another one inverted, or is "not zero"."""
        found = re.match(r"(%[\w.]+) = xor i1 (%[\w.]+), true", line)
        if found:
            self.body.truth[found[1]] = (found[2], True)
        found = re.match(r"(%[\w.]+) = icmp (ne|eq) \S+ (%[\w.]+), 0", line)
        if found:
            self.body.truth[found[1]] = (found[3], found[2] == "eq")

    def gep(self, line):
        register = line.split(" ", 1)[0]
        rest = re.sub(r"^.*?getelementptr (inbounds )?", "", line)
        reader = Reader(rest.split(", !dbg")[0])
        type_ = reader.type()
        reader.take()
        reader.type()
        token = reader.peek()
        base = self.operand(reader)
        indices = []
        while reader.peek() == ",":
            reader.take()
            reader.type()
            indices.append(reader.take())
        place = self.module.field(type_, indices[1:]) or base or \
            self.value.get(token)
        if place:
            self.origin[register] = place

    def load(self, line):
        register, rest = line.split(" = load ", 1)
        rest = rest.replace("volatile ", "").replace("atomic ", "")
        reader = Reader(rest.split(", !dbg")[0])
        reader.type()
        reader.take()
        reader.type()
        place = self.operand(reader)
        if place:
            self.value[register] = place
            self.loaded[register] = place
            if place[0] == "local" and place[2] in self.body.truth:
                self.body.truth[register] = self.body.truth[place[2]]

    def copy(self, line):
        register, rest = line.split(" = ", 1)
        for operand in OPERAND.findall(rest.split("!dbg")[0]):
            if operand in self.value:
                self.value[register] = self.value[operand]
            if self.place(operand) and operand.startswith("%") and \
                    "bitcast" in rest:
                self.origin[register] = self.place(operand)
            name = operand[1:]
            if operand[0] == "@" and name in self.module.functions:
                key = ("choice", self.name, register)
                self.module.out.put(key, self.module.functions[name])
                if register in self.value:
                    self.module.out.flows.append(
                        (repr(self.value[register]), repr(key)))
                self.value[register] = key

    def store(self, line):
        line = line.replace("volatile ", "").replace("atomic ", "")
        reader = Reader(line[6:].split(", !dbg")[0])
        type_ = reader.type()
        if not is_code(type_):
            self.remember(type_, reader)
            return
        what = reader.take()
        if what == "bitcast":
            reader.take()
            inner = reader.until(")")
            what = next((t for t in inner if t[0] == "@"), "")
        while reader.peek() not in (",", ""):
            reader.take()
        reader.take()
        reader.type()
        self.flow(type_, what, self.operand(reader))

    def remember(self, type_, reader):
        """What a local pointer points to; the call that gave a local number."""
        if type_[-1] == "*":
            what = reader.peek()
            target = self.operand(reader) if what[:1] != "%" else \
                self.points_to(reader.take())
            reader.take()
            reader.type()
            place = self.operand(reader)
            if place and place[0] == "local" and target:
                self.inside[place[2]] = target
            return
        what = reader.take()
        reader.take()
        reader.type()
        place = self.operand(reader)
        if place and place[0] == "local":
            self.body.truth[place[2]] = (what, False)

    def flow(self, type_, what, to):
        out = self.module.out
        if what.startswith("@") and what[1:] in self.module.functions:
            title = self.module.functions[what[1:]]
            if to:
                out.put(to, title)
            else:
                out.escape(type_, title)
        elif what.startswith("%") and to:
            source = self.value.get(what, ("type", shape(type_)))
            out.flows.append((repr(source), repr(to)))

    def call(self, line, calls):
        dbg = re.search(r"!dbg (!\d+)", line)
        text = re.sub(r"^.*?call ", "", line).split(", !dbg")[0]
        text = ATTRIBUTE.sub("", text)
        if text.startswith("void asm") or " asm " in text.split("(")[0]:
            return
        if text.startswith("void @llvm.dbg"):
            return
        register = line.split(" = ")[0] if line.startswith("%") else None
        where = self.module.line_of(dbg[1]) if dbg else self.name
        reader = Reader(text)
        type_ = reader.type()
        callee = reader.take()
        if not callee.startswith("%"):
            title = self.module.functions.get(callee[1:])
            _, operands = self.arguments(reader, title)
            calls.append(Call(register, title, None, where, operands))
            return
        types, operands = self.arguments(reader, None)
        full = type_ if type_.endswith(")") else \
            f"{type_}({' , '.join(types)})"
        key = (repr(self.value.get(callee, ("type", shape(full)))),
               shape(full))
        self.module.out.sites.setdefault(where, []).append(key)
        calls.append(Call(register, None, key, where, operands))

    def arguments(self, reader, callee):
        """Functions that are handed on; to whom, when that is known."""
        out, types, operands = self.module.out, [], []
        reader.take()
        while reader.peek() not in (")", ""):
            type_ = reader.type()
            if reader.peek() in ("metadata", ""):
                break
            to = ("parameter", callee, len(types)) if callee else \
                ("type", shape(type_))
            types.append(type_)
            at = reader.at
            token = reader.take()
            operands.append(self.points_to(token) if token[0] in "%@" else
                            None)
            if token in ("bitcast", "getelementptr", "ptrtoint"):
                while reader.take() not in ("(", ""):
                    pass
                for name in reader.until(")"):
                    if name[0] == "@" and name[1:] in self.module.functions:
                        out.escape(type_, self.module.functions[name[1:]])
                after, reader.at = reader.at, at
                operands[-1] = self.operand(reader)
                reader.at = after
            elif token[0] == "@" and token[1:] in self.module.functions:
                out.put(to, self.module.functions[token[1:]])
            elif is_code(type_):
                out.flows.append((repr(self.value.get(
                    token, ("type", shape(type_)))), repr(to)))
            if reader.peek() == ",":
                reader.take()
        return types, operands

    def returned(self, line):
        reader = Reader(line[4:].split(", !dbg")[0])
        type_ = reader.type()
        if is_code(type_):
            self.flow(type_, reader.take(), ("type", shape(type_)))


def summarize(path, source):
    return Module(path, source).run()


class Callees:
    """All modules together: the functions behind each key."""

    def __init__(self):
        self.places, self.flows, self.escaped, self.sites = {}, {}, {}, {}
        self.parameters, self.bodies, self.fields = {}, {}, {}

    def add(self, one):
        self.bodies.update(one.bodies)
        self.fields.update(one.fields)
        self.parameters.update(one.parameters)
        for key, titles in one.places.items():
            self.places.setdefault(key, set()).update(titles)
        for shape_, titles in one.escaped.items():
            self.escaped.setdefault(shape_, set()).update(titles)
        for source, to in one.flows:
            self.flows.setdefault(source, set()).add(to)
        for where, keys in one.sites.items():
            self.sites.setdefault(where, set()).update(keys)

    def settle(self):
        for shape_, titles in self.escaped.items():
            key = repr(("type", shape_))
            self.places.setdefault(key, set()).update(titles)
        # Who is reached indirectly may be handed anything of the type.
        reached = set().union(*(
            titles for key, titles in self.places.items()))
        for title in reached & set(self.parameters):
            for index, shape_ in self.parameters[title]:
                self.flows.setdefault(repr(("type", shape_)), set()).add(
                    repr(("parameter", title, index)))
        work = list(self.places)
        while work:
            source = work.pop()
            for to in self.flows.get(source, ()):
                have = self.places.setdefault(to, set())
                if not self.places[source] <= have:
                    have |= self.places[source]
                    work.append(to)

    def at(self, where):
        """The callees at "file:line", or None when no call is known there.
        gcc and clang may name different lines of one call."""
        path, line = where.rsplit(":", 1)
        for near in [0] + [d * s for d in range(1, 9) for s in (-1, 1)]:
            keys = self.sites.get(f"{path}:{int(line) + near}")
            if keys:
                return set().union(*(self.behind(*k) for k in keys)), keys
        return None, None

    def never_set(self, keys):
        """Fields of structs that nobody writes a function to: NULL."""
        return bool(keys) and all(
            key.startswith(("('struct.", "('union.")) and
            key not in self.places for key, _ in keys)

    def behind(self, key, shape_):
        return self.places.get(key) or self.escaped.get(shape_, set())
