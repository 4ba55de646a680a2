#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Judges the page of --html in Chromium: see page_in_a_browser.sh."""

import os
import re
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from judge import check, end, equal, run, tshark

pcapdump, make_capture = sys.argv[1:3]
PATH = os.path.realpath(".")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --disable-dev-shm-usage --window-size=1400,900""".split()


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    profile = os.path.join(PATH, "profile")
    os.makedirs(profile)
    for flag in FLAGS + ["--user-data-dir=" + profile]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
                            options=options)


class Page:
    def __init__(self, driver, name):
        self.driver = driver
        started = time.monotonic()
        driver.get(f"file://{PATH}/{name}")
        self.load = time.monotonic() - started

    def text(self, id_):
        return self.driver.find_element(By.ID, id_).text

    def js(self, code, *words):
        return self.driver.execute_script("return " + code, *words)

    def keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def body(self):
        """The keys go to the page, not to the filter."""
        self.js("document.activeElement.blur()")

    def filter(self, words):
        """How many packets it finds, or what it says instead."""
        box = self.driver.find_element(By.ID, "filter")
        box.clear()
        box.send_keys(words, Keys.ENTER)
        found = self.text("found")
        count = re.match(r"(\d+) of", found)
        return int(count.group(1)) if count else found

    def rows(self, id_="packet-list"):
        return self.driver.find_elements(By.CSS_SELECTOR, f"#{id_} .row")

    def settle(self):
        """Until the next picture is drawn."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame("
            "() => requestAnimationFrame(() => done()))")

    def range(self):
        self.settle()
        plot = self.driver.find_element(By.ID, "plot")
        return [float(plot.get_attribute("data-" + k)) for k in ("from", "to")]

    def pixels(self, id_):
        """What is drawn on a canvas: another text for another picture."""
        return self.js("document.getElementById(arguments[0]).toDataURL()",
                       id_)

    def console(self):
        return self.driver.get_log("browser")


def make(name, packets, *words):
    run(make_capture, name + ".pcapng", packets, *words)
    run(pcapdump, "--html", name + ".html", name + ".pcapng")


def count(capture, filter_):
    return len(tshark(capture, filter_))


def judge_counts(page):
    name = "small.pcapng"
    total = count(name, "frame")
    streams = {s for [s] in tshark(name, "tcp", "tcp.stream")}
    check("the head counts packets and connections", page.text("sums").
          startswith(f"{total} packets, {len(streams)} TCP connections, "
                     "1 dropped"), page.text("sums"))
    equal("all packets are listed", f"{total} of {total} packets",
          page.text("found"))
    equal("every connection is listed", len(streams),
          page.js("page.connections.count"))
    sent = {}
    for stream, port, length in tshark(name, "tcp", "tcp.stream",
                                       "tcp.srcport", "tcp.len"):
        key = (int(stream), port != "80")
        sent[key] = sent.get(key, 0) + int(length)
    ours = {}
    for c in page.js("page.capture.connections"):
        for i, side in enumerate(c["sides"]):
            ours[(c["number"], i == 0)] = side["bytes"]
    equal("bytes of payload by connection and direction", sent, ours)


def judge_filter(page):
    name = "small.pcapng"
    for ours, theirs in (
            ("syn", "tcp.flags.syn == 1"), ("rst", "tcp.flags.reset == 1"),
            ("conn=3", "tcp.stream == 3"), ("len>1000", "frame.len > 1000"),
            ("!tcp", "!tcp"), ("fin or rst", "tcp.flags.fin == 1 || "
                               "tcp.flags.reset == 1"),
            ("sack", "tcp.options.sack"), ("port=20002", "tcp.port == 20002"),
            ("no<=10", "frame.number <= 10"),
            ("no>=2990", "frame.number >= 2990"),
            ("no!=7", "frame.number != 7"), ("data>0", "tcp.len > 0"),
            ("time>=2.5", "frame.time_relative >= 2.5"),
            ("ARP", "arp"), ('"who-has 10.0.0.2"', "arp"),
            ("conn=0 fin", "tcp.stream == 0 and tcp.flags.fin == 1")):
        equal(f"filter {ours} is tshark's {theirs}", count(name, theirs),
              page.filter(ours))
    equal("dropped", 1, page.filter("dropped"))
    equal("a text that is nowhere", 0, page.filter("zebra"))
    for wrong in ("len>x", "or syn"):
        said = page.filter(wrong)
        check(f"{wrong} is refused in words", "wants" in str(said), said)
    check("and marked as wrong", page.js(
        "document.getElementById('filter').getAttribute('aria-invalid')"))
    page.filter("")
    box = page.driver.find_element(By.ID, "only")
    box.click()
    equal("only the chosen connection", count(name, "tcp.stream == 0"),
          int(page.text("found").split()[0]))
    box.click()


