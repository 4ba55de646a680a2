#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The worst stack depth of every entry point, computed from gcc's own
# -fcallgraph-info=su (frame sizes and calls, return addresses included).
# Indirect calls are resolved by callees.py from clang's reading of the same
# sources. Nothing is guessed: an indirect call without a known callee, a
# recursion without a bound and a frame of unknown size are failures.
# What a program cannot know stands in tools/check/stack.conf, with reasons.
#
#     O=build tools/check/stack.py [-v] [--path FUNCTION] [--why FILE:LINE]
#
# -v prints every system call; --path the frames on the worst way down from
# FUNCTION; --why what an indirect call can reach. Prints the worst depths and fails when one passes its limit.
import concurrent.futures
import glob
import os
import pickle
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import callees  # noqa: E402

sys.setrecursionlimit(100000)
OUT = os.environ.get("O", "build")
CLANG = os.environ.get("CLANG", "clang")
CONF = "tools/check/stack.conf"
CLANG_FLAGS = ("-std=gnu17 -O0 -g -ffreestanding -I. -mno-red-zone "
               "-mgeneral-regs-only -mcmodel=kernel -fno-pic -w "
               "-Xclang -disable-llvm-passes -S -emit-llvm").split()


def sources():
    """The .c files of the objects that the build made."""
    for ci in sorted(glob.glob(OUT + "/**/*.ci", recursive=True)):
        source = os.path.relpath(ci, OUT)[:-3] + ".c"
        if os.path.exists(source) and \
                source.split("/")[0] in ("lib", "kernel", "net", "fs"):
            yield ci, source


def summary_of(job):
    """callees.Summary of one source, remembered beside the object."""
    ci, source = job
    ir = f"{OUT}/check/{source[:-2]}.ll"
    kept = ir[:-3] + ".pickle"
    tool = os.path.getmtime(callees.__file__)
    if os.path.exists(kept) and \
            os.path.getmtime(kept) > max(os.path.getmtime(ci), tool):
        return pickle.load(open(kept, "rb"))
    os.makedirs(os.path.dirname(ir), exist_ok=True)
    run = subprocess.run([CLANG, *CLANG_FLAGS, "-o", ir, source],
                         capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"stack: clang refuses {source}\n{run.stderr}")
    found = callees.summarize(ir, source)
    os.remove(ir)
    pickle.dump(found, open(kept, "wb"))
    return found


NODE = re.compile(r'node: \{ title: "([^"]*)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"'
                  r'(?: label: "([^"]*)")?')


class Graph:
    def __init__(self):
        self.frames, self.dynamic = {}, set()
        self.calls, self.indirect = {}, {}

    def read(self, ci):
        for line in open(ci, encoding="utf-8"):
            if line.startswith("node:"):
                self.node(*NODE.match(line).groups())
            elif line.startswith("edge:"):
                self.edge(*EDGE.match(line).groups())

    def node(self, title, label):
        size = re.search(r"(\d+) bytes \(([\w,]+)\)", label)
        if size:
            self.frames[title] = max(self.frames.get(title, 0), int(size[1]))
            if "dynamic" in size[2] and "bounded" not in size[2]:
                self.dynamic.add(title)

    def edge(self, source, target, where):
        if target == "__indirect_call":
            self.indirect.setdefault(source, set()).add(
                re.sub(r":\d+$", "", where or ""))
        else:
            self.calls.setdefault(source, set()).add(target)

    def titles(self, function):
        """A function and the copies that gcc made of it."""
        if function in self.frames:
            return [function]
        return [t for t in self.frames if t.startswith(function + ".")]


class Conf:
    """stack.conf: one directive a line; see there."""

    def __init__(self):
        self.roots, self.each, self.cut, self.calls = [], [], set(), []
        self.leaf, self.bound, self.asm, self.reach = set(), {}, {}, {}
        self.below = {}
        for line in open(CONF, encoding="utf-8"):
            words = line.split("#")[0].split()
            if words:
                getattr(self, "do_" + words[0])(*words[1:])

    def do_root(self, limit, function):
        self.roots.append((int(limit), function))

    def do_each(self, limit, function):
        self.each.append((int(limit), function))

    def do_cut(self, caller, callee, *why):
        self.cut.add((caller, callee))

    def do_calls(self, caller, callee, *why):
        self.calls.append((caller, callee))

    def do_leaf(self, function, *why):
        self.leaf.add(function)

    def do_bound(self, function, times, *why):
        self.bound[function] = int(times)

    def do_below(self, function, word, *banned):
        self.below[function] = frozenset(banned) | \
            self.below.get(function, frozenset())

    def do_asm(self, function, size, *why):
        self.asm[function] = int(size)

    def do_reach(self, caller, *functions):
        self.reach[caller] = functions


