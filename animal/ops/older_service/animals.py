"""The older service's pets, with their pictures and the tags that hang on their collars."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.serializers import ValidationError

from accounts.models import User
from animal.core.errors import NotFound
from animal.core.text import has_visible_character, without_hidden_characters
from animal.ops.models import ImportedRow
from animal.ops.older_service.dump import Row
from animal.ops.older_service.outcome import IMPORTED, THERE
from animal.ops.older_service.people import moment
from animal.ops.older_service.pictures import Pictures, addresses_of, most
from animal.ops.older_service.run import PET, Run, Unusable
from animal.pets.additional_info import AdditionalInfoField
from animal.pets.models import Category, OlderTag, Pet
from animal.pets.selectors import pets_live
from animal.pets.services import PetFields, pet_import, pet_import_photos
from animal.pets.tags import is_older_tag, tag_normalised
from animal.recognition.labels import species_of

MOST_ADDRESSES = 100
TAG = re.compile(r"ANI[0-9A-Z]{3,15}")
NOT_FOR_NAMES = re.compile(r'[\x00-\x1f\x7f<>"\u2028\u2029\ud800-\udfff]')
FARM = {"bird": Category.POULTRY, **dict.fromkeys(("sheep", "goat", "cow", "horse", "pig"), Category.LIVESTOCK)}
WILD = dict.fromkeys(("lion", "tiger", "bear"), Category.WILD)

NO_OWNER = "its owner is not in the dump"
OWNER_LEFT = "its owner was left out"
OWNER_GONE = "its owner's account was deleted here"
NO_NUMBER = "its owner is no number (was it dumped with --natural-foreign?)"
TAG_TAKEN = "another pet has this tag: its pet has a new one"
NO_TAG = "no tag of the older service: its pet has a new one"
REFUSED = (TAG_TAKEN, NO_TAG)
CHANGED = "its owner or tag changed meanwhile: run again"
REWORDED = "pets with a name, type, breed or category that had to be changed"
NOTES = "pets whose notes are too long and were left out"
PHOTOLESS = "pets without a photo"


def pets_import(found: Iterable[Row], run: Run) -> None:
    for row in found:
        try:
            if row.pk in run.pets:
                _again(row, run)
            else:
                _import(row, run)
        except Unusable as error:
            run.outcome.leave_out("pets", row.pk, str(error))
        except (IntegrityError, NotFound):
            run.outcome.leave_out("pets", row.pk, CHANGED)


def _import(row: Row, run: Run) -> None:
    owner = _owner(row, run)
    fields, tag = _fields(row, run), _tag(row.fields.get("animal_id"), run)
    addresses = addresses_of(row.fields.get("images"))[:MOST_ADDRESSES]
    with run.media.taken(addresses, range(len(addresses)), uploader=owner, room=most()) as pictures:
        if owner is not None:
            with transaction.atomic():
                pet = pet_import(
                    owner=owner,
                    fields=fields,
                    images=pictures.stored,
                    older_tag="" if tag in REFUSED else tag,
                    registered_at=moment(row.fields.get("registered_at")),
                    is_test=row.fields.get("is_test") is True,
                )
                lacking = sorted(pictures.lacking)
                ImportedRow.objects.create(kind=PET, older_id=row.pk, object_id=pet.pk, pictures_lacking=lacking)
    run.outcome.count("pets", IMPORTED)
    run.outcome.remarks[PHOTOLESS] += not pictures.readable
    _count_pictures(row, pictures, run)
    if tag in REFUSED:
        run.outcome.leave_out("tags", row.pk, tag)
    elif tag:
        run.outcome.count("tags", IMPORTED)
        run.fresh_tags.add(tag)


def _again(row: Row, run: Run) -> None:
    """A pet that was imported before: pictures that were missing then may be there now."""
    before = run.pets[row.pk]
    run.outcome.count("pets", THERE)
    pet = pets_live().select_related("owner").filter(pk=before.object_id).first()
    if pet is None:
        return  # Deleted since, by its owner.
    run.outcome.counts["tags", THERE] += pet.older_tags.exists()
    addresses = addresses_of(row.fields.get("images"))[:MOST_ADDRESSES]
    lacking = [position for position in before.pictures_lacking if position < len(addresses)]
    run.outcome.counts["pictures", THERE] += len(addresses) - len(lacking)
    if not lacking:
        return
    uploader = None if run.dry_run else pet.owner
    with run.media.taken(addresses, lacking, uploader=uploader, room=most() - pet.photos.count()) as pictures:
        if pictures.stored:
            with transaction.atomic():
                pet_import_photos(pet=pet, images=pictures.stored)
                still = sorted(pictures.lacking)
                ImportedRow.objects.filter(pk=before.pk).update(pictures_lacking=still)
    _count_pictures(row, pictures, run)


def _count_pictures(row: Row, pictures: Pictures, run: Run) -> None:
    run.outcome.counts["pictures", IMPORTED] += pictures.readable
    for position, reason in sorted(pictures.lacking.items()):
        run.outcome.leave_out("pictures", f"pet {row.pk}, picture {position + 1}", reason)


def _owner(row: Row, run: Run) -> User | None:
    """None in a dry run."""
    older = row.fields.get("owner")
    if isinstance(older, bool) or not isinstance(older, int):
        raise Unusable(NO_NUMBER)
    if older not in run.users:
        raise Unusable(OWNER_LEFT if older in run.people_seen else NO_OWNER)
    if run.users[older] == 0:
        return None
    owner = User.objects.filter(pk=run.users[older]).first()
    if owner is None:
        raise Unusable(OWNER_GONE)
    return None if run.dry_run else owner


def _fields(row: Row, run: Run) -> PetFields:
    said = row.fields
    name, kind = _plain(said.get("name"), "Unnamed"), _plain(said.get("type"), "Other")
    breed = _plain(said.get("breed"), "Unknown")
    category = said.get("category")
    if category not in Category.values:
        category = _category(kind)
    before = [said.get(key) for key in ("name", "type", "breed", "category")]
    run.outcome.remarks[REWORDED] += [name, kind, breed, category] != before
    try:
        notes = AdditionalInfoField().to_internal_value(said.get("additionalInfo"))
    except ValidationError:
        notes = {}
        run.outcome.remarks[NOTES] += 1
    is_public = said.get("isPublic") is True
    return PetFields(
        name=name, type=kind, breed=breed, category=str(category), is_public=is_public, additional_info=notes
    )


def _plain(value: Any, otherwise: str) -> str:
    """One line of text as our own forms take it."""
    text = NOT_FOR_NAMES.sub(" ", without_hidden_characters(value)) if isinstance(value, str) else ""
    text = " ".join(text.split())[:100].strip()
    return text if has_visible_character(text) else otherwise


def _category(kind: str) -> str:
    species = species_of(kind)
    return str((FARM | WILD).get(species, Category.DOMESTIC))


def _tag(value: Any, run: Run) -> str:
    """The older tag as ours are written, "" for none, or why it cannot be had."""
    if value in (None, ""):
        return ""
    tag = tag_normalised(value) if isinstance(value, str) and len(value) <= 40 else ""
    if not (TAG.fullmatch(tag) and is_older_tag(tag)):
        return NO_TAG
    taken = OlderTag.objects.filter(animal_id=tag).exists() or Pet.objects.filter(animal_id=tag).exists()
    return TAG_TAKEN if taken or tag in run.fresh_tags else tag
