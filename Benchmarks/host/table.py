"""`bound | measured | ok?`, printed as it is measured: the table of the other benchmarks."""

import math


class Table:
    def __init__(self):
        self.judged = 0
        self.missed = 0

    def head(self, title):
        print(f"\n{title}", flush=True)
        self._print("bound", "measured", "ok?")

    def line(self, bound, measured, holds=None):
        """Judged only if `holds` is not None."""
        verdict = ""
        if holds is not None:
            self.judged += 1
            self.missed += not holds
            verdict = "ok" if holds else "MISSED"
        self._print(bound, measured, verdict)

    def note(self, text):
        print(f"  {text}", flush=True)

    def end(self):
        text = f"\n{self.judged - self.missed} of {self.judged} bounds of the host hold"
        print(text + (f", {self.missed} MISSED" if self.missed else ""), flush=True)

    @staticmethod
    def _print(bound, measured, verdict):
        left = bound.ljust(58) if len(bound) < 58 else bound + " "
        middle = measured.ljust(44) if len(measured) < 44 else measured + " "
        print(f"  {left}| {middle}| {verdict}", flush=True)


def quantile(values, share):
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
