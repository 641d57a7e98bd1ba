#!/usr/bin/env python3
"""Draws docs/figures/*.svg from the measured files beside them: `python3 benches/plot.py`, nothing but Python 3 needed.

The measured files are what the benchmarks write with `--out`; docs/performance.md says with which commands. A file that
is not there leaves its drawing as it is.
"""

import csv
import math
import statistics
from pathlib import Path
from xml.sax.saxutils import escape

FIGURES = Path(__file__).resolve().parent.parent / "docs" / "figures"
WIDTH = 760

# Each drawing has a ground of its own in both schemes, so that no page can make its text unreadable.
STYLE = """
  .ground { fill: #ffffff } text { fill: #22272e; font: 13px system-ui, "DejaVu Sans", sans-serif }
  .title { font-size: 15px; font-weight: 600 } .soft { fill: #57606a } .grid { stroke: #d8dee4 } .axis { stroke: #8c959f }
  .a { fill: #1f6feb; stroke: #1f6feb } .b { fill: #c9510c; stroke: #c9510c } .c { fill: #1a7f5a; stroke: #1a7f5a }
  .d { fill: #8250df; stroke: #8250df } .mark { stroke: #22272e; stroke-width: 2 } .range { stroke: #57606a; stroke-width: 1.5 }
  .line { fill: none; stroke-width: 2.5 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .soft { fill: #9da7b3 } .grid { stroke: #30363d } .axis { stroke: #6e7681 }
    .a { fill: #58a6ff; stroke: #58a6ff } .b { fill: #f0883e; stroke: #f0883e } .c { fill: #3fb98f; stroke: #3fb98f }
    .d { fill: #bc8cff; stroke: #bc8cff } .mark { stroke: #e6edf3 } .range { stroke: #9da7b3 }
  }
"""

ROUNDS = ["cold", "unchanged", "one in ten changed", "unchanged, no validators"]
FLOOR, OURS = "the floor", "feedwatch"
# What is aimed at, of the floor's CPU time.
AIMS = dict(zip(ROUNDS, [1.2, 1.1, 0.9, 0.3]))


class Drawing:
    """Shapes from the top down, and the file they end in."""

    def __init__(self, title, note):
        self.shapes, self.height = [], 0
        self.text(20, 28, title, "title")
        self.text(20, 47, note, "soft")

    def text(self, x, y, words, kind="", anchor="start"):
        self.shapes.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>')
        self.height = max(self.height, y + 16)

    def line(self, x1, y1, x2, y2, kind):
        self.shapes.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')
        self.height = max(self.height, y1 + 8, y2 + 8)

    def bar(self, x, y, width, height, kind):
        self.shapes.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="2" class="{kind}"/>')
        self.height = max(self.height, y + height + 8)

    def path(self, points, kind):
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.shapes.append(f'<polyline points="{way}" class="{kind} line" style="fill:none"/>')
        self.shapes += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="{kind}"/>' for x, y in points]

    def write(self, name):
        height = math.ceil(self.height)
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
        ground = f'<rect class="ground" width="{WIDTH}" height="{height}"/>'
        parts = [head, f"<style>{STYLE}</style>", ground, *self.shapes, "</svg>"]
        (FIGURES / name).write_text("\n".join(parts) + "\n")
        print(f"{name} is drawn")


def rows(name):
    """A measured file, or nothing."""
    path = FIGURES / name
    if not path.exists():
        print(f"{name} is not there")
        return []
    with path.open() as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def number(value):
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def cpu(row):
    return float(row["user_s"]) + float(row["system_s"])


def ratios(table, who, other, round_):
    """Of each run that both made, the least first."""
    taken = {(row["run"], row["who"]): cpu(row) for row in table if row["round"] == round_}
    runs = sorted({run for run, name in taken if name == who})
    return sorted(taken[run, who] / taken[run, other] for run in runs if (run, other) in taken)


def rounds():
    table = rows("round.tsv")
    if not table:
        return
    drawing = Drawing(
        "CPU time of a round against the floor",
        "1 is the barest program of the same crates. Medians, with the least and the most; the stroke is the aim.",
    )
    left, top, step = 210, 70, 46
    measured = {round_: ratios(table, OURS, FLOOR, round_) for round_ in ROUNDS}
    most = max(max(values) for values in measured.values())
    most = math.ceil(max(most, 1.5) * 2) / 2
    scale = (WIDTH - left - 80) / most
    bottom = top + step * len(ROUNDS)
    for tick in [n / 2 for n in range(int(most * 2) + 1)]:
        drawing.line(left + tick * scale, top, left + tick * scale, bottom, "axis" if tick in (0, 1) else "grid")
        drawing.text(left + tick * scale, bottom + 18, f"{tick:g}", "soft", "middle")
    for at, round_ in enumerate(ROUNDS):
        values, y = measured[round_], top + at * step
        middle = statistics.median(values)
        drawing.text(left - 12, y + 27, round_, anchor="end")
        drawing.bar(left, y + 11, middle * scale, 24, "a")
        drawing.line(left + values[0] * scale, y + 23, left + values[-1] * scale, y + 23, "range")
        drawing.line(left + AIMS[round_] * scale, y + 6, left + AIMS[round_] * scale, y + 40, "mark")
        drawing.text(left + max(values[-1], middle, AIMS[round_]) * scale + 8, y + 28, number(middle))
    drawing.write("round.svg")


