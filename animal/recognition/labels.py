"""Which species a declared type, a detection or an ImageNet class means, and when two species may be one animal.

Canonical species are plain English singular nouns; "" means unknown. ImageNet class numbers are those of ILSVRC-2012,
where 0..397 are animals.
"""

from __future__ import annotations

import itertools
import unicodedata

from animal.recognition.dog_breeds import DOG_BREEDS

# Domestic dogs stand in one row in ImageNet; wild canids follow it.
FIRST_DOG_CLASS = 151

# What ImageNet's classes say about breed or kind, beyond dogs. "Tabby" is a coat, and so is "tiger cat": both are
# offered as the coat they are.
OTHER_BREEDS = {
    7: "Rooster",
    8: "Hen",
    87: "Grey Parrot",
    88: "Macaw",
    89: "Cockatoo",
    90: "Lorikeet",
    97: "Duck",
    99: "Goose",
    281: "Tabby",
    282: "Tabby",
    283: "Persian",
    284: "Siamese",
    285: "Egyptian Mau",
    330: "Cottontail",
    331: "Hare",
    332: "Angora Rabbit",
    339: "Sorrel",
    348: "Ram",
    349: "Bighorn",
}

_CLASS_RANGES: tuple[tuple[int, int, str], ...] = (
    (1, 1, "fish"),
    (7, 24, "bird"),
    (33, 37, "turtle"),
    (38, 48, "lizard"),
    (52, 68, "snake"),
    (80, 100, "bird"),
    (127, 146, "bird"),
    (FIRST_DOG_CLASS, 268, "dog"),
    (
        269,
        275,
        "dog",
    ),  # wolves, coyote, dingo: what the network says of a husky or a shepherd more often than of a wolf
    (281, 285, "cat"),
    (291, 291, "lion"),
    (292, 292, "tiger"),
    (294, 297, "bear"),
    (330, 332, "rabbit"),
    (333, 333, "hamster"),
    (338, 338, "guinea pig"),
    (339, 339, "horse"),
    (341, 341, "pig"),
    (345, 345, "cow"),
    (348, 349, "sheep"),
    (350, 350, "goat"),
    (356, 359, "ferret"),
)
CLASS_SPECIES: dict[int, str] = {
    number: species for first, last, species in _CLASS_RANGES for number in range(first, last + 1)
}

# Pairs that the detector and ImageNet's classes take for each other, because one of them is not among their classes
# or because they look alike in a small picture.
CONFUSABLE = (
    frozenset({"sheep", "goat", "cow", "horse"}),
    frozenset({"rabbit", "hamster", "guinea pig", "ferret"}),
    frozenset({"cat", "lion", "tiger"}),
    frozenset({"dog", "bear"}),
)

# Words that people declare, beside the canonical noun and its plural: English, Spanish, German, French, Portuguese,
# Italian, and Hindi in both scripts. Written without accents, in lower case.
_WORDS = {
    "dog": "puppy puppies doggy hound canine perro perra perros hund hunde hundin chien chienne chiens cachorro cao "
    "cane cani kutta कुत्ता कुत्ते",
    "cat": "kitten kittens kitty feline gato gata gatos katze katzen kater chat chatte chats gatto gatti billi बिल्ली",
    "bird": "hen hens chicken chickens rooster roosters cock cockerel duck ducks drake goose geese turkey turkeys "
    "pigeon pigeons dove doves parrot parrots budgie budgies parakeet parakeets cockatiel cockatiels cockatoo canary "
    "canaries finch finches owl owls macaw swan quail poultry peacock ave aves pajaro pajaros loro gallina gallinas "
    "pato patos paloma vogel papagei wellensittich huhn huhner ente enten oiseau oiseaux poule poules canard canards "
    "perroquet passaro galinha uccello gallina anatra pakshi murgi पक्षी मुर्गी",
    "rabbit": "bunny bunnies hare hares conejo coneja conejos kaninchen hase hasen lapin lapins coelho coniglio "
    "khargosh खरगोश",
    "hamster": "hamstern criceto gerbil gerbils",
    "guinea pig": "cavy cavies cuy cobaya meerschweinchen cobaye",
    "ferret": "huron frettchen furet furetto polecat",
    "sheep": "lamb lambs ram rams ewe ewes oveja ovejas schaf schafe mouton moutons ovelha pecora bhed भेड़",
    "goat": "cabra cabras chivo ziege ziegen chevre chevres capra bakri बकरी",
    "horse": "pony ponies foal mare stallion equine caballo yegua caballos pferd pferde cheval chevaux cavalo cavallo "
    "ghoda घोड़ा donkey donkeys",
    "cow": "cattle bull bulls calf calves ox oxen vaca vacas toro kuh kuhe rind vache vaches mucca gay gaay गाय",
    "pig": "piglet piglets swine hog hogs cerdo cerdos schwein schweine porc porco maiale suar सूअर",
    "bear": "oso osos bar baren urso orso bhalu भालू",
    "lion": "lioness leon lowe lowen leao leone sher शेर",
    "tiger": "tigress tigre tigres bagh बाघ",
    "turtle": "tortoise tortoises tortuga schildkrote tortue tartaruga kachua कछुआ",
    "fish": "goldfish pez fisch poisson peixe pesce machli मछली",
    "snake": "python serpiente schlange serpent cobra serpente saap साँप",
    "lizard": "gecko geckos iguana lagarto eidechse lezard lucertola",
}
# Every canonical species.
SPECIES: tuple[str, ...] = tuple(_WORDS)
_PLURALS = {"fish": "fishes", "sheep": "sheeps"}


def _plain(word: str) -> str:
    """Lower case without Latin accents; other scripts keep their vowel signs, which are letters there."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")).strip()


def _vocabulary() -> dict[str, str]:
    known: dict[str, str] = {}
    for species, words in _WORDS.items():
        for word in (species, _PLURALS.get(species, f"{species}s"), *words.split()):
            known[_plain(word)] = species
    return known


_SPECIES_OF_WORD = _vocabulary()


def species_of(declared_type: str) -> str:
    """The canonical species of what somebody typed or chose ("Dogs", "Hens", "Katze", "my dog"); "" when unknown."""
    text = _plain(declared_type)
    if text in _SPECIES_OF_WORD:
        return _SPECIES_OF_WORD[text]
    words = [word.strip(".,;:!?()'\"") for word in text.replace("-", " ").replace("/", " ").split()]
    pairs = [" ".join(pair) for pair in itertools.pairwise(words)]  # a guinea pig is no pig
    for phrases in (pairs, words):
        named = {_SPECIES_OF_WORD[phrase] for phrase in phrases if phrase in _SPECIES_OF_WORD}
        if named:
            return named.pop() if len(named) == 1 else ""
    return ""


def species_compatible(first: str, second: str, *, detected: bool = False) -> bool:
    """Whether two canonical species may be one animal: equal, or one unknown.

    With ``detected`` at least one of them was read off a photo by a network, and those that networks confuse pass too.
    """
    if not first or not second or first == second:
        return True
    return detected and any(first in group and second in group for group in CONFUSABLE)


def breed_of_class(number: int) -> str:
    """The breed or kind that an ImageNet class suggests; "" when it says none."""
    if FIRST_DOG_CLASS <= number < FIRST_DOG_CLASS + len(DOG_BREEDS):
        return DOG_BREEDS[number - FIRST_DOG_CLASS]
    return OTHER_BREEDS.get(number, "")
