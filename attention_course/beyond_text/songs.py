"""The sixty songs of notebook 08; they exist nowhere else."""

TITLES = (
    "Amber", "Attic Light", "Bicycle", "Blue Hour", "Borrowed Coat", "Bread",
    "Carousel", "Chalk", "Cinders", "Clockwork", "Copper Wire", "Daylight",
    "Dear Harbour", "Driftwood", "Echo Lane", "Eleven", "Fern", "Ferry",
    "First Frost", "Flint", "Garden Wall", "Ginger", "Granite", "Half Moon",
    "Hinterland", "Honest", "Ink", "Ivy", "Juniper", "Kite",
    "Lantern", "Last Tram", "Lighthouse", "Lullaby", "Maple", "Marble",
    "Meadow", "Mirror", "Night Bus", "North", "Oars", "Orchard",
    "Paper Boat", "Pebble", "Plum", "Postcard", "Quarry", "Quiet Street",
    "Rain Again", "Rosemary", "Saltwater", "Seven Hills", "Shadow Play", "Sparrow",
    "Station", "Thimble", "Tin Roof", "Umbrella", "Violet", "Winter Sun",
)  # fmt: skip


def number_of(title: str) -> int:
    """The number of a song, from 1.

    Raises:
        ValueError: there is no song of that title; the message has those that begin alike.
    """
    if title in TITLES:
        return 1 + TITLES.index(title)
    near = [known for known in TITLES if known[:1].lower() == title.strip()[:1].lower()]
    raise ValueError(f"there is no song {title!r}; with that letter there are {', '.join(near) or 'none'}")


def title_of(number: int) -> str:
    """The title of a song; 0 is no song."""
    return TITLES[number - 1] if number else "-"
