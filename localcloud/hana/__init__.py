"""A HANA for the laptop: speaks HANA's SQL Command Network Protocol, keeps its data in sqlite3."""
