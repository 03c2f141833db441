"""What an audit's counts mean for the figures of a training, and what to do, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from edge.files.formatting import count_of
from edge.model.labels import LABELS
from trainer.audit.leaks import Leaks
from trainer.audit.result import DatasetAudit
from trainer.dataset.split import LAYOUT

# A test split of 15 % of fewer photos than this rests on one photo.
_FEW_PHOTOS = 10
NOTHING_FOUND = "nothing was found that would make the figures of a training wrong"


def list_warnings(audit: DatasetAudit) -> list[str]:
    """Say what would make the figures wrong, and what to do, the gravest first."""
    return [
        *(_warn_of_leaks(audit.leaks) if audit.leaks else ()),
        *_warn_of_conflicts(audit),
        *_warn_of_balance(audit),
        *_warn_of_photos(audit),
        *_warn_of_copies(audit),
    ]


def _warn_of_leaks(leaks: Leaks) -> Iterator[str]:
    for split, known in leaks.known_from_train.items():
        for count, what in (
            (known.same_group, "come from a photo that is in train too"),
            (known.same_spot, "show a spot that is in train too"),
        ):
            if count:
                yield (
                    f"{count:,} of the {known.pictures:,} {split} pictures "
                    f"({count / known.pictures:.1%}) {what}: the {split} figures will be better "
                    "than the model is on new photos"
                )
    if leaks.groups:
        yield (
            f"{count_of(len(leaks.groups), 'photo or group', 'photos or groups')} divided between "
            "splits: put all pictures of each into one split, or leave the split column empty and "
            "crack-edge train does so"
        )
    if leaks.copies or leaks.near:
        copies = count_of(len(leaks.copies), "file")
        pairs = count_of(len(leaks.near), "pair")
        yield (
            f"{copies} and {pairs} of near-duplicates stored in more than one split: move or "
            "remove them, or leave the split column empty"
        )


def _warn_of_conflicts(audit: DatasetAudit) -> Iterator[str]:
    if count := audit.exact_duplicates.conflicting:
        yield (
            f"{count_of(count, 'file')} stored under both labels: at least one label is wrong, so "
            "delete the wrong copy"
        )
    if count := audit.near_duplicates.conflicting:
        yield (
            f"{count_of(count, 'pair')} of near-duplicates with different labels: check whether "
            "only one of the two pictures shows the crack, and correct the label if not"
        )


def _warn_of_balance(audit: DatasetAudit) -> Iterator[str]:
    missing = [label for label in LABELS if not audit.classes[label]]
    if missing:
        yield (
            f"no picture is labelled {' or '.join(missing)}: a training needs both labels, {LAYOUT}"
        )
        return
    for source, counts in audit.sources.items():
        for label in LABELS:
            if not counts.count_label(label):
                yield (
                    f"{source} has no picture labelled {label}: the model may learn to tell the "
                    "sources apart instead of the labels; add such pictures or leave the source out"
                )


def _warn_of_photos(audit: DatasetAudit) -> Iterator[str]:
    unknown = audit.groups.without_photo
    if unknown:
        where = ", ".join(
            f"{counts.without_photo:,} in {source}"
            for source, counts in audit.sources.items()
            if counts.without_photo
        )
        yield (
            f"for {count_of(unknown, 'picture')} the photo is not known ({where}): pictures of one "
            "photo may end up in both train and test, and the test figures will then be too good; "
            "name the photos with --group-regex or a manifest's group column"
        )
    for source, counts in audit.sources.items():
        if not counts.without_photo and counts.photos < _FEW_PHOTOS:
            yield (
                f"{source} has pictures of {count_of(counts.photos, 'photo')} only: the test "
                "figures will depend on one or two photos; add pictures of more"
            )


def _warn_of_copies(audit: DatasetAudit) -> Iterator[str]:
    if count := audit.exact_duplicates.surplus:
        copies = count_of(count, "file is a copy", "files are copies")
        yield f"{copies} of another one: copies count twice in every figure; delete them"
    if count := audit.near_duplicates.pictures:
        has = count_of(count, "picture has a near-duplicate", "pictures have a near-duplicate")
        yield (
            f"{has}: there are fewer different spots than pictures; crack-edge train keeps "
            "near-duplicates in one split"
        )
    if count := len(audit.unreadable):
        yield f"{count_of(count, 'file')} cannot be read; crack-edge train leaves them out"
