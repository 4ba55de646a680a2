#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The order of locks, found in the code: for each lock, which others may be
# taken while it is held, in the same function or anywhere below it. Reports
# two kinds of mistake: a ring in that order (two threads may wait for each
# other), and sleeping with a spinlock held. Locks are classes: a field of a
# struct or a variable, not single objects.
#
# How: clang's unoptimised IR (callees.py) gives each function's blocks and
# calls. A lock is held on every way from its taking to its giving back, over
# branches and through functions that return with it. Conditions that are the
# result of a trylock are followed. What the program cannot know stands in
# tools/check/locks.conf, with reasons.
#
#     O=build tools/check/locks.py [-v] [--edge FROM TO]
#
# -v prints the whole order; --edge one place where TO is taken under FROM.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stack  # noqa: E402

CONF = "tools/check/locks.conf"
SLEEP = "sleeping"

# function: (kind, what it does with its first argument)
LOCKS = {
    "spin_lock": ("spin", "take"), "spin_lock_irqsave": ("spin", "take"),
    "spin_trylock": ("spin", "try"), "spin_unlock": ("spin", "give"),
    "spin_unlock_irqrestore": ("spin", "give"),
    "mutex_lock": ("mutex", "take"), "mutex_unlock": ("mutex", "give"),
    "mutex_lock_interruptible": ("mutex", "try0"),
    "mutex_trylock": ("mutex", "try"),
    "rwmutex_read_lock": ("mutex", "take"),
    "rwmutex_write_lock": ("mutex", "take"),
    "rwmutex_read_unlock": ("mutex", "give"),
    "rwmutex_write_unlock": ("mutex", "give"),
    "page_lock": ("mutex", "take"), "page_trylock": ("mutex", "try"),
    "page_unlock": ("mutex", "give"),
}


def plain(title):
    return title.rsplit(":", 1)[-1].split(".")[0]


class Summary:
    """What a function does with locks, seen from its callers."""

    def __init__(self):
        self.takes = {}    # lock -> (locks surely given before, how)
        self.left = set()  # held at its end
        self.given = set()  # given back without having been taken


