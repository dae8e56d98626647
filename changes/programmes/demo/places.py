"""Names and places of the demo's shops: made up, in real towns."""

from dataclasses import dataclass

_TOWNS = {
    "Greater Accra": (
        *(("Osu", 5.556, -0.182), ("Madina", 5.683, -0.166), ("Tema", 5.669, -0.017)),
        *(("Kaneshie", 5.565, -0.235), ("Dansoman", 5.541, -0.262), ("Ashaiman", 5.694, -0.033)),
        *(("Teshie", 5.583, -0.106), ("Adenta", 5.709, -0.165), ("Kasoa Road", 5.548, -0.318)),
    ),
    "Ashanti": (
        *(("Adum", 6.692, -1.624), ("Bantama", 6.702, -1.636), ("Asafo", 6.688, -1.612)),
        *(("Kejetia", 6.698, -1.622), ("Obuasi", 6.203, -1.667), ("Ejisu", 6.722, -1.467)),
        *(("Mampong", 7.062, -1.402), ("Konongo", 6.617, -1.216), ("Suame", 6.719, -1.631)),
    ),
}
_STREETS = (
    "Market",
    "Station",
    "Ring Road",
    "High Street",
    "Lorry Park",
    "Chapel Hill",
    "Junction",
)
_FAMILIES = ("Mensah", "Owusu", "Boateng", "Asante", "Addo", "Ofori", "Appiah", "Quaye")
_FIRST = ("Akua", "Kofi", "Adjoa", "Kwaku", "Afia", "Kwasi", "Maame")


@dataclass(frozen=True)
class Place:
    """A shop: its code, name, and where it is."""

    code: str
    name: str
    region: str
    latitude: float
    longitude: float
    lead: str
    phone: str
    family: tuple[str, str, str]


def place_of(number: int, region: str) -> Place:
    """Return the shop of a number; the same number is always the same shop."""
    town, latitude, longitude = _TOWNS[region][number % len(_TOWNS[region])]
    street = _STREETS[number * 5 % len(_STREETS)]
    families = [_FAMILIES[(number + step) % len(_FAMILIES)] for step in (0, 3, 5)]
    return Place(
        code=f"GH-{number:03d}",
        name=f"{town} {street} {1 + number // 63}",
        region=region,
        latitude=round(latitude + (number * 37 % 100 - 50) / 2500, 4),
        longitude=round(longitude + (number * 53 % 100 - 50) / 2500, 4),
        lead=f"{_FIRST[number % len(_FIRST)]} {families[0]}",
        phone=f"+233 20 000 {number:04d}",
        family=(families[0], families[1], families[2]),
    )
