"""Molecules in random styles with their exact graphs: our own fast drawer."""

from inchify.rendering.depictor.depict import Depiction, depict
from inchify.rendering.depictor.style import DrawingStyle, random_style

__all__ = ["Depiction", "DrawingStyle", "depict", "random_style"]
