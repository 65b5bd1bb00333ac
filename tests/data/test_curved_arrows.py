"""Curved arrows beside a drawing are erased, and nothing else is."""

import cv2
import numpy as np
import pytest

from inchify.data.foreground.curved_arrows import remove_curved_arrows

Points = list[tuple[int, int]]


def zigzag() -> np.ndarray:
    """A chain of bonds 40 pixels long, as dark strokes on white."""
    gray = np.full((240, 320), 255, np.uint8)
    corners = [(40 + 35 * place, 180 + 20 * (place % 2)) for place in range(7)]
    cv2.polylines(gray, [np.array(corners)], False, 0, 2, cv2.LINE_AA)
    return gray


def with_arrow(
    gray: np.ndarray, axes: tuple[int, int], span: tuple[int, int], head: int = 6, thick: int = 2
) -> np.ndarray:
    """The drawing with an arc of an ellipse above it and a filled triangle at its end."""
    shown = gray.copy()
    cv2.ellipse(shown, (150, 110), axes, 0, *span, 0, thick, cv2.LINE_AA)
    if head:
        angle = np.deg2rad(span[1])
        tip = np.array([150 + axes[0] * np.cos(angle), 110 + axes[1] * np.sin(angle)])
        along = np.array([-axes[0] * np.sin(angle), axes[1] * np.cos(angle)])
        along /= np.hypot(*along)
        side = np.array([-along[1], along[0]])
        corners = [tip + head * side, tip - head * side, tip + 2 * head * along]
        cv2.fillPoly(shown, [np.rint(corners).astype(np.int32)], 0, cv2.LINE_AA)
    return shown


@pytest.mark.parametrize(
    ("axes", "span", "head", "thick"),
    [
        ((40, 40), (200, 340), 6, 2),
        ((60, 30), (190, 330), 7, 2),
        ((30, 45), (210, 350), 6, 2),
        ((50, 50), (180, 290), 5, 1),
        ((60, 60), (195, 345), 10, 3),
    ],
)
def test_arrows_go_and_the_drawing_stays(
    axes: tuple[int, int], span: tuple[int, int], head: int, thick: int
) -> None:
    gray = zigzag()
    assert np.array_equal(remove_curved_arrows(with_arrow(gray, axes, span, head, thick)), gray)


def test_drawings_pass_unchanged() -> None:
    gray = zigzag()
    arc = with_arrow(gray, (40, 40), (200, 340), head=0)  # a bent stroke without a head
    wedge = zigzag()
    cv2.polylines(wedge, [np.array([(60, 90), (95, 70), (120, 84)])], False, 0, 2, cv2.LINE_AA)
    cv2.fillPoly(wedge, [np.array([(95, 70), (92, 30), (102, 30)])], 0, cv2.LINE_AA)
    straight = zigzag()
    cv2.arrowedLine(straight, (60, 80), (160, 80), 0, 2, cv2.LINE_AA, tipLength=0.15)
    letters = zigzag()
    cv2.putText(letters, "CO2S", (60, 110), cv2.FONT_HERSHEY_COMPLEX, 1.6, 0, 2, cv2.LINE_AA)
    for picture in (gray, arc, wedge, straight, letters):
        assert remove_curved_arrows(picture) is picture


def test_an_arrow_alone_stays() -> None:
    alone = with_arrow(np.full((240, 320), 255, np.uint8), (40, 40), (200, 340))
    assert remove_curved_arrows(alone) is alone
