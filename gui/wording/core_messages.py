"""Messages of the core, recognised by pattern and given in the window's language.

The core writes English and knows no Qt. Its sentences stand here once more, as patterns for the translators; one that
is not listed is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from PySide6.QtCore import QCoreApplication

from gui.actions import QT_TRANSLATE_NOOP

SENTENCES = (
    # Cameras, streams and files
    QT_TRANSLATE_NOOP("Core", "no such file, folder or camera: {text}. Cameras: {cameras}. {others}"),
    QT_TRANSLATE_NOOP("Core", "sources of the kind {kind} are not allowed: {others}"),
    QT_TRANSLATE_NOOP("Core", "use one of {forms}"),
    QT_TRANSLATE_NOOP("Core", "none found"),
    QT_TRANSLATE_NOOP("Core", "camera {name} is disconnected or gives no pictures: check its cable"),
    QT_TRANSLATE_NOOP("Core", "camera {name} not found: {others}"),
    QT_TRANSLATE_NOOP(
        "Core", "camera {name} is in use by another program or gives no pictures: close that program; {others}"
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "no permission to use camera {name}: add this user to the group that owns {path} "
        "(usually: sudo usermod -aG video $USER) and log in again",
    ),
    QT_TRANSLATE_NOOP("Core", "no other camera is connected; {others}"),
    QT_TRANSLATE_NOOP(
        "Core", "a video file, a folder of pictures, a stream address or demo://conveyor can be used instead"
    ),
    QT_TRANSLATE_NOOP("Core", "there is {cameras}"),
    QT_TRANSLATE_NOOP("Core", "connecting to {name} ({seconds} s)"),
    QT_TRANSLATE_NOOP("Core", "connecting to {name}"),
    QT_TRANSLATE_NOOP("Core", "{reason}; trying again in {seconds} s"),
    QT_TRANSLATE_NOOP("Core", "no frame from {name} for {seconds} s"),
    QT_TRANSLATE_NOOP("Core", "{name} sends damaged frames only: {count} dropped"),
    QT_TRANSLATE_NOOP("Core", "{name} sends no more frames"),
    QT_TRANSLATE_NOOP("Core", "{name} ended the stream"),
    QT_TRANSLATE_NOOP("Core", "{name} closed the connection"),
    QT_TRANSLATE_NOOP("Core", "no whole frame from {name} for {seconds} s"),
    QT_TRANSLATE_NOOP("Core", "no answer from {name} for {seconds} s"),
    QT_TRANSLATE_NOOP("Core", "nothing listens at {name} (connection refused): check address and port"),
    QT_TRANSLATE_NOOP("Core", "the host {name} is not known: check its name and the network"),
    QT_TRANSLATE_NOOP("Core", "the connection to {name} broke: {reason}"),
    QT_TRANSLATE_NOOP("Core", "{name} asks for a user name and a password: write {address}"),
    QT_TRANSLATE_NOOP("Core", "{name} did not accept the user name and password (401)"),
    QT_TRANSLATE_NOOP("Core", "{name} was not found (404): check the path in the camera's manual"),
    QT_TRANSLATE_NOOP("Core", "{name} answers with a web page, not a video stream: {others}"),
    QT_TRANSLATE_NOOP("Core", "give the address of the MJPEG stream itself"),
    QT_TRANSLATE_NOOP("Core", "the {scheme} address names no host: write {example}"),
    QT_TRANSLATE_NOOP("Core", "unknown kind of address {kind}: use one of {forms}"),
    QT_TRANSLATE_NOOP("Core", "{count} frames read"),
    QT_TRANSLATE_NOOP("Core", "{count} frames shown"),
    QT_TRANSLATE_NOOP("Core", "{name} is not a readable video: damaged, or not one of {codecs}"),
    QT_TRANSLATE_NOOP("Core", "{name} is damaged: not one frame of it can be decoded; record or copy it again"),
    QT_TRANSLATE_NOOP("Core", "no pictures in the folder {path}: expected JPEG or PNG files"),
    # Recording
    QT_TRANSLATE_NOOP("Core", "no image was kept: all {count} frames were skipped: {skipped}"),
    QT_TRANSLATE_NOOP("Core", "no image was kept: {name} gave no frame: {reason}"),
    QT_TRANSLATE_NOOP("Core", "no image was kept: {name} gave no frame"),
    # Disks
    QT_TRANSLATE_NOOP("Core", "cannot write {path}: {reason}"),
    QT_TRANSLATE_NOOP("Core", "cannot read {path}: {reason}"),
    QT_TRANSLATE_NOOP("Core", "cannot use {path}: {reason} ({details})"),
    QT_TRANSLATE_NOOP("Core", "the disk is full"),
    QT_TRANSLATE_NOOP("Core", "the disk is full; free some space"),
    QT_TRANSLATE_NOOP("Core", "the disk quota is used up"),
    QT_TRANSLATE_NOOP("Core", "the disk is read-only"),
    QT_TRANSLATE_NOOP("Core", "the disk or the file is read-only"),
    QT_TRANSLATE_NOOP("Core", "the disk reports an error"),
    QT_TRANSLATE_NOOP("Core", "the disk reports an error or is full"),
    QT_TRANSLATE_NOOP("Core", "permission is denied"),
    QT_TRANSLATE_NOOP("Core", "the folder is gone"),
    QT_TRANSLATE_NOOP("Core", "the folder is gone, read-only or may not be entered"),
    QT_TRANSLATE_NOOP("Core", "there is no such file"),
    QT_TRANSLATE_NOOP("Core", "another program has been writing to it for {seconds} s; close that one first"),
    # Projects
    QT_TRANSLATE_NOOP("Core", "cannot create a project in {path}: it is not an empty folder; choose another name"),
    QT_TRANSLATE_NOOP("Core", "{path} is not a project: it has no {name}; choose a project folder or create one"),
    QT_TRANSLATE_NOOP("Core", "{path} is damaged: {details}; correct it by hand"),
    QT_TRANSLATE_NOOP("Core", "{path} is damaged: {details}; restore it from a copy"),
    QT_TRANSLATE_NOOP(
        "Core",
        "{path} was made by a newer version (format {version}); this one reads up to {newest}: upgrade edge-transfer",
    ),
    QT_TRANSLATE_NOOP("Core", "the project folder {path} is gone: find it and open it again"),
    QT_TRANSLATE_NOOP("Core", "{path} is open for reading only: nothing was changed"),
    QT_TRANSLATE_NOOP("Core", "{path} is gone or was replaced: find the project folder and open it again"),
    QT_TRANSLATE_NOOP("Core", "there is a class {name} already: use that one or choose another name"),
    QT_TRANSLATE_NOOP("Core", "the class name {name} shows nothing: use letters, digits or signs"),
    QT_TRANSLATE_NOOP("Core", "the class name {name}… has {count} characters: use at most {most}"),
    QT_TRANSLATE_NOOP("Core", "the class name {name} holds the control character {character}"),
    # What undo and redo speak of
    QT_TRANSLATE_NOOP("Core", "adding from {name}"),
    QT_TRANSLATE_NOOP("Core", "adding class {name}"),
    QT_TRANSLATE_NOOP("Core", "renaming class {old} to {new}"),
    QT_TRANSLATE_NOOP("Core", "moving session {session} from {old} to {new}"),
    QT_TRANSLATE_NOOP("Core", "moving session {session} to the trash"),
    QT_TRANSLATE_NOOP("Core", "moving to class {name}"),
    QT_TRANSLATE_NOOP("Core", "moving to the trash"),
    # Importing
    QT_TRANSLATE_NOOP("Core", "{path} is no folder: give the folder that holds the class folders"),
    QT_TRANSLATE_NOOP(
        "Core", "{path} holds no class folders: put the pictures of each class into a folder of its name"
    ),
    QT_TRANSLATE_NOOP("Core", "{path} has a header but no rows: add a line for each picture"),
    QT_TRANSLATE_NOOP("Core", "nothing could be imported from {path}: {reason}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "frames to label: {count}; the class is what the model guessed; nothing learns from it until you confirm "
        "or correct it under Review",
    ),
    QT_TRANSLATE_NOOP("Core", "frames left in the trash, where they were put before: {count}"),
    QT_TRANSLATE_NOOP("Core", "{path} is no ring of frames, it has no {name}: give the folder of `watch --ring`"),
    QT_TRANSLATE_NOOP(
        "Core", "{path} holds frames from a box: open the project its bundle came from, and import there"
    ),
    QT_TRANSLATE_NOOP("Core", "{path} holds no frame yet: `watch --ring` keeps those that the model is unsure of"),
    QT_TRANSLATE_NOOP("Core", "the .json beside it is missing: the box was stopped while it wrote the frame"),
    QT_TRANSLATE_NOOP("Core", "the project has none of the classes {names}: was it another project's bundle?"),
    QT_TRANSLATE_NOOP("Core", "the label is empty"),
    QT_TRANSLATE_NOOP("Core", "the path is empty"),
    QT_TRANSLATE_NOOP("Core", "the file does not exist"),
    QT_TRANSLATE_NOOP("Core", "empty file"),
    QT_TRANSLATE_NOOP("Core", "not a picture: its first bytes belong to no supported format"),
    QT_TRANSLATE_NOOP("Core", "the file is cut off: another picture begins before its end"),
    QT_TRANSLATE_NOOP("Core", "damaged {name}: its pixels cannot be decoded"),
    # Training and evaluating
    QT_TRANSLATE_NOOP("Core", "there is no image in the split {split}: record or import some"),
    QT_TRANSLATE_NOOP(
        "Core",
        "only the class {name} has images: a classifier needs at least two; record a second class, "
        "for example the empty background",
    ),
    QT_TRANSLATE_NOOP("Core", "a classifier needs at least two classes: record another one"),
    QT_TRANSLATE_NOOP("Core", "a head needs images of at least two classes"),
    QT_TRANSLATE_NOOP("Core", "no class has enough images to hold some out: record more"),
    QT_TRANSLATE_NOOP("Core", "every capture session held out takes all images of a class: record more sessions"),
    QT_TRANSLATE_NOOP("Core", "there is no image to review: record or import some"),
    QT_TRANSLATE_NOOP("Core", "there are no samples to embed: record or import some"),
    QT_TRANSLATE_NOOP("Core", "{name} is {value}; allowed is {allowed}"),
    QT_TRANSLATE_NOOP("Core", "above {number}"),
    QT_TRANSLATE_NOOP("Core", "the run {name} is damaged: {file} is missing or was changed; train again"),
    # What a training tells of itself
    QT_TRANSLATE_NOOP(
        "Core",
        "it learned from {used} of {all} images, the same share of every class: the embeddings of more would "
        "not fit into the memory of a small computer",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "no image of {name} (it has {count}) could be held out: it is trained but not validated; record "
        "another session of it",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{largest} has {count} images and {smallest} {number}: every class weighs the same in the training; "
        "read the recall of each class, not only the accuracy",
    ),
    QT_TRANSLATE_NOOP("Core", "{count} pictures were left out: {reason}"),
    QT_TRANSLATE_NOOP("Core", "head and strength are those of {run}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "fine-tuning was tried and not kept: on the same {count} held-out images it is right on {share}, the "
        "probe on {other}",
    ),
    QT_TRANSLATE_NOOP("Core", "{blocks} of {all} blocks learned; epoch {epoch} of {count} was the best"),
    QT_TRANSLATE_NOOP(
        "Core",
        "{blocks} of {all} blocks learned; epoch {epoch} of {count} was the best: on {number} held-out images "
        "it is right on {share}, the probe on {other}",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "the fine-tuning began with the head {name}: {other}, which the probe has, is not linear and cannot "
        "learn together with a backbone",
    ),
    QT_TRANSLATE_NOOP("Core", "cancelled: this is the best epoch until then"),
    QT_TRANSLATE_NOOP("Core", "the {number} minutes were over in epoch {epoch}"),
    QT_TRANSLATE_NOOP("Core", "no epoch was better than epoch {number}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "the loss was {number} in epoch {epoch} at a learning rate of {rate}: what was learned before it is "
        "kept; try a lower one",
    ),
    # Bundles and engines
    QT_TRANSLATE_NOOP("Core", "{path} is there already: choose another name"),
    QT_TRANSLATE_NOOP("Core", "{path} is not a bundle: it has no {name}"),
    QT_TRANSLATE_NOOP("Core", "the bundle is incomplete: {name} is missing"),
    QT_TRANSLATE_NOOP("Core", "{name} does not match its checksum: it was changed or damaged; copy the bundle again"),
    QT_TRANSLATE_NOOP("Core", "{name} is not a part of the bundle: keep other files outside its folder"),
    QT_TRANSLATE_NOOP("Core", "no engine is installed: pip install openvino or onnxruntime"),
    QT_TRANSLATE_NOOP("Core", "the engine {name} is not installed: pip install {package}"),
    # The worker
    QT_TRANSLATE_NOOP(
        "Core", "the {name} process ended {reason}; nothing recorded is lost, and it starts again at the next use"
    ),
    QT_TRANSLATE_NOOP("Core", "by signal {number} ({signal})"),
    QT_TRANSLATE_NOOP("Core", "with exit code {code}"),
    QT_TRANSLATE_NOOP("Core", "the {name} process was closed"),
)

_FIELD = re.compile(r"\{(\w+)\}")
_SENTENCES_WITHIN = frozenset(("reason", "others", "allowed"))
"""What is filled in here is a sentence itself."""


def core_words(message: str, *, capital: bool = True) -> str:
    """A sentence of the core in the window's language, with a capital; the words of one that is not known stay."""
    text = _translated(message)
    if not capital:
        return text
    first = text.partition(" ")[0]
    # A path, an address or a file name keeps its own letters.
    return text[:1].upper() + text[1:] if first.isalpha() and " " in text else text


def _translated(message: str) -> str:
    found = _find(message)
    if found is None:
        return message
    sentence, parts = found
    values = {name: _translated(text) if name in _SENTENCES_WITHIN else text for name, text in parts}
    return QCoreApplication.translate("Core", sentence).format(**values)


@lru_cache(512)
def _find(message: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    for sentence, pattern in _patterns():
        match = pattern.fullmatch(message)
        if match is not None:
            return sentence, tuple(match.groupdict().items())
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those with the most words of their own first: they say the most."""
    ordered = sorted(SENTENCES, key=lambda sentence: -len(_FIELD.sub("", sentence)))
    return tuple((sentence, re.compile(_pattern(sentence), re.DOTALL)) for sentence in ordered)


def _pattern(sentence: str) -> str:
    parts = _FIELD.split(sentence)
    texts, names = parts[::2], parts[1::2]
    return "".join(
        re.escape(text) + (f"(?P<{names[place]}>.+?)" if place < len(names) else "") for place, text in enumerate(texts)
    )
