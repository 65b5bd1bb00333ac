"""Fast molecule depictor with random styles and exact ground-truth graphs."""

from inchify.rendering.depictor.depict import Depiction, depict
from inchify.rendering.depictor.style import DrawingStyle, random_style

__all__ = ["Depiction", "DrawingStyle", "depict", "random_style"]
