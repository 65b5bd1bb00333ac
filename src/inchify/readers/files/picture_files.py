"""The pictures among a user's paths, one for each frame, with names for their rows and overlays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path

from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.readers.files.pool import Question

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
        return skipped_sentence(self.skipped, "pictures")


def skipped_sentence(skipped: Sequence[Path], wanted: str) -> str:
    """A sentence on files that were skipped because their names are those of no ``wanted`` ones."""
    if not skipped:
        return ""
    names = ", ".join(path.name for path in skipped[:TOLD])
    more = ", ..." if len(skipped) > TOLD else ""
    one = len(skipped) == 1
    files = "1 file was" if one else f"{len(skipped)} files were"
    why = "because of its ending" if one else "because of their endings"
    return f"{files} skipped {why} ({wanted} are wanted): {names}{more}"


def search(
    paths: Sequence[Path], endings: Sequence[str], wanted: str, shown: Sequence[str]
) -> tuple[list[Path], list[Path]]:
    """Files with one of ``endings`` in folders, in sorted order, and all that are named as files.

    Args:
        paths: Files and folders, which are searched through.
        endings: In lower case, with their dot.
        wanted: What is searched for, "picture" or "page", for the error.
        shown: Those of ``endings`` that the error names.

    Returns:
        The files found, and those of searched folders that have none of the endings, without
        hidden ones.

    Raises:
        ValueError: For a path that does not exist or a folder with no such file.
    """
    found: list[Path] = []
    skipped: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.is_file())
            own = [item for item in inside if item.suffix.lower() in endings]
            if not own:
                raise ValueError(
                    f"{path}: there is no {wanted} in this folder "
                    f"(known endings: {', '.join(shown)})"
                )
            found += own
            skipped += [item for item in inside if item.suffix.lower() not in endings]
        elif path.exists():
            found.append(path)
        else:
            raise ValueError(f"{path}: there is no such file or folder")
    return found, [path for path in skipped if not path.name.startswith(".")]


def find_pictures(paths: Sequence[Path]) -> FoundPictures:
    """Files as they are named and the pictures in folders, in sorted order.

    The first picture of a file has the file's stem as its id, further ones have the frame's number
    behind it (``scan#2``). Files whose names say that they are pictures of formats that are not
    read are among the pictures: their rows say so. Raises ValueError for a path that does not exist
    or a folder without pictures.
    """
    from inchify.data.pictures.image_io import ENDINGS, FOREIGN

    found, skipped = search(paths, (*ENDINGS, *FOREIGN), "picture", ENDINGS)
    return FoundPictures(tuple(_with_frames(found)), tuple(skipped))


def _with_frames(files: Sequence[Path]) -> list[PictureFile]:
    """A picture for each frame. Hostile files are opened in a process that can be killed."""
    from inchify.data.pictures.frames import frames_of, may_have_frames
    from inchify.data.pictures.image_io import named_frame

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


def folders_apart(names: Sequence[str], files: Sequence[Path]) -> list[tuple[str, ...]]:
    """For each file the folders that tell it from others with its name, from the folder on that
    they have in common; none where it alone has the name."""
    folders: dict[str, list[Path]] = {}
    for name, file in zip(names, files, strict=True):
        folders.setdefault(name, []).append(file.absolute().parent)
    return [
        file.absolute().parent.relative_to(commonpath(folders[name])).parts
        for name, file in zip(names, files, strict=True)
    ]


def overlay_names(pictures: Sequence[PictureFile]) -> list[str]:
    """File names of overlays: the pictures' ids; where several share one, behind the folders in
    which they differ (``s1_same.png`` of ``s1/same.png``), and a number where there are none."""
    ids = [picture.image_id for picture in pictures]
    apart = folders_apart(ids, [picture.file for picture in pictures])
    names: dict[str, None] = {}
    for image_id, parts in zip(ids, apart, strict=True):
        stem = "_".join((*parts, image_id))
        name, number = f"{stem}.png", 1
        while name in names:
            number += 1
            name = f"{stem}-{number}.png"
        names[name] = None
    return list(names)


def questions_of(pictures: Sequence[PictureFile], overlays: Path | None = None) -> list[Question]:
    """A question for each picture, with the file of its overlay in that folder, which is made."""
    if overlays is not None:
        overlays.mkdir(parents=True, exist_ok=True)
    return [
        Question(picture.image_id, picture.path, overlays and overlays / name)
        for picture, name in zip(pictures, overlay_names(pictures), strict=True)
    ]
