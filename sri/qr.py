"""An address as a square of dots (QR code), for the printed page."""

import segno


def squares(text: str) -> tuple[str, int]:
    """One SVG path with all dark squares, a unit wide each, and its width in units.

    Runs of a row are one rectangle each. The same text gives the same path for ever: mask and version follow from it.
    The quiet zone of four units on each side is the page's business.
    """
    matrix = segno.make(text, error="m", micro=False, boost_error=False).matrix
    steps = [
        f"M{start} {row}h{width}v1h-{width}z" for row, line in enumerate(matrix) for start, width in _runs(bytes(line))
    ]
    return "".join(steps), len(matrix)


def _runs(line: bytes) -> list[tuple[int, int]]:
    """Return where the dark runs of a row begin, and how wide they are."""
    runs, begun = [], -1
    for place, dark in enumerate([*line, 0]):
        if dark and begun < 0:
            begun = place
        elif not dark and begun >= 0:
            runs.append((begun, place - begun))
            begun = -1
    return runs
