"""What the pages say of errors in German, by the problem's name; English is the errors' own.

A sentence that quotes what was asked for stays English, because the error alone knows it.
"""

from __future__ import annotations

from collections.abc import Mapping

GERMAN: Mapping[str, tuple[str, str]] = {
    "login-required": (
        "Anmeldung nötig",
        "Melden Sie sich über den Application Router an, oder senden Sie ein Bearer-Token.",
    ),
    "invalid-token": (
        "Ungültiges Token",
        "Das Bearer-Token ist fehlerhaft, abgelaufen oder nicht für diese Anwendung bestimmt.",
    ),
    "insufficient-scope": ("Nicht erlaubt", ""),
    "keys-unavailable": (
        "Tokens können nicht geprüft werden",
        "Die Schlüssel des Identitätsdienstes fehlen gerade. Versuchen Sie es in einer Minute noch einmal.",
    ),
    "invalid-credentials": (
        "Ungültige Anmeldedaten",
        "Die Anmeldedaten sind fehlerhaft oder abgelaufen, oder ihr Benutzer hat hier keinen Zugang.",
    ),
    "platform-unavailable": (
        "Anmeldungen können nicht geprüft werden",
        "Cumulocity antwortet nicht. Versuchen Sie es gleich noch einmal.",
    ),
    "query-invalid": ("Die Abfrage ist fehlerhaft", ""),
    "query-unsupported": ("Nicht unterstützt", ""),
    "request-invalid": ("Die Anfrage ist fehlerhaft", ""),
    "link-expired": (
        "Der Link ist abgelaufen",
        "Beginnen Sie noch einmal mit der ersten Seite.",
    ),
    "unknown-object": ("Nicht gefunden", "Unter diesem Namen gibt es hier nichts, was Sie sehen dürfen."),
    "key-not-unique": (
        "Der Schlüssel ist nicht eindeutig",
        "Mehrere Zeilen haben diesen Schlüssel; wer die Policy-Datei betreut, sollte einen anderen wählen.",
    ),
    "catalogue-unavailable": (
        "Die Tabellen sind noch nicht bekannt",
        "Die Liste der Tabellen wird noch gelesen. Versuchen Sie es gleich noch einmal.",
    ),
    "hana-not-bound": ("HANA ist nicht gebunden", ""),
    "hana-unavailable": (
        "HANA ist nicht erreichbar",
        "Prüfen Sie, ob die HANA-Instanz läuft (HANA Cloud wird vielleicht über Nacht angehalten) und ob sie "
        "Verbindungen von hier annimmt.",
    ),
    "hana-refuses": (
        "HANA lässt den Dienst nicht herein",
        "Prüfen Sie, ob die Bindung noch gilt; eine neue erneuert Kennwort und Zertifikat.",
    ),
    "hana-busy": ("HANA ist ausgelastet", "Versuchen Sie es gleich noch einmal."),
    "hana-timeout": (
        "HANA hat zu lange gebraucht",
        "Die Abfrage wurde abgebrochen. Grenzen Sie sie durch Filter ein.",
    ),
    "value-not-computed": (
        "Ein Wert lässt sich nicht berechnen",
        "Ein Wert, der hier berechnet wird, ist zu groß oder lässt sich nicht umwandeln: "
        "weniger berechnen oder die Zeilen eingrenzen.",
    ),
    "statement-failed": ("Die Abfrage ist fehlgeschlagen", "HANA hat die Anweisung abgelehnt."),
    "object-unavailable": ("Gerade nicht verfügbar", "Das kann im Augenblick nicht gelesen werden."),
    "http-405": ("Nicht erlaubt", "Diese Seite kann nur gelesen werden."),
    "http-413": ("Zu viel auf einmal", "Die Anfrage ist zu groß."),
    "unexpected": ("Etwas ist schiefgegangen", "Der Fehler liegt bei uns; er ist protokolliert."),
}


def translated(problem: str, title: str, detail: str, language: str) -> tuple[str, str]:
    """Title and sentence of a problem in a language; English where there is nothing else."""
    if not language.startswith("de") or problem not in GERMAN:
        return title, detail
    german_title, german_detail = GERMAN[problem]
    return german_title, german_detail or detail