class Depth:
    def __init__(self, graph, conf, known):
        self.graph, self.conf, self.known = graph, conf, known
        self.problems, self.memo, self.component = [], {}, {}
        self.edges = {f: self.resolve(f) for f in graph.frames}
        for caller, callee in conf.calls:
            self.edges.setdefault(caller, set()).add(callee)
            graph.frames.setdefault(caller, conf.asm.get(caller, 0))
        self.find_cycles()

    def is_cut(self, caller, callee):
        short = callee.rsplit(":", 1)[-1]
        return callee in self.conf.leaf and False or \
            {(caller, callee), ("*", callee), (caller, "*"),
             (caller.rsplit(":", 1)[-1], short), ("*", short),
             (caller.rsplit(":", 1)[-1], "*")} & self.conf.cut

    def plain(self, function):
        return function.rsplit(":", 1)[-1].split(".")[0]

    def resolve(self, function):
        """All direct callees of a function, indirect ones resolved."""
        out = set()
        if self.plain(function) in self.conf.leaf:
            return out
        for target in self.graph.calls.get(function, ()):
            out.add(target)
        for where in self.graph.indirect.get(function, ()):
            if self.plain(function) in self.conf.reach:
                found = set(self.conf.reach[self.plain(function)])
            else:
                found, keys = self.known.at(where)
            if not found and not self.known.never_set(keys):
                self.problems.append(
                    (function, f"{where}: in {function}: "
                     "indirect call without a known callee"))
            for name in found or ():
                titles = self.graph.titles(name)
                # A static function that gcc did not emit cannot be called;
                # its code went into its callers, whose frames count.
                if not titles and ":" not in name and \
                        name not in self.conf.asm:
                    self.problems.append(
                        (function, f"{where}: {name}: not in gcc's graph"))
                out.update(titles)
        return {t for t in out if not self.is_cut(function, t)}

    def find_cycles(self):
        """Tarjan, iteratively: strongly connected components."""
        index, low, stack, on = {}, {}, [], set()
        self.members = {}
        for start in list(self.edges):
            if start in index:
                continue
            work = [(start, iter(sorted(self.edges.get(start, ()))))]
            index[start] = low[start] = len(index)
            stack.append(start)
            on.add(start)
            while work:
                at, rest = work[-1]
                for to in rest:
                    if to not in index:
                        index[to] = low[to] = len(index)
                        stack.append(to)
                        on.add(to)
                        work.append(
                            (to, iter(sorted(self.edges.get(to, ())))))
                        break
                    if to in on:
                        low[at] = min(low[at], index[to])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[at])
                    if low[at] == index[at]:
                        self.close(at, stack, on)

    def close(self, at, stack, on):
        group = []
        while True:
            one = stack.pop()
            on.discard(one)
            group.append(one)
            self.component[one] = at
            if one == at:
                break
        self.members[at] = group

    def frame(self, function):
        if function in self.graph.dynamic:
            self.problems.append((function, f"{function}: a frame without "
                                  "a fixed size"))
        if function in self.graph.frames:
            return self.graph.frames[function]
        return self.conf.asm.get(function, 64)  # assembly, built-ins

    def group(self, function):
        return self.members.get(self.component.get(function), [function])

    def start(self, function):
        """How often each bounded function of a cycle may still be entered."""
        return tuple(sorted(
            (f, self.conf.bound[self.plain(f)]) for f in self.group(function)
            if self.plain(f) in self.conf.bound))

    def enter(self, at, to, left, banned=frozenset()):
        """The state after a call: rounds left, what cannot come below.
        None when the call cannot be."""
        short = self.plain(to)
        if short in banned or to in banned:
            return None
        if self.component.get(to) != self.component.get(at):
            left = self.start(to)
        counts = dict(left)
        if to in counts:
            counts[to] -= 1
            if counts[to] < 0:
                return None
        banned |= self.conf.below.get(short, frozenset())
        return (to, tuple(sorted(counts.items())), banned)

    def of(self, function):
        """(depth, next step) from an entry on."""
        return self.walk(self.enter(None, function, ()))

    def walk(self, state):
        """The worst way down from a state."""
        function = state[0]
        if state in self.memo:
            if self.memo[state] is None:  # came back without a bound
                cycle = self.one_cycle(self.group(function))
                self.problems.append(
                    (function, "recursion without a bound: " +
                     " -> ".join(cycle) +
                     f" ({len(self.group(function))} functions)"))
                return (0, None)
            return self.memo[state]
        self.memo[state] = None
        worst = (0, None)
        for to in self.edges.get(function, ()):
            after = self.enter(function, to, *state[1:])
            if after is not None:
                worst = max(worst, (self.walk(after)[0], after),
                            key=lambda w: w[0])
        self.memo[state] = (self.frame(function) + worst[0], worst[1])
        return self.memo[state]

    def one_cycle(self, group):
        """A shortest way round, for the message."""
        inside, best = set(group), None
        for start in sorted(group)[:40]:
            before, queue = {start: None}, [start]
            while queue:
                at = queue.pop(0)
                for to in sorted(self.edges.get(at, ())):
                    if to == start:
                        way = [start]
                        while at:
                            way.append(at)
                            at = before[at]
                        way.reverse()
                        if not best or len(way) < len(best):
                            best = way
                        queue = []
                        break
                    if to in inside and to not in before:
                        before[to] = at
                        queue.append(to)
        return best or group

    def path(self, function):
        step = self.enter(None, function, ())
        while step:
            depth, after = self.walk(step)
            yield f"{depth:7} {self.frame(step[0]):6}  {step[0]}"
            step = after

    def reached(self, function):
        seen, work = set(), [function]
        while work:
            at = work.pop()
            if at not in seen:
                seen.add(at)
                work.extend(self.edges.get(at, ()))
        return seen


