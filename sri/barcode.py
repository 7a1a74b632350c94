"""The access key as bars: Code 128, set C for the pairs of digits (ficha técnica §8.20)."""

from itertools import groupby

from barcode.codex import Code128


def bars(digits: str) -> tuple[str, int]:
    """One SVG path with all bars, a unit high and a unit for each module, and its width in modules.

    One path, drawn like a battlement, keeps the edges of neighbouring bars exact at any size. The quiet zone of ten
    modules on each side is the page's business.
    """
    modules = Code128(digits).build()[0]
    runs = ((module, len(list(run))) for module, run in groupby(modules))
    steps = (f"v1h{width}v-1" if module == "1" else f"h{width}" for module, width in runs)
    return f"M0 0{''.join(steps)}z", len(modules)
