"""Key-value cache of a beam search that shares prefixes between beams.

Beams are not copied. Each picture has one list of slots; every step adds K of them, one for each
beam, and a table says which slots are ancestors of which beam. Following the survivors of a beam
only permutes that table. Slots that no beam descends from are swept out now and then, so beams
with a common past read it once.

Shape letters: B pictures, K beams, R rows (B x K), S slots or memory positions, H heads, E width
of a head, N layers.
"""

from __future__ import annotations

import torch

from inchify.models.attention import mask_bias, memory_bias
from inchify.models.decoders.rows import regroup

FIRST_SLOTS = 64


class SearchState:
    """State of a transformer decoder between two steps."""

    def __init__(self, memory_N2BHSE: torch.Tensor, mask_BS: torch.Tensor) -> None:
        self.memory_N2BHSE = memory_N2BHSE
        self.memory_bias_B11S = memory_bias(mask_BS, memory_N2BHSE.dtype)
        self.pictures, self.beams = mask_BS.shape[0], 1
        self.length = 0
        self.used = 0
        self.sweep_at = FIRST_SLOTS
        self.past_N2BHSE = self._allocate(FIRST_SLOTS)
        # None while every slot belongs to the only row of its picture
        self.ancestry_B1KS: torch.Tensor | None = None

    def _allocate(self, slots: int) -> torch.Tensor:
        layers, two, _, heads, _, width = self.memory_N2BHSE.shape
        return self.memory_N2BHSE.new_empty((layers, two, self.pictures, heads, slots, width))

    def open_step(self) -> None:
        """Allocate this step's slots and make each row's slot visible to it."""
        self._reserve()
        if self.ancestry_B1KS is not None:
            own_KK = torch.eye(self.beams, dtype=torch.bool, device=self.past_N2BHSE.device)
            own_KK = mask_bias(own_KK, self.ancestry_B1KS.dtype)
            own_B1KK = own_KK.expand(self.pictures, 1, -1, -1)
            self.ancestry_B1KS = torch.cat((self.ancestry_B1KS, own_B1KK), dim=-1)
        self.used += self.beams
        self.length += 1

    def append(self, layer: int, new_2BHKE: torch.Tensor) -> torch.Tensor:
        """Append this step's keys and values of a layer; returns all its keys and values."""
        past_2BHSE = self.past_N2BHSE[layer, :, :, :, : self.used]
        past_2BHSE[:, :, :, self.used - self.beams :] = new_2BHKE
        return past_2BHSE

    def _reserve(self) -> None:
        if self.ancestry_B1KS is not None and self.used >= self.sweep_at:
            self._sweep()
            self.sweep_at = max(FIRST_SLOTS, 2 * self.used)
        capacity = self.past_N2BHSE.shape[4]
        if self.used + self.beams > capacity:
            old_N2BHSE = self.past_N2BHSE[:, :, :, :, : self.used]
            self.past_N2BHSE = self._allocate(max(2 * capacity, self.used + 2 * self.beams))
            self.past_N2BHSE[:, :, :, :, : self.used] = old_N2BHSE

    def _sweep(self) -> None:
        """Move the slots that some beam descends from to the front, in their order."""
        assert self.ancestry_B1KS is not None
        alive_BS = (self.ancestry_B1KS == 0).any(dim=2)[:, 0]
        maximum = int(alive_BS.sum(1).max())
        if maximum > 0.75 * self.used:
            return
        order_BS = alive_BS.to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :maximum]
        for picture, order_S in enumerate(order_BS):
            kept = self.past_N2BHSE[:, :, picture].index_select(3, order_S)
            self.past_N2BHSE[:, :, picture, :, :maximum] = kept
        index_B1KS = order_BS[:, None, None].expand(-1, 1, self.beams, -1)
        self.ancestry_B1KS = self.ancestry_B1KS.gather(3, index_B1KS)
        self.used = maximum

    def reordered(self, index_R: torch.Tensor) -> SearchState:
        """Row r continues row ``index_R[r]``; nothing is copied while the pictures stay."""
        change = regroup(index_R, self.pictures, self.beams)
        if change.index_R is None:
            return self
        if self.ancestry_B1KS is None:
            # one row for each picture until now, which attends to all its slots
            if change.beams > 1:
                shape = (change.pictures, 1, change.beams, self.used)
                self.ancestry_B1KS = self.past_N2BHSE.new_zeros(shape)
        else:
            rows_RS = self.ancestry_B1KS.flatten(0, 2).index_select(0, change.index_R)
            self.ancestry_B1KS = rows_RS.view(change.pictures, 1, change.beams, self.used)
        if change.pictures_B is not None:
            self._choose_pictures(change.pictures_B)
        self.pictures, self.beams = change.pictures, change.beams
        return self

    def _choose_pictures(self, pictures_B: torch.Tensor) -> None:
        self.memory_N2BHSE = choose_along(self.memory_N2BHSE, 2, pictures_B)
        self.past_N2BHSE = choose_along(self.past_N2BHSE, 2, pictures_B)
        if self.memory_bias_B11S is not None:
            self.memory_bias_B11S = self.memory_bias_B11S.index_select(0, pictures_B)


def choose_along(buffer: torch.Tensor, dim: int, index: torch.Tensor) -> torch.Tensor:
    """``buffer.index_select(dim, index)``, in place where the search lets it.

    When pictures are finished the last ones move into the gaps, so all but a few stay where they
    are: those few are copied and the rest is cut off. Copying everything was a third of the time.
    """
    count, size = len(index), buffer.shape[dim]
    sources = index.tolist()
    moved = [place for place, source in enumerate(sources) if place != source]
    # a source in the part that stays could be overwritten before it is read
    if count > size or any(sources[place] < count for place in moved):
        return buffer.index_select(dim, index)
    for place in moved:
        buffer.select(dim, place).copy_(buffer.select(dim, sources[place]))
    kept = buffer.narrow(dim, 0, count)
    allocated = buffer.untyped_storage().nbytes() // buffer.element_size()
    return kept.clone() if 2 * kept.numel() <= allocated else kept