def load():
    graph, known = Graph(), callees.Callees()
    jobs = list(sources())
    if not jobs:
        raise SystemExit(f"stack: no call graphs in {OUT}: build first")
    for ci, _ in jobs:
        graph.read(ci)
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for one in pool.map(summary_of, jobs, chunksize=4):
            known.add(one)
    known.settle()
    return graph, known


def main():
    verbose = "-v" in sys.argv
    conf = Conf()
    graph, known = load()
    depth = Depth(graph, conf, known)
    rows, failed = [], False
    for limit, function in conf.roots:
        if function not in graph.frames:
            print(f"stack: no function {function}")
            failed = True
            continue
        rows.append((function, limit, [(depth.of(function)[0], function)]))
    for limit, function in conf.each:
        if function not in graph.frames:
            print(f"stack: no function {function}")
            failed = True
            continue
        rows.append((function, limit, sorted(
            ((depth.of(f)[0] + graph.frames[function], f)
             for f in depth.edges[function]), reverse=True)))
    for function, limit, found in rows:
        for size, name in found:
            if size > limit:
                failed = True
            if verbose or size > limit:
                print(f"{size:7} {name}{' OVER' if size > limit else ''}")
        size, name = found[0] if found else (0, "nothing")
        print(f"stack: {function}: worst {size} of {limit} bytes ({name}), "
              f"{len(found)} entries")
    if "--why" in sys.argv:
        found, keys = known.at(sys.argv[sys.argv.index("--why") + 1])
        print("keys", sorted(keys or ()), "callees", sorted(found or ()))
    if "--path" in sys.argv:
        for line in depth.path(sys.argv[sys.argv.index("--path") + 1]):
            print(line)
    reached = set()
    for function, _, found in rows:
        reached |= depth.reached(function)
        for _, name in found:
            reached |= depth.reached(name)
    problems = {text for at, text in depth.problems if at in reached}
    for text in sorted(problems):
        print("stack:", text)
    return 1 if failed or problems else 0


if __name__ == "__main__":
    sys.exit(main())
