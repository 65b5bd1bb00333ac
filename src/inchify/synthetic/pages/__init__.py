"""Synthetic pages of patents and papers: text, structures, compound ids and schemes with ground
truth.
"""

from inchify.synthetic.pages.canvas import DrawnPage
from inchify.synthetic.pages.page import draw_page
from inchify.synthetic.pages.settings import PageSettings

__all__ = ["DrawnPage", "PageSettings", "draw_page"]
