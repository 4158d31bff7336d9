"""Countries and their capitals: facts that a small model knows well, and a little less well."""

CAPITALS = {
    "France": "Paris",
    "Japan": "Tokyo",
    "Italy": "Rome",
    "Spain": "Madrid",
    "Germany": "Berlin",
    "Egypt": "Cairo",
    "Russia": "Moscow",
    "England": "London",
    "China": "Beijing",
    "Austria": "Vienna",
    "Greece": "Athens",
    "Peru": "Lima",
    "Cuba": "Havana",
    "Kenya": "Nairobi",
    "Iraq": "Baghdad",
    "Canada": "Ottawa",
    "Portugal": "Lisbon",
    "Poland": "Warsaw",
    "Turkey": "Ankara",
    "Norway": "Oslo",
}
