"""What is on drawn screens: names of things and pictures, drawn from pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np

from vl_envs.gui import names
from vl_envs.gui.grounding.acts import ACTS

Item = TypeVar("Item")


class Dice:
    """Quick draws of a numpy generator, which it asks for many numbers at once.

    Args:
        rng: where all numbers come from.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._numbers: list[float] = []

    def random(self) -> float:
        """Draw a number from [0, 1)."""
        if not self._numbers:
            self._numbers = self._rng.random(1024).tolist()
        return self._numbers.pop()

    def below(self, count: int) -> int:
        """Draw a whole number from 0 to ``count - 1``."""
        return int(self.random() * count)

    def between(self, low: int, high: int) -> int:
        """Draw a whole number from ``low`` to ``high``."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """Say yes in that share of all cases."""
        return self.random() < share

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one of ``items``."""
        return items[int(self.random() * len(items))]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """Draw ``count`` different ones of ``items``, or all of them where they are fewer."""
        left, drawn = list(items), []
        for _ in range(min(count, len(left))):
            place = int(self.random() * len(left))
            left[place], left[-1] = left[-1], left[place]
            drawn.append(left.pop())
        return drawn


_TITLES = tuple(names.SCREEN_NAMES)
_FIRST = (
    *("Ada", "Amir", "Anya", "Aoife", "Bela", "Carla", "Chen", "Dario", "Dina", "Elif", "Emil"),
    *("Eva", "Farid", "Finn", "Greta", "Hana", "Hugo", "Ines", "Ivan", "Jana", "Jomo", "Kaito"),
    *("Lena", "Liam", "Lucia", "Malik", "Mara", "Mei", "Milan", "Nadia", "Noor", "Olga", "Omar"),
    *("Paulo", "Petra", "Priya", "Rafael", "Rosa", "Samir", "Sofia", "Tariq", "Theo", "Uma"),
    *("Vera", "Viktor", "Wanda", "Yara", "Yusuf", "Zoe", "Zoran"),
)
_LAST = (
    *("Adler", "Bauer", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haas", "Ito", "Jansen"),
    *("Kaya", "Lopez", "Moreau", "Novak", "Okafor", "Park", "Quinn", "Rossi", "Silva", "Tanaka"),
    *("Ueda", "Varga", "Weber", "Yilmaz", "Zhang", "Brandt", "Conti", "Dahl", "Egan", "Farkas"),
)
_CITIES = (
    *("Berlin", "Oslo", "Madrid", "Lima", "Cairo", "Delhi", "Tokyo", "Quito", "Riga", "Porto"),
    *("Vienna", "Prague", "Dublin", "Lyon", "Milan", "Geneva", "Turin", "Ghent", "Bergen", "Split"),
    *("Tunis", "Accra", "Dakar", "Nairobi", "Lagos", "Seoul", "Osaka", "Hanoi", "Manila", "Perth"),
    *("Sydney", "Boston", "Denver", "Dallas", "Miami", "Toronto", "Havana", "Bogota", "Santiago"),
    *("Warsaw", "Sofia", "Athens", "Zagreb", "Vilnius", "Tallinn", "Helsinki", "Malmo", "Bremen"),
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_COLUMNS = (
    *("Budget", "Sales", "Stock", "Profit", "Cost", "Target", "Growth", "Units", "Visits"),
    *("Hours", "Margin", "Share", "Forecast", "Price", "Weight", "Rating", "Tax", "Total"),
)
_STEMS = (
    *("Report", "Invoice", "Minutes", "Budget", "Contract", "Draft", "Notes", "Photo", "Plan"),
    *("Survey", "Thesis", "Letter", "Menu", "Recipe", "Schedule", "Slides", "Summary", "Ticket"),
    *("Logo", "Map", "Poster", "Sketch", "Backup", "Agenda", "Offer", "Order", "Resume", "Song"),
)
_ENDINGS = (".pdf", ".docx", ".xlsx", ".png", ".txt", ".zip", ".mp3", ".csv")
_QUALITIES = (
    *("Classic", "Compact", "Cotton", "Deluxe", "Folding", "Garden", "Glass", "Leather", "Light"),
    *("Linen", "Mini", "Modern", "Oak", "Outdoor", "Retro", "Round", "Silent", "Slim", "Solar"),
    *("Steel", "Travel", "Velvet", "Vintage", "Wireless", "Wool"),
)
_GOODS = (
    *("Armchair", "Backpack", "Blanket", "Bookcase", "Clock", "Coat", "Cushion", "Desk", "Fan"),
    *("Jacket", "Kettle", "Lamp", "Mirror", "Mug", "Pan", "Pillow", "Radio", "Rug", "Scarf"),
    *("Shelf", "Shirt", "Sofa", "Speaker", "Stool", "Table", "Teapot", "Tent", "Toaster", "Vase"),
)
_BUTTONS = (
    *("Apply", "Accept", "Add Row", "Book Now", "Buy Now", "Cancel", "Check Out", "Compare"),
    *("Confirm", "Connect", "Continue", "Create", "Details", "Discard", "Donate", "Done"),
    *("Export", "Finish", "Follow", "Get Started", "Import", "Install", "Invite", "Join", "Later"),
    *("Learn More", "Log In", "Merge", "Next", "Not Now", "OK", "Preview", "Publish", "Read More"),
    *("Register", "Remind Me", "Reserve", "Reset", "Restore", "Retry", "Save Draft", "Show All"),
    *("Sign Up", "Skip", "Start", "Submit", "Subscribe", "Test", "Track", "Try Again", "Update"),
    *("Upgrade", "Verify", "View Plans", "Vote"),
)
_APPS = (
    *("Ledger", "Canvas Pro", "Mailbox", "Notepad", "Sheets", "Photo Desk", "Terminal", "Player"),
    *("Browser", "Files", "Planner", "Writer", "Recorder", "Reader", "Chess", "Weather", "Maps"),
    *("Chat", "Wallet", "Fitness", "Recipes", "Podcasts", "News", "Scanner", "Translator", "Cloud"),
    *("Studio", "Monitor", "Tasks", "Gallery", "Contacts", "Dictionary", "Trading", "Designer"),
)
_MENUS = (
    *("File", "Edit", "View", "Insert", "Format", "Tools", "Window", "Help", "Data", "Layout"),
    *("Image", "Layer", "Select", "Go", "Run", "Table", "Review", "Draw"),
)
_COMMANDS = (
    *("Open Recent", "Rename", "Properties", "Page Setup", "Quit", "Select All", "Replace Words"),
    *("Group", "Ungroup", "Show Rulers", "Word Count", "Spell Check", "Macros", "Plugins", "About"),
    *("Check for Updates", "Keyboard Shortcuts", "Split View", "Merge Cells", "Freeze Rows"),
    *("Hide Column", "Send Backward", "Bring Forward", "Invert Selection", "Clear Format"),
    *("Convert Units", "Compare Versions", "Track Changes", "Protect Sheet", "Reveal Codes"),
)
_HEADLINES = (
    *("Why {a} matter", "How to plan your {a}", "A guide to {a}", "Ten facts about {a}"),
    *("{a} made easy", "What we know about {a}", "New rules for {a}", "The end of {a}"),
)
_SENTENCES = (
    "The river was high after a week of rain.",
    "Nobody had opened the window since spring.",
    "She counted the boxes twice and wrote the number down.",
    "A small boat came back with the evening tide.",
    "The second floor was closed for repairs.",
    "They agreed to meet again at the old bridge.",
    "Each part must be cleaned before it is stored.",
    "The train left four minutes early.",
    "Fresh bread is sold there every morning.",
    "Most visitors come for the view from the tower.",
    "The results were checked by two people.",
    "He kept the letter in a blue folder.",
    "Turn the handle slowly and wait for the sound.",
    "Prices may change without notice.",
    "The garden is open from March to October.",
    "All drawings are kept in the north wing.",
)
_CODE = (
    *("def load(path):", "    data = read(path)", "    if not data:", "        return None"),
    *("    return parse(data)", "class Store:", "    limit = 20", "    def add(self, item):"),
    *("        self.items.append(item)", "for row in table:", "    total += row.value"),
    *("print(total / count)", "import math", "while queue:", "    node = queue.pop()"),
    *("    seen.add(node)", "try:", "    connect(host)", "except OSError:", "    retry += 1"),
)

_NUMBERS = tuple(f"{17 + 9973 * k * k % 9967:,}" for k in range(1, 500))
"""Few enough to be drawn once each."""
SITES = ("Hub", "Nest", "Base", "Go")
"""What names of web sites end with."""
KEYS = (
    *("C", "(", ")", "/", "7", "8", "9", "*", "4", "5", "6", "-", "1", "2", "3", "+"),
    *("%", "0", ".", "="),
)
"""Keys of a calculator, row by row."""
ALWAYS = ("Search", "Find", "Message", "Position", "Address")
"""Names that fields and sliders have wherever they stand."""

POOLS: dict[str, tuple[str, ...]] = {
    "titles": _TITLES,
    "settings": tuple(names.SETTINGS),
    "fields": tuple(names.FIELDS),
    "people": tuple(
        f"{a} {_LAST[(i * 7 + k * 11) % 30]}" for k in range(3) for i, a in enumerate(_FIRST)
    ),
    "cities": _CITIES,
    "months": _MONTHS,
    "columns": _COLUMNS,
    "files": tuple(
        f"{stem} {k}{_ENDINGS[(i + k) % 8]}" for i, stem in enumerate(_STEMS) for k in range(1, 6)
    ),
    "goods": tuple(f"{a} {b}" for i, a in enumerate(_QUALITIES) for b in _GOODS[i % 4 :: 4]),
    "buttons": _BUTTONS,
    "apps": _APPS,
    "menus": _MENUS,
    "commands": _COMMANDS,
    "headlines": tuple(
        pattern.format(a=title)
        for i, title in enumerate(_TITLES[::4])
        for pattern in (_HEADLINES[i % 8],)
    ),
    "sentences": _SENTENCES,
    "code": _CODE,
    "words": tuple(names.WORDS),
}
"""Pools of names. None of them holds a name of `names.UNSEEN_LABELS`."""

FIXED = ("months", "menus", "sentences", "code", "words")
"""Pools that the axis ``name`` leaves as they are."""


@lru_cache(maxsize=1)
def _clean() -> Mapping[str, tuple[str, ...]]:
    unseen = {label.casefold() for label in names.UNSEEN_LABELS}
    return {
        pool: tuple(word for word in words if word.casefold() not in unseen)
        for pool, words in POOLS.items()
    }


@lru_cache(maxsize=1)
def unseen_pictures() -> tuple[tuple[str, str], ...]:
    """Give (label, glyph) of pictures that no screen shows but those of the axis ``image``."""
    shown = {act.glyph.split("-")[0] for act in ACTS.values()}
    pairs = zip(names.UNSEEN_LABELS, names.UNSEEN_GLYPHS, strict=True)
    return tuple((label, glyph) for label, glyph in pairs if glyph.split("-")[0] not in shown)


@lru_cache(maxsize=1)
def seen_pictures() -> tuple[tuple[str, str], ...]:
    """Give (label, glyph) of pictures that do not look like an icon of `ACTS`."""
    shown = {act.glyph.split("-")[0] for act in ACTS.values()}
    looks = {act.look for act in ACTS.values()}
    return tuple(
        (label, glyph)
        for label, glyph in names.ICONS
        if glyph.split("-")[0] not in shown and label.lower() not in looks
    )


class Words:
    """Draws names for one screen, no name of a pool twice.

    Args:
        dice: of the screen.
        axis: ``name`` for names, ``image`` for pictures that are nowhere else seen.
    """

    def __init__(self, dice: Dice, axis: str = "") -> None:
        self._dice = dice
        self._novel = axis == "name"
        self._pictures = unseen_pictures() if axis == "image" else seen_pictures()
        self._used: dict[str, set[str]] = {}

    def some(self, pool: str, count: int) -> list[str]:
        """Draw ``count`` names of a pool, fewer where it runs out."""
        words = _clean()[pool]
        if self._novel and pool not in FIXED:
            pool, words = "unseen", names.UNSEEN_LABELS
        used = self._used.setdefault(pool, set())
        drawn: list[str] = []
        for _ in range(4 * count + 8):
            if len(drawn) == count:
                break
            word = self._dice.pick(words)
            if word not in used:
                used.add(word)
                drawn.append(word)
        return drawn

    def one(self, pool: str) -> str:
        """Draw a name of a pool."""
        return (self.some(pool, 1) or [self._dice.pick(_clean()[pool])])[0]

    def pictures(self, count: int) -> list[tuple[str, str]]:
        """Draw (what it shows, glyph) of ``count`` different icons."""
        used = self._used.setdefault("pictures", set())
        drawn: list[tuple[str, str]] = []
        for _ in range(4 * count + 8):
            if len(drawn) == count:
                break
            label, glyph = self._dice.pick(self._pictures)
            if glyph not in used:
                used.add(glyph)
                drawn.append((label.lower(), glyph))
        return drawn

    def number(self) -> str:
        """Write a number such as ``1,840``."""
        return self._dice.pick(_NUMBERS)

    def price(self) -> str:
        """Write a price such as ``$ 24.90``."""
        return f"$ {self._dice.between(3, 240)}.{self._dice.pick(('00', '50', '90', '95'))}"

    def time(self) -> str:
        """Write a time such as ``14:05``."""
        return f"{self._dice.between(7, 21)}:{self._dice.between(0, 11) * 5:02d}"

    def date(self) -> str:
        """Write a date such as ``14 May``."""
        return f"{self._dice.between(1, 28)} {self._dice.pick(_MONTHS)[:3]}"