def peers():
    table = rows("peers.tsv")
    if not table:
        return
    drawing = Drawing(
        "CPU time of other readers against feedwatch's, on the same round",
        "Times what feedwatch takes, medians; each line to the right is ten times the one before.",
    )
    names = [n for n in dict.fromkeys(row["who"] for row in table) if n not in (FLOOR, OURS)]
    kinds = dict(zip(names, "abcd"))
    left, y, bar = 150, 70, 17
    values = {(r, n): ratios(table, n, OURS, r) for r in ROUNDS for n in names}
    most = max(statistics.median(v) for v in values.values() if v)
    decades = math.ceil(math.log10(most))
    scale = (WIDTH - left - 90) / decades
    for round_ in ROUNDS:
        drawing.text(20, y + 18, round_, "title")
        y += 26
        for decade in range(decades + 1):
            x = left + decade * scale
            drawing.line(x, y - 2, x, y + bar * len(names) + 2, "grid" if decade else "axis")
        for name in names:
            drawing.text(left - 10, y + 13, name, anchor="end")
            if values[round_, name]:
                middle = statistics.median(values[round_, name])
                drawing.bar(left, y + 1, max(math.log10(middle), 0) * scale, bar - 3, kinds[name])
                drawing.text(left + max(math.log10(middle), 0) * scale + 7, y + 13, number(middle))
            else:
                drawing.text(left + 7, y + 13, "no figure", "soft")
            y += bar
        y += 8
    for decade in range(decades + 1):
        drawing.text(left + decade * scale, y + 14, f"{10 ** decade:,}", "soft", "middle")
    drawing.write("peers.svg")


def curves(drawing, series, unit):
    """Lines over a logarithmic axis of counts: [(name, kind, [(count, value)])]."""
    left, right, top, height = 60, WIDTH - 110, 75, 230
    inset = 40
    counts = sorted({count for _, _, points in series for count, _ in points})
    least, most = math.log10(counts[0]), math.log10(counts[-1])
    highest = max(value for _, _, points in series for _, value in points)
    grain = 10 ** math.floor(math.log10(highest))
    grain = next(g for g in (grain / 5, grain / 2, grain, grain * 2) if highest / g <= 6)
    highest = math.ceil(highest / grain) * grain
    place_x = lambda count: (
        left + inset + (math.log10(count) - least) / max(most - least, 1) * (right - left - 2 * inset)
    )
    place_y = lambda value: top + height - value / highest * height
    for tick in range(round(highest / grain) + 1):
        y = place_y(tick * grain)
        drawing.line(left, y, right, y, "grid" if tick else "axis")
        drawing.text(left - 8, y + 4, f"{tick * grain:g}", "soft", "end")
    for count in counts:
        drawing.text(place_x(count), top + height + 20, f"{count:,}", "soft", "middle")
    drawing.text((left + right) / 2, top + height + 40, unit, "soft", "middle")
    for name, kind, points in series:
        drawing.path([(place_x(count), place_y(value)) for count, value in points], kind)
        for count, value in points:
            drawing.text(place_x(count), place_y(value) - 10, f"{value:.0f}", "", "middle")
        drawing.text(right + 10, place_y(points[-1][1]) + 4, name)


def polls():
    table = rows("polls.tsv")
    if not table:
        return
    drawing = Drawing("CPU time of a poll that finds nothing, in a daemon", "Microseconds, at 500 polls a second.")
    curves(drawing, [("", "a", [(int(row["feeds"]), float(row["cpu_us"])) for row in table])], "feeds")
    drawing.write("polls.svg")


def seen():
    table = [row for path in FIGURES.glob("seen-*.tsv") for row in rows(path.name)]
    if not table:
        return
    drawing = Drawing(
        "CPU time of a round beside items that were seen long ago", "Milliseconds for 1,000 feeds, medians."
    )
    series = []
    for round_, kind, name in [("one in ten changed", "b", "changed"), ("unchanged", "a", "unchanged")]:
        by_count = {}
        for row in table:
            if row["round"] == round_ and row["who"] == OURS:
                by_count.setdefault(int(row["seen"]), []).append(cpu(row) * 1000)
        series.append((name, kind, [(count, statistics.median(values)) for count, values in sorted(by_count.items())]))
    curves(drawing, series, "items seen")
    drawing.write("seen.svg")


def find():
    table = rows("find.tsv")
    if not table:
        return
    drawing = Drawing(
        "The matcher by the number of terms", "MB of text a second, one thread, sixteen languages; dense terms are words of the texts."
    )
    series = []
    for name, kind in [("sparse", "a"), ("dense", "b")]:
        points = [(int(row["terms"]), float(row["mb_a_second"])) for row in table if row["kind"] == name]
        series.append((name, kind, points))
    curves(drawing, series, "terms")
    drawing.write("find.svg")


for draw in [rounds, peers, polls, seen, find]:
    draw()
