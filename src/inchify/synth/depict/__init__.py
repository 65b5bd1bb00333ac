"""Molecules in random styles with their exact graphs: our own fast drawer."""

from inchify.synth.depict.depict import Depiction, depict
from inchify.synth.depict.style import DrawingStyle, random_style

__all__ = ["Depiction", "DrawingStyle", "depict", "random_style"]
