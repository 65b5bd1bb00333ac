"""Pages as they stand in patents and papers: text, structures, labels, schemes, with the truth."""

from inchify.synth.page.page import draw_page
from inchify.synth.page.settings import PageSettings
from inchify.synth.page.sheet import DrawnPage

__all__ = ["DrawnPage", "PageSettings", "draw_page"]