def judge_stories(page):
    page.filter("fast")
    row = page.rows()[0]
    number = row.find_element(By.CSS_SELECTOR, ".number").text
    row.click()
    story = page.text("story")
    check("a click shows the packet's story", story.startswith(
        f"Packet {number}: fast retransmit"), story)
    equal("the row is the chosen one", "true", row.get_attribute(
        "aria-selected"))
    expected = run(pcapdump, "--explain", number, "small.pcapng")
    said = page.js("page.capture.story(page.packet)")
    lines = [line for line in expected.splitlines() if line]
    check("the story has lines", len(said) > 3, said)
    equal("the story is --explain's", lines[:len(said)], said)
    link = [b for b in page.driver.find_elements(
        By.CSS_SELECTOR, "#story button.link") if b.text.startswith("Packet")]
    answer = [line for line in lines if "answers it" in line]
    check("and so is the answer", len(link) == 1 and len(answer) == 1 and
          link[0].find_element(By.XPATH, "..").text.split(" later")[0] ==
          answer[0].split(" later")[0], (answer, [b.text for b in link]))
    said = link[0].text
    link[0].click()
    check("a packet that is named can be pressed", page.text("story").
          startswith(said + "\n"), page.text("story")[:80])
    row.click()
    page.filter("")
    chosen = page.js("page.rowOf(page.packet)")
    equal("the choice outlives the filter", chosen,
          page.js("page.packets.chosen"))


def judge_plot(page):
    page.body()
    page.keys("0")
    whole, picture = page.range(), page.pixels("plot")
    check("the graph is drawn", len(picture) > 10000, len(picture))
    page.driver.find_element(By.ID, "zoom-in").click()
    closer = page.range()
    check("zooming in halves the time in sight", abs(
        (closer[1] - closer[0]) * 2 - (whole[1] - whole[0])) < 10,
          (whole, closer))
    check("and draws another picture", page.pixels("plot") != picture)
    page.body()
    page.keys(Keys.ARROW_RIGHT)
    moved = page.range()
    check("the right arrow moves on", moved[0] > closer[0], (closer, moved))
    check("as wide as before", abs((moved[1] - moved[0]) -
                                   (closer[1] - closer[0])) < 10)
    label = page.js("document.getElementById('plot')"
                    ".getAttribute('aria-label')")
    check("the graph is described in words", "segments" in label, label)
    page.keys("0")
    equal("0 shows all again", whole, page.range())
    plot = page.driver.find_element(By.ID, "plot")
    ActionChains(page.driver).scroll_from_origin(
        webdriver.common.actions.wheel_input.ScrollOrigin.from_element(plot),
        0, -200).perform()
    wheeled = page.range()
    check("the wheel zooms", wheeled[1] - wheeled[0] <
          (whole[1] - whole[0]) * 0.9, wheeled)
    ActionChains(page.driver).move_to_element(plot).click_and_hold().\
        move_by_offset(-100, 0).release().perform()
    dragged = page.range()
    check("dragging pans", dragged[0] > wheeled[0], (wheeled, dragged))
    page.keys("0")
    page.settle()
    # At the mark of the first retransmission a click chooses that packet.
    page.js("page.choosePacket(page.matches[0], true)")
    x, y, i = page.js(
        "(() => { const p = page.plot, s = p.trace.segments.find(s => "
        "s.kind === 1); return [p.px(s.time), p.sequenceY.pixel((s.from + "
        "s.to) / 2), s.i]; })()")
    size = plot.size
    ActionChains(page.driver).move_to_element_with_offset(
        plot, x - size["width"] / 2, y - size["height"] / 2).click().perform()
    equal("a click in the graph chooses the packet", i, page.js("page.packet"))


def judge_keys(page):
    page.body()
    page.js("page.packets.set(0)")
    page.keys("j")
    equal("j: the next packet", 1, page.js("page.packets.chosen"))
    page.keys("k")
    equal("k: the one before", 0, page.js("page.packets.chosen"))
    page.keys("n")
    first = page.js("page.packet")
    check("n: the next trouble", page.js(
        "page.capture.isTrouble(page.packet)"), first)
    equal("no trouble is passed over", 0, page.js(
        f"[...Array({first}).keys()].slice(1)"
        ".filter(i => page.capture.isTrouble(i)).length"))
    page.keys("]")
    equal("]: the next connection", 1, page.js("page.conn"))
    page.keys("/")
    equal("/ goes to the filter", "filter",
          page.js("document.activeElement.id"))
    page.keys("j")
    equal("there j is a letter", "j", page.js(
        "document.getElementById('filter').value"))
    page.filter("")
    page.keys(Keys.ESCAPE, "?")
    check("? shows the keys", page.js("document.getElementById('help').open"))
    page.keys(Keys.ESCAPE)
    check("Escape closes them", not page.js(
        "document.getElementById('help').open"))
    title = page.text("plot-title")
    page.keys("r")
    check("r turns the direction round", page.text("plot-title") != title)


