"""Former names of settings, which configurations, checkpoints and shipped weights may still
hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Dataclass -> {former field: present field}.
RENAMED: dict[str, dict[str, str]] = {
    "AssemblySettings": {
        "merge": "merge_distance",
        "passing": "passing_distance",
        "support_limit": "max_support",
        "sure": "sure_score",
        "over": "overvalence_penalty",
        "under": "undervalence_penalty",
        "rare": "rare_valence_penalty",
        "third": "extra_label_bond_penalty",
        "flat_centre": "flat_center_penalty",
        "implied": "implied_hydrogens_penalty",
        "mixed": "mixed_hydrogens_penalty",
        "choices": "max_choices",
        "depth": "max_cost",
        "reach": "repair_radius",
        "largest": "max_repair_atoms",
        "nodes": "max_nodes",
        "small_piece": "small_component_atoms",
        "bare_piece": "bare_component_atoms",
        "piece_confidence": "min_component_confidence",
        "dropped": "dropped_bond_penalty",
        "added": "added_bond_penalty",
        "flips": "max_flips",
    },
    "BackgroundSettings": {
        "pale": "max_mark_contrast",
        "max_colours": "max_colors",
        "least_share": "min_share",
        "least_content": "min_content",
        "least_own": "min_own_color",
        "least_contrast": "min_contrast",
        "least_cover": "min_cover",
    },
    "CtpnSettings": {
        "colours": "input_channels",
        "normed": "batch_norm",
        "initialisation": "initialization",
    },
    "DashSettings": {
        "dark": "dark_level",
        "pale": "pale_level",
        "gaps": "min_gaps",
        "uneven": "max_spacing_deviation",
        "filled": "filled_range",
    },
    "GraphDataSettings": {
        "most_atoms": "max_atoms",
    },
    "KindSettings": {
        "hetero_centres": "hetero_centers",
    },
    "PageSettings": {
        "most_skew": "max_skew",
        "most_regions": "max_regions",
    },
    "ProjectionSettings": {
        "upright": "max_tilt",
        "vertical": "min_vertical_bonds",
        "vertical_bold": "min_vertical_bonds_bold",
        "inward": "min_outward_angle",
        "apart": "substituent_angle",
    },
    "RegionDataSettings": {
        "pieces": "crops",
        "per_page": "crops_per_page",
        "most_atoms": "max_atoms",
    },
    "RegionLossSettings": {
        "ink": "foreground",
    },
    "SarSettings": {
        "widest": "max_width",
        "whole_beside": "holistic_feature",
    },
    "ScaleSettings": {
        "near": "max_misfit",
        "room": "max_length_ratio",
    },
    "TextDataSettings": {
        "widest": "max_width",
        "squash": "fixed_width",
        "growing": "curriculum_batches",
        "awkward": "irregular",
        "real_folded": "real_case_folded",
    },
    "TextLineDataSettings": {
        "pieces": "crops",
        "per_page": "crops_per_page",
    },
    "TextLineLossSettings": {
        "asked": "sampled_anchors",
        "text": "max_text_anchors",
        "paper": "negatives",
        "bend": "smooth_l1_beta",
    },
    "TrainingSettings": {
        "optimiser": "optimizer",
    },
}


def current_fields(cls: type, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Replace former field names of a settings dataclass by the present ones.

    Args:
        cls: The dataclass; the names of its base classes count too.
        settings: Plain data by field name. Where both names of a field occur, the last one wins,
            as in overrides on the command line.

    Returns:
        Plain data by present field names.
    """
    names = {
        old: new for base in cls.__mro__ for old, new in RENAMED.get(base.__name__, {}).items()
    }
    return {names.get(key, key): value for key, value in settings.items()}


def comparable(plain: Any) -> Any:
    """Replace all former names in plain data, whatever dataclass they are of.

    For comparing the settings of a run with those of an earlier version of it, never for building.

    Args:
        plain: Mappings, lists and scalars, as read from JSON.

    Returns:
        The same data with present names; tuples become lists.
    """
    if isinstance(plain, Mapping):
        return {_ANY.get(key, key): comparable(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [comparable(item) for item in plain]
    return plain


_ANY = {old: new for names in RENAMED.values() for old, new in names.items()}
