"""The words for species in the reader's language: each as it stands alone, with an article, and in the plural."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from animal.core.sentences import with_article


def one_of(species: str) -> str:
    """What stands for the name of an animal that nobody named: "A dog"."""
    return f"A {species}"


WORDS = (
    gettext_noop("bear"),
    gettext_noop("bird"),
    gettext_noop("cat"),
    gettext_noop("cow"),
    gettext_noop("dog"),
    gettext_noop("ferret"),
    gettext_noop("fish"),
    gettext_noop("goat"),
    gettext_noop("guinea pig"),
    gettext_noop("hamster"),
    gettext_noop("horse"),
    gettext_noop("lion"),
    gettext_noop("lizard"),
    gettext_noop("pig"),
    gettext_noop("rabbit"),
    gettext_noop("sheep"),
    gettext_noop("snake"),
    gettext_noop("tiger"),
    gettext_noop("turtle"),
)
ONE = (
    with_article("a bear"),
    with_article("a bird"),
    with_article("a cat"),
    with_article("a cow"),
    with_article("a dog"),
    with_article("a ferret"),
    with_article("a fish"),
    with_article("a goat"),
    with_article("a guinea pig"),
    with_article("a hamster"),
    with_article("a horse"),
    with_article("a lion"),
    with_article("a lizard"),
    with_article("a pig"),
    with_article("a rabbit"),
    with_article("a sheep"),
    with_article("a snake"),
    with_article("a tiger"),
    with_article("a turtle"),
)
MANY = (
    gettext_noop("bears"),
    gettext_noop("birds"),
    gettext_noop("cats"),
    gettext_noop("cows"),
    gettext_noop("dogs"),
    gettext_noop("ferrets"),
    gettext_noop("fish"),
    gettext_noop("goats"),
    gettext_noop("guinea pigs"),
    gettext_noop("hamsters"),
    gettext_noop("horses"),
    gettext_noop("lions"),
    gettext_noop("lizards"),
    gettext_noop("pigs"),
    gettext_noop("rabbits"),
    gettext_noop("sheep"),
    gettext_noop("snakes"),
    gettext_noop("tigers"),
    gettext_noop("turtles"),
)