def judge_lists(page):
    again = [b for b in page.driver.find_elements(
        By.CSS_SELECTOR, "#connection-list .head button") if b.text == "again"]
    again[0].click()
    values = page.js("page.order.map(i => countAgain("
                     "page.capture.connections[i]))")
    equal("sorted by retransmissions, most first",
          sorted(values, reverse=True), values)
    again[0].click()
    values = page.js("page.order.map(i => countAgain("
                     "page.capture.connections[i]))")
    equal("pressed again, least first", sorted(values), values)
    equal("said to screen readers", "ascending",
          again[0].find_element(By.XPATH, "..").get_attribute("aria-sort"))
    unnamed = page.js(
        "[...document.querySelectorAll('button, input, canvas[role]')]."
        "filter(e => !(e.textContent.trim() || e.labels?.length || "
        "e.getAttribute('aria-label'))).length")
    equal("every control has a name", 0, unnamed)


def judge_hostile(page):
    """What the capture says stays text."""
    equal("nothing of it was run", None, page.js("window.hacked"))
    equal("nothing of it became an image", 0, page.js(
        "document.querySelectorAll('img').length"))
    equal("the page fetched nothing", 0, page.js(
        "performance.getEntriesByType('resource').length"))
    page.filter("no=1")
    page.rows()[0].click()
    check("it can be read as it stands", "</script><script>window.hacked=1" in
          page.js("page.capture.note(0)"), page.js("page.capture.note(0)"))
    page.filter("")
    page.js("(() => { const s = document.createElement('script'); "
            "s.textContent = 'window.hacked=3'; document.body.append(s); })()")
    equal("the policy runs no other script", None, page.js("window.hacked"))
    blocked = [e for e in page.console() if "Content Security" in e["message"]]
    check("and says so", len(blocked) == 1, blocked)


def judge_large(driver):
    make("large", 100000)
    page = Page(driver, "large.html")
    total = count("large.pcapng", "frame")
    check("100,000 packets are there within 60 s", page.load < 60, page.load)
    equal("all of them", f"{total} of {total} packets", page.text("found"))
    check("only the rows in sight exist", len(page.rows()) < 100,
          len(page.rows()))
    started = time.monotonic()
    equal("a filter over all", count("large.pcapng", "tcp.flags.fin == 1"),
          page.filter("fin"))
    equal("a text over all", count("large.pcapng", "arp"), page.filter("ARP"))
    page.filter("")
    check("filters take seconds, not more", time.monotonic() - started < 60,
          time.monotonic() - started)
    page.driver.find_element(By.CSS_SELECTOR, "#packet-list .body").click()
    page.keys(Keys.END)
    equal("End is the last packet", total - 1, page.js("page.packet"))
    last = page.rows()[-1].text
    check("and its row is in sight", last.startswith(str(total)) or
          any(r.text.startswith(str(total)) for r in page.rows()), last)
    page.body()
    started = time.monotonic()
    for _ in range(10):
        page.keys("+")
        page.settle()
    check("ten zooms within 30 s", time.monotonic() - started < 30,
          time.monotonic() - started)
    equal("no word on the console", [], page.console())
    size = os.path.getsize("large.html")
    check("below 60 MB", size < 60e6, size)
    print(f"# 100,000 packets: {size / 1e6:.1f} MB, {page.load:.1f} s")


def judge_limits(driver):
    run(pcapdump, "--html", "few.html", "-c", 100, "small.pcapng")
    page = Page(driver, "few.html")
    check("-c: the first 100, and says so", "holds the first 100" in
          page.text("sums") and page.text("found") == "100 of 100 packets",
          page.text("sums"))
    equal("its connections are all there",
          len({s for [s] in tshark("small.pcapng", "tcp", "tcp.stream")}),
          page.js("page.connections.count"))
    run(pcapdump, "--html", "arp.html", "small.pcapng", "arp")
    page = Page(driver, "arp.html")
    equal("a libpcap filter chooses", "1 of 1 packets", page.text("found"))
    with open("empty.pcapng", "wb") as f, open("small.pcapng", "rb") as g:
        f.write(g.read(28))  # the section's header alone
    run(pcapdump, "--html", "empty.html", "empty.pcapng")
    page = Page(driver, "empty.html")
    equal("an empty capture is a page too", "0 of 0 packets",
          page.text("found"))
    page.keys("j", "n", "]", "+", "r", "z")
    make("plain", 600, "plain")
    page = Page(driver, "plain.html")
    page.keys("n", "z")
    check("without our options too", "Packet" in page.text("story"))
    equal("no word on the console", [], page.console())
    run(pcapdump, "--html", "/nonexistent/x.html", "small.pcapng", status=2)


def main():
    make("small", 3000)
    driver = browser()
    try:
        page = Page(driver, "small.html")
        judge_counts(page)
        judge_filter(page)
        judge_stories(page)
        judge_plot(page)
        judge_keys(page)
        judge_lists(page)
        equal("no word on the console", [], page.console())
        judge_hostile(page)
        judge_large(driver)
        judge_limits(driver)
    finally:
        driver.quit()
    end()


main()
