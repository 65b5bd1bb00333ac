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
FRAMES_SECONDS, SHOWN_NAMES = 600.0, 5


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

    def message(self) -> str:
        """A sentence on what was skipped, empty where nothing was."""
        return skipped_sentence(self.skipped, "pictures")


def skipped_sentence(skipped: Sequence[Path], wanted: str) -> str:
    """Describe files that were skipped because of their endings.

    Args:
        skipped: The files.
        wanted: What is read, "pictures" or "pages".

    Returns:
        A sentence, "" where nothing was skipped.
    """
    if not skipped:
        return ""
    names = ", ".join(path.name for path in skipped[:SHOWN_NAMES])
    more = ", ..." if len(skipped) > SHOWN_NAMES else ""
    is_single = len(skipped) == 1
    files = "1 file was" if is_single else f"{len(skipped)} files were"
    why = "because of its ending" if is_single else "because of their endings"
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
    files: list[Path] = []
    skipped: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.is_file())
            matching = [item for item in inside if item.suffix.lower() in endings]
            if not matching:
                raise ValueError(
                    f"{path}: there is no {wanted} in this folder "
                    f"(known endings: {', '.join(shown)})"
                )
            files += matching
            skipped += [item for item in inside if item.suffix.lower() not in endings]
        elif path.exists():
            files.append(path)
        else:
            raise ValueError(f"{path}: there is no such file or folder")
    return files, [path for path in skipped if not path.name.startswith(".")]


def find_pictures(paths: Sequence[Path]) -> FoundPictures:
    """List the pictures of files and folders.

    The first picture of a file has the file's stem as its id, further ones have the frame's number
    behind it (``scan#2``). Files of formats that are known but not read are among the pictures:
    their rows say so.

    Args:
        paths: Files, and folders that are searched through.

    Returns:
        The pictures, in the order of ``paths`` and sorted within a folder, and the files that were
        skipped.

    Raises:
        ValueError: A path does not exist, or a folder has no pictures.
    """
    from inchify.data.pictures.image_io import ENDINGS, FOREIGN

    files, skipped = search(paths, (*ENDINGS, *FOREIGN), "picture", ENDINGS)
    return FoundPictures(tuple(_with_frames(files)), tuple(skipped))


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
    pictures = []
    for path in files:
        for place, frame in enumerate(frames.get(path, [1])):
            image_id = f"{path.stem}#{frame}" if place else path.stem
            shown = named_frame(path, frame) if frame > 1 else path
            pictures.append(PictureFile(image_id, path, shown))
    return pictures


def folders_apart(names: Sequence[str], files: Sequence[Path]) -> list[tuple[str, ...]]:
    """Find the folders that tell files of the same name apart.

    Args:
        names: A name for each file.
        files: The files.

    Returns:
        For each file its folders below the one that all files of its name have in common; none
        where it alone has the name.
    """
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
    """Make a question of each picture.

    Args:
        pictures: Of ``find_pictures``.
        overlays: The folder for their overlays, which is made; None for no overlays.
    """
    if overlays is not None:
        overlays.mkdir(parents=True, exist_ok=True)
    return [
        Question(picture.image_id, picture.path, overlays and overlays / name)
        for picture, name in zip(pictures, overlay_names(pictures), strict=True)
    ]