class Locks:
    def __init__(self, known):
        self.known = known
        self.kinds, self.edges = {SLEEP: "sleep"}, {}
        self.conf()
        self.summaries = {t: Summary() for t in known.bodies}
        # Touching user memory means a page fault, as stack.conf says.
        self.beyond = {c[0]: c[1] for c in stack.Conf().calls}
        self.targets = {}

    def conf(self):
        self.allowed, self.silent, self.sleepers = set(), set(), set()
        self.aliases, self.balanced, self.returns = {}, set(), {}
        self.below, self.without = {}, set()
        for line in open(CONF, encoding="utf-8"):
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "allow":
                self.allowed.add((words[1], words[2]))
            elif words[0] == "skip":
                self.silent.add(words[1])
            elif words[0] == "without":
                self.without.add((words[1], words[2]))
            elif words[0] == "below":
                self.below[words[1]] = dict(
                    pair.split("=") for pair in words[2:] if "=" in pair)
            elif words[0] == "returns":
                self.returns[words[1]] = set(words[2:])
            elif words[0] == "balanced":
                self.balanced.add(words[1])
            elif words[0] == "sleeps":
                self.sleepers.add(words[1])
            elif words[0] == "alias":
                self.aliases[words[1]] = words[2]

    def name(self, key):
        """A class's name, as people write it: process.lock, caches_lock."""
        if key is None:
            return None
        if key[0] in ("parameter",):
            return key
        if key[0] == "global":
            path, _, out = key[1].rpartition(":")
            if path:
                out = path.rsplit("/", 1)[-1][:-2] + ":" + out
        elif key[0].startswith("struct."):
            fields = self.known.fields.get(key[0], [])
            index = key[1]
            struct, _, stem = key[0][7:].partition(".of.")
            out = (stem + ":" if stem else "") + struct + "." + (
                fields[index] if index < len(fields) else str(index))
        else:
            return None
        return self.aliases.get(out, out)

    def lock_of(self, call, function):
        if function.startswith("page_"):
            return "page"
        return self.name(call.arguments[0] if call.arguments else None)

    def callees(self, call):
        if call.callee:
            return [self.beyond.get(call.callee, call.callee)]
        return self.known.behind(*call.keys)

    def bind(self, lock, call):
        """A lock that the callee has as its parameter, in the caller."""
        if isinstance(lock, tuple):
            index = lock[2]
            return self.name(call.arguments[index]
                             if index < len(call.arguments) else None)
        return lock

    def step(self, call, held, gone, out, title):
        """One call: what is held afterwards."""
        for callee in self.callees(call):
            function = plain(callee)
            if function in self.silent or \
                    (plain(title), function) in self.without:
                continue
            if function in self.sleepers:
                self.take(SLEEP, held, gone, out, title, call.where)
            if function in LOCKS:
                kind, act = LOCKS[function]
                lock = self.lock_of(call, function)
                if lock is None:
                    continue
                if not isinstance(lock, tuple):
                    self.kinds[lock] = kind
                if act == "give":
                    if lock in held:
                        held = held - {lock}
                    else:
                        out.given.add(lock)
                    gone = gone | {lock}
                    continue
                if act == "take":
                    if kind == "mutex":
                        self.take(SLEEP, held, gone, out, title, call.where)
                    self.take(lock, held, gone, out, title, call.where)
                held = held | {lock}
                continue
            below = self.summaries.get(callee)
            if not below:
                continue
            for lock, (before, how) in list(below.takes.items()):
                bound = self.bind(lock, call)
                if bound is None:
                    continue
                before = {self.bind(b, call) for b in before}
                self.take(bound, held - before, gone | before, out, title,
                          (call.where, callee, lock))
            given = {self.bind(b, call) for b in below.given} - {None}
            out.given |= given - held
            held = held - given
            gone = gone | given
            held = held | ({self.bind(b, call) for b in below.left} - {None})
        return held, gone

    def take(self, lock, held, gone, out, title, how):
        for outer in held:
            if isinstance(outer, tuple) or isinstance(lock, tuple):
                continue
            self.edges.setdefault((outer, lock), (title, how))
        had = out.takes.get(lock)
        if had is None:
            out.takes[lock] = (frozenset(gone), (title, how))
        elif not had[0] <= gone:
            out.takes[lock] = (had[0] & gone, had[1])

    def walk(self, title, body):
        """Follows a function's blocks; its new summary."""
        out = Summary()
        entry = (frozenset(), frozenset())
        states, work = {"entry": entry}, ["entry"]
        while work:
            label = work.pop()
            held, gone = states[label]
            tried = {}
            for call in body.blocks.get(label, ()):
                held, gone = self.step(call, held, gone, out, title)
                if call.callee and plain(call.callee) in LOCKS and \
                        call.register:
                    act = LOCKS[plain(call.callee)][1]
                    if act in ("try", "try0"):
                        tried[call.register] = (
                            self.lock_of(call, plain(call.callee)), act)
            self.tried.setdefault(title, {}).update(tried)
            ways = body.ways.get(label, ())
            if not ways:
                out.left |= held
            for to, register, taken in ways:
                after = self.refine(title, body, held, register, taken)
                new = (after, gone)
                if to in states:
                    old = states[to]
                    new = (old[0] | after, old[1] & gone)
                if states.get(to) != new:
                    states[to] = new
                    work.append(to)
        out.left = {lock for lock in out.left
                    if plain(title) in self.returns.get(lock, (plain(title),))}
        if "*" in self.below.get(plain(title), {}):
            out.takes = {}
        for lock, other in self.below.get(plain(title), {}).items():
            how = out.takes.pop(lock, None)
            if how and other != "-":
                out.takes[other] = how
        if plain(title) in self.balanced:
            out.left, out.given = set(), set()
        return out

    def refine(self, title, body, held, register, taken):
        """Takes out a lock that was tried for in vain on this way."""
        for _ in range(6):
            tried = self.tried[title].get(register)
            if tried:
                lock, act = tried
                good = taken if act == "try" else not taken
                return held if good else held - {lock}
            if register not in body.truth:
                return held
            register, inverted = body.truth[register]
            taken = taken != inverted
        return held

    def run(self):
        self.tried = {}
        callers = {}
        for title, body in self.known.bodies.items():
            for calls in body.blocks.values():
                for call in calls:
                    for callee in self.callees(call):
                        callers.setdefault(callee, set()).add(title)
        work = set(self.known.bodies)
        for _ in range(60):
            again = set()
            for title in sorted(work):
                if plain(title) in LOCKS or plain(title) in self.silent:
                    continue
                new = self.walk(title, self.known.bodies[title])
                old = self.summaries[title]
                if (set(new.takes) != set(old.takes) or
                        new.left != old.left or new.given != old.given or
                        {k: v[0] for k, v in new.takes.items()} !=
                        {k: v[0] for k, v in old.takes.items()}):
                    again |= callers.get(title, set())
                self.summaries[title] = new
            if not again:
                break
            work = again
        # Only what is true at the end counts.
        self.edges = {}
        for title, body in self.known.bodies.items():
            if plain(title) not in LOCKS and plain(title) not in self.silent:
                self.walk(title, body)

    def chain(self, how, depth=0):
        """The way down to where a lock is taken."""
        out = []
        while depth < 12:
            title, at = how
            if isinstance(at, str):
                out.append(f"{at} ({plain(title)})")
                break
            where, callee, lock = at
            out.append(f"{where} ({plain(title)})")
            how = self.summaries[callee].takes.get(lock, (0, (callee, "?")))[1]
            depth += 1
        return "\n      ".join(out)


def rings(edges):
    """The strongly connected parts of the order."""
    follow = {}
    for a, b in edges:
        follow.setdefault(a, set()).add(b)
    reach = {}

    def below(at):
        seen, work = set(), [at]
        while work:
            for to in follow.get(work.pop(), ()):
                if to not in seen:
                    seen.add(to)
                    work.append(to)
        return seen
    for lock in follow:
        reach[lock] = below(lock)
    return {(a, b) for a, b in edges if a in reach.get(b, ())}


def main():
    _, known = stack.load()
    locks = Locks(known)
    locks.run()
    edges = {e: how for e, how in locks.edges.items()
             if e not in locks.allowed and ("*", e[1]) not in locks.allowed}
    bad = 0
    if "--edge" in sys.argv:
        at = sys.argv.index("--edge")
        how = edges.get((sys.argv[at + 1], sys.argv[at + 2]))
        print(locks.chain(how) if how else "no such edge")
        return 0
    for (outer, inner), how in sorted(edges.items()):
        if inner == SLEEP and locks.kinds.get(outer) == "spin":
            bad += 1
            print(f"locks: sleeping with {outer} held\n      "
                  + locks.chain(how))
    order = {e for e in edges if e[1] != SLEEP}
    for outer, inner in sorted(rings(order)):
        bad += 1
        print(f"locks: {inner} under {outer}, in a ring\n      "
              + locks.chain(edges[outer, inner]))
    if "-v" in sys.argv:
        for outer in sorted({a for a, _ in order}):
            print(f"{outer}: " + " ".join(sorted(
                b for a, b in order if a == outer)))
    names = {lock for lock in locks.kinds if lock != SLEEP}
    print(f"locks: {len(names)} classes, {len(order)} pairs in order, "
          f"{bad} mistakes")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
