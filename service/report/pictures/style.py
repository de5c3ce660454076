"""What all pictures share: colours, type, the page, and the scale bar.

Colours are Okabe and Ito's (Color Universal Design, 2008), and viridis where there is a scale; each is told from the others by a
symbol, a dash or its lightness too, so that a print in grey says the same.
"""

from io import BytesIO
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.patheffects import withStroke

from service.anatomy.model import Kind

SKY, ORANGE, GREEN, PINK = "#56B4E9", "#E69F00", "#009E73", "#CC79A7"
BLUE, VERMILION, YELLOW = "#0072B2", "#D55E00", "#F0E442"
PALETTE = (SKY, ORANGE, GREEN, PINK, BLUE, VERMILION, YELLOW)
INK, FAINT, RULE = "#1A1A1A", "#666666", "#C8C8C8"
KINDS: dict[Kind, str] = {"vertebra": SKY, "disc": ORANGE, "canal": GREEN, "sacrum": PINK}
TITLE, TEXT, SMALL, TINY = 12, 9, 7.5, 6.5
DPI = 120
UNSURE_NUMBERING = 0.5
"""Below this confidence in the numbering, names carry a question mark."""
UNSURE = 0.7
"""Below this confidence, a finding carries a question mark. Provenance: expert."""
HALO = [withStroke(linewidth=2, foreground="black")]
GLOW = [withStroke(linewidth=2, foreground="white")]

Canvas = Figure | SubFigure
"""A whole page or a part of one: a picture draws itself into either."""


def page(width: float, height: float) -> Figure:
    """A white page of this size in inches, without pyplot's global state."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """The page as a PNG file, which says nothing but what it shows."""
    file = BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return file.getvalue()


def heading(figure: Figure, title: str, note: str = "") -> None:
    """A title at the top left, and in grey after it what qualifies the whole picture."""
    inch_x, inch_y = (1 / side for side in figure.get_size_inches())
    figure.text(0.18 * inch_x, 1 - 0.18 * inch_y, title, fontsize=TITLE, weight="bold", color=INK, va="top")
    if note:
        figure.text(0.18 * inch_x, 1 - 0.42 * inch_y, note, fontsize=SMALL, color=FAINT, va="top")


def footnote(figure: Figure, text: str) -> None:
    """A line in grey at the bottom left."""
    inch_x, inch_y = (1 / side for side in figure.get_size_inches())
    figure.text(0.18 * inch_x, 0.12 * inch_y, text, fontsize=SMALL, color=FAINT, va="bottom")


def scale_bar(axes: Axes, place: tuple[float, float], mm: float, *, dark: bool = False, size: float = SMALL) -> None:
    """A bar of ``mm`` to the right of a place in data coordinates, which are mm, with its length above it."""
    x, y = place
    colour, edge = (INK, GLOW) if dark else ("white", HALO)
    axes.plot([x, x + mm], [y, y], color=colour, linewidth=2.5, solid_capstyle="butt", path_effects=edge)
    axes.annotate(
        f"{mm:g} mm",
        (x + mm / 2, y),
        (0, 2.5),
        textcoords="offset points",
        color=colour,
        fontsize=size,
        ha="center",
        va="bottom",
        path_effects=edge,
    )


def wrapped(text: str, width: int, most: int = 6) -> str:
    """Text in lines of at most ``width`` characters, no more than ``most`` of them."""
    return "\n".join(wrap(text, width, max_lines=most, placeholder=" …"))
