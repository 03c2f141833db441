"""What an audit's counts mean for the figures of a training, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from edge.files.formatting import count_of
from edge.model.labels import LABELS
from trainer.audit.leaks import Leaks
from trainer.audit.result import DatasetAudit

# A test split of 15 % of fewer photos than this rests on one photo.
_FEW_PHOTOS = 10


def list_warnings(audit: DatasetAudit) -> list[str]:
    """Say what speaks against believing the figures, the gravest first; empty if nothing does."""
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
            (known.same_group, "are of a group"),
            (known.same_spot, "show a spot"),
        ):
            if count:
                yield (
                    f"{count:,} of the {known.pictures:,} {split} pictures "
                    f"({count / known.pictures:.1%}) {what} that train has too: the "
                    f"figures on {split} may be too good"
                )
    if leaks.groups:
        yield f"{count_of(len(leaks.groups), 'group')} divided over splits; keep each in one"
    if leaks.copies or leaks.near:
        copies = count_of(len(leaks.copies), "exact copy", "exact copies")
        pairs = count_of(len(leaks.near), "pair")
        yield f"in more than one split: {copies}, {pairs} of near-duplicates"


def _warn_of_conflicts(audit: DatasetAudit) -> Iterator[str]:
    if count := audit.exact_duplicates.conflicting:
        yield f"{count_of(count, 'file')} stored under both labels: at least one label is wrong"
    if count := audit.near_duplicates.conflicting:
        yield (
            f"{count_of(count, 'pair')} of near-duplicates with different labels: look whether "
            "the crack is in one of them only"
        )


def _warn_of_balance(audit: DatasetAudit) -> Iterator[str]:
    missing = [label for label in LABELS if not audit.classes[label]]
    if missing:
        yield f"no picture labelled {' or '.join(missing)}: nothing can be trained on this"
        return
    for source, counts in audit.sources.items():
        for label in LABELS:
            if not counts.count_label(label):
                yield (
                    f"{source} has no picture labelled {label}: a model may learn to tell the "
                    "sources apart instead of the labels"
                )


def _warn_of_photos(audit: DatasetAudit) -> Iterator[str]:
    unknown = audit.groups.without_photo
    if unknown:
        where = ", ".join(
            f"{source} {counts.without_photo:,}"
            for source, counts in audit.sources.items()
            if counts.without_photo
        )
        yield (
            f"{count_of(unknown, 'picture')} of unknown photo ({where}): a training can keep "
            "together only what looks alike, so that its figures may be too good (--group-regex "
            "or a manifest's column group names the photos)"
        )
    for source, counts in audit.sources.items():
        if not counts.without_photo and counts.photos < _FEW_PHOTOS:
            yield f"{source}: {count_of(counts.photos, 'photo')} only; figures rest on very few"


def _warn_of_copies(audit: DatasetAudit) -> Iterator[str]:
    if count := audit.exact_duplicates.surplus:
        copies = count_of(count, "surplus copy", "surplus copies")
        yield f"{copies}: the same file counts twice"
    if count := audit.near_duplicates.pictures:
        yield f"{count_of(count, 'picture')} with a near-duplicate: fewer spots than pictures"
    if count := len(audit.unreadable):
        yield f"{count_of(count, 'file')} cannot be read; a training leaves them out"
