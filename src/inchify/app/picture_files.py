"""Paths that a user named come in; the pictures in them go out, one for each frame, with names for
their rows and overlays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path

from inchify.chem.workers import PoolSettings, WorkerPool
from inchify.data.frames import frames_of, may_have_frames
from inchify.data.reading import ENDINGS, FOREIGN, named_frame

# Longest time to look for the frames of one file, which only a hostile one takes, and how many
# names are told of files that were skipped.
FRAMES_SECONDS, TOLD = 600.0, 5


@dataclass(frozen=True)
class PictureFile:
    """A picture: ``image_id`` of its row, its ``file`` as the user named it, and the ``path`` that
    ``read_picture`` takes, which may name one of the file's frames."""

    image_id: str
    file: Path
    path: Path


@dataclass(frozen=True)
class FoundPictures:
    """Pictures in order, and files of searched folders that are no pictures by their names."""

    pictures: tuple[PictureFile, ...]
    skipped: tuple[Path, ...] = ()

    def told(self) -> str:
        """A sentence on what was skipped, empty where nothing was."""
        if not self.skipped:
            return ""
        names = ", ".join(path.name for path in self.skipped[:TOLD])
        more = ", ..." if len(self.skipped) > TOLD else ""
        count = len(self.skipped)
        files = "1 file was" if count == 1 else f"{count} files were"
        return f"{files} skipped, no pictures by their names: {names}{more}"


def find_pictures(paths: Sequence[Path]) -> FoundPictures:
    """Files as they are named and the pictures in folders, in sorted order.

    The first picture of a file has the file's stem as its id, further ones have the frame's number
    behind it (``scan#2``). Files whose names say that they are pictures of formats that are not
    read are among the pictures: their rows say so. Raises ValueError for a path that does not exist
    or a folder without pictures.
    """
    found: list[Path] = []
    skipped: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.is_file())
            pictures = [item for item in inside if item.suffix.lower() in (*ENDINGS, *FOREIGN)]
            if not pictures:
                raise ValueError(f"{path}: no picture in this folder ({', '.join(ENDINGS)})")
            found += pictures
            skipped += [item for item in inside if item not in set(pictures)]
        elif path.exists():
            found.append(path)
        else:
            raise ValueError(f"{path}: there is no such file or folder")
    shown = [path for path in skipped if not path.name.startswith(".")]
    return FoundPictures(tuple(_with_frames(found)), tuple(shown))


def _with_frames(files: Sequence[Path]) -> list[PictureFile]:
    """A picture for each frame. Hostile files are opened in a process that can be killed."""
    several = [path for path in files if may_have_frames(path)]
    frames: dict[Path, list[int]] = {}
    if several:
        pool = WorkerPool(frames_of, PoolSettings(deadline=FRAMES_SECONDS, chunk=1))
        try:
            outcomes = pool.run([str(path) for path in several])
        finally:
            pool.close()
        frames = {
            path: outcome.value or [1] for path, outcome in zip(several, outcomes, strict=True)
        }
    found = []
    for path in files:
        for place, frame in enumerate(frames.get(path, [1])):
            image_id = f"{path.stem}#{frame}" if place else path.stem
            shown = named_frame(path, frame) if frame > 1 else path
            found.append(PictureFile(image_id, path, shown))
    return found


def overlay_names(pictures: Sequence[PictureFile]) -> list[str]:
    """File names of overlays: the pictures' ids; where several share one, behind the folders in
    which they differ (``s1_same.png`` of ``s1/same.png``), and a number where there are none."""
    folders: dict[str, list[Path]] = {}
    for picture in pictures:
        folders.setdefault(picture.image_id, []).append(picture.file.absolute().parent)
    names: dict[str, None] = {}
    for picture in pictures:
        common = commonpath(folders[picture.image_id])
        parts = picture.file.absolute().parent.relative_to(common).parts
        stem = "_".join((*parts, picture.image_id))
        name, number = f"{stem}.png", 1
        while name in names:
            number += 1
            name = f"{stem}-{number}.png"
        names[name] = None
    return list(names)
