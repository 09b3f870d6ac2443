"""The texts of the pages, in English and in German, by name; what stands in braces is filled in.

One line a text, both languages side by side, so that none is forgotten. A value that is filled in is shown as
it is: escaping is the templates' part.
"""

from __future__ import annotations

from collections.abc import Mapping

_TABLE: Mapping[str, tuple[str, str]] = {
    # The frame
    "overview": ("Tables and views", "Tabellen und Sichten"),
    "skip": ("Skip to the content", "Zum Inhalt springen"),
    "start_page": ("Start page", "Startseite"),
    "you_are_here": ("You are here", "Sie sind hier"),
    "loading": ("Loading …", "Wird geladen …"),
    "problems": ("This address is not quite right", "Diese Adresse stimmt nicht ganz"),
    # The overview
    "object": ("Name", "Name"),
    "description": ("Description", "Beschreibung"),
    "columns": ("Columns", "Spalten"),
    "rows": ("Rows", "Zeilen"),
    "search": ("Search by name", "Nach Namen suchen"),
    "find": ("Search", "Suchen"),
    "found_objects": ("{count} of {all} tables and views", "{count} von {all} Tabellen und Sichten"),
    "all_objects": ("{count} tables and views", "{count} Tabellen und Sichten"),
    "one_object": ("One table or view", "Eine Tabelle oder Sicht"),
    "nothing_to_see": (
        "There is nothing here that you may see.",
        "Hier ist nichts, was Sie sehen dürfen.",
    ),
    "ask_for_a_role": (
        "If you expected something, ask for a role: whoever looks after this application grants it.",
        "Wenn Sie etwas erwartet haben, bitten Sie um eine Rolle: Wer diese Anwendung betreut, vergibt sie.",
    ),
    "nothing_found": ("No name fits “{search}”.", "Kein Name passt zu „{search}“."),
    # How many rows
    "more_than": ("more than {count}", "mehr als {count}"),
    "not_in_time": ("not counted in time", "nicht rechtzeitig gezählt"),
    "one_row": ("One row", "Eine Zeile"),
    "some_rows": ("{count} rows", "{count} Zeilen"),
    "no_rows": ("No rows", "Keine Zeilen"),
    "many_rows": ("Rows", "Zeilen"),
    # A table in words
    "with": ("{rows} with {conditions}", "{rows} mit {conditions}"),
    "by": ("{rows}, by {order}", "{rows}, nach {order}"),
    "and": ("{left} and {right}", "{left} und {right}"),
    "or": ("{left} or {right}", "{left} oder {right}"),
    "descending": ("{column} descending", "{column} absteigend"),
    "is": ("{column} = {value}", "{column} = {value}"),
    "not": ("{column} other than {value}", "{column} ungleich {value}"),
    "contains": ("{column} containing {value}", "{column} enthält {value}"),
    "starts": ("{column} beginning with {value}", "{column} beginnt mit {value}"),
    "ends": ("{column} ending with {value}", "{column} endet mit {value}"),
    "from": ("{column} from {value}", "{column} ab {value}"),
    "to": ("{column} to {value}", "{column} bis {value}"),
    "above": ("{column} above {value}", "{column} über {value}"),
    "below": ("{column} below {value}", "{column} unter {value}"),
    "is_null": ("{column} without a value", "{column} ohne Wert"),
    "not_null": ("{column} with a value", "{column} mit Wert"),
    "quoted": ("“{value}”", "„{value}“"),
    "yes": ("yes", "ja"),
    "no": ("no", "nein"),
    "null": ("no value", "kein Wert"),
    # What can be done with a table
    "filters": ("Filters", "Filter"),
    "narrow": ("Filter", "Filtern"),
    "remove": ("Remove the filter: {condition}", "Filter entfernen: {condition}"),
    "remove_all": ("Remove all filters", "Alle Filter entfernen"),
    "pictures": ("Pictures", "Bilder"),
    "choose_columns": ("Columns", "Spalten"),
    "show": ("Show", "Anzeigen"),
    "take_away": ("Take away", "Mitnehmen"),
    "sort": ("Sort by {column}", "Nach {column} sortieren"),
    "sort_descending": ("Sort by {column}, descending", "Nach {column} absteigend sortieren"),
    "sort_off": ("Do not sort by {column}", "Nicht nach {column} sortieren"),
    "rows_a_page": ("Rows a page", "Zeilen je Seite"),
    "rows_between": ("Rows {first} to {last}", "Zeilen {first} bis {last}"),
    "rows_between_of": ("Rows {first} to {last} of {all}", "Zeilen {first} bis {last} von {all}"),
    "first": ("First", "Anfang"),
    "previous": ("Previous", "Zurück"),
    "next": ("Next", "Weiter"),
    "pages": ("Pages", "Seiten"),
    "open_record": ("Open", "Öffnen"),
    "download": ("Download", "Herunterladen"),
    "more_text": ("more", "mehr"),
    "no_row_fits": ("No row fits the filters.", "Keine Zeile passt zu den Filtern."),
    "empty_object": ("There are no rows that you may see.", "Es gibt keine Zeilen, die Sie sehen dürfen."),
    # What is wrong with an address
    "no_column": ("There is no column “{column}”.", "Es gibt keine Spalte „{column}“."),
    "no_operator": ("“{operator}” cannot be asked of {column}.", "{column} kennt „{operator}“ nicht."),
    "bad_value": (
        "{column}: “{value}” cannot be {kind}.",
        "{column}: „{value}“ kann {kind} nicht sein.",
    ),
    "bad_filter": ("The filter is left out. {error}", "Der Filter ist weggelassen. {error}"),
    "bad_size": (
        "A page has {sizes} rows; “{value}” is none of these.",
        "Eine Seite hat {sizes} Zeilen; „{value}“ ist nichts davon.",
    ),
    "no_parameter": ("“{name}” means nothing here.", "„{name}“ bedeutet hier nichts."),
    "stale_place": (
        "This place in the rows is not there any longer, so the first page is shown.",
        "Diese Stelle gibt es nicht mehr; gezeigt wird die erste Seite.",
    ),
    # Kinds of values
    "kind_boolean": ("yes or no", "Ja oder Nein"),
    "kind_integer": ("a whole number", "eine ganze Zahl"),
    "kind_decimal": ("a number", "eine Zahl"),
    "kind_double": ("a number", "eine Zahl"),
    "kind_text": ("a text", "ein Text"),
    "kind_binary": ("a binary value", "ein Binärwert"),
    "kind_date": ("a date", "ein Datum"),
    "kind_time": ("a time of day", "eine Uhrzeit"),
    "kind_moment": ("a date with time", "ein Zeitpunkt"),
    "kind_large_text": ("a large text", "ein langer Text"),
    "kind_large_binary": ("a file", "eine Datei"),
    # Errors
    "error": ("This cannot be shown", "Das kann nicht gezeigt werden"),
    "try_again": ("Try again", "Noch einmal versuchen"),
    "back_to_overview": ("To the tables and views", "Zu den Tabellen und Sichten"),
    # The overview's counts, and what it leaves out
    "count_rows": ("Count the rows", "Zeilen zählen"),
    "hidden": ("What is not shown", "Was nicht gezeigt wird"),
    "hidden_lead": (
        "Only operators see this. Who misses something may lack a role:",
        "Das sehen nur Betreiber. Wem etwas fehlt, dem fehlt vielleicht eine Rolle:",
    ),
    "why_missing": ("Why is something missing?", "Warum fehlt etwas?"),
    "hidden_unseen": ("The policy shows these to nobody", "Diese zeigt die Policy niemandem"),
    "hidden_objects": ("These cannot be shown", "Diese können nicht gezeigt werden"),
    "hidden_columns": ("These columns cannot be shown", "Diese Spalten können nicht gezeigt werden"),
    "hidden_findings": (
        "In the policy, this does not fit the schema",
        "In der Policy passt das nicht zum Schema",
    ),
    "nothing_hidden": (
        "Everything in the schema is shown to somebody.",
        "Alles im Schema wird jemandem gezeigt.",
    ),
    "hidden_more": ("And {count} more.", "Und {count} weitere."),
    "explain": ("Explain", "Erklären"),
    "explain_lead": (
        "What the policy shows somebody with these scopes and attributes, and which line of it decides.",
        "Was die Policy jemandem mit diesen Scopes und Attributen zeigt, und welche Zeile entscheidet.",
    ),
    "explain_object": ("Table or view", "Tabelle oder Sicht"),
    "explain_scopes": ("Scopes or roles, with commas between", "Scopes oder Rollen, durch Komma getrennt"),
    "explain_attributes": (
        "Attributes, with blanks between",
        "Attribute, durch Leerzeichen getrennt",
    ),
    "explain_yes": ("{object} is shown", "{object} wird gezeigt"),
    "explain_no": ("{object} is not shown", "{object} wird nicht gezeigt"),
    "explain_why": ("Why", "Warum"),
    "explain_roles": ("Roles of the policy", "Rollen der Policy"),
    "explain_none": ("none", "keine"),
    "explain_withheld": ("Withheld columns", "Vorenthaltene Spalten"),
    "explain_too_long": (
        "A field holds at most 1,000 characters.",
        "Ein Feld fasst höchstens 1.000 Zeichen.",
    ),
    # Taking a view away
    "files": ("Files", "Dateien"),
    "file_csv": ("CSV", "CSV"),
    "file_excel": ("CSV for Excel", "CSV für Excel"),
    "file_jsonl": ("JSON Lines", "JSON Lines"),
    "for_programs": ("For programs", "Für Programme"),
    "about_token": (
        "These lines read the same rows and columns. They take an access token from the variable TOKEN; "
        "how to get one says docs/data.md, “A token”.",
        "Damit liest man dieselben Zeilen und Spalten. Das Access-Token steht in der Variable TOKEN; "
        "woher man eines bekommt, sagt docs/data.md, „A token“.",
    ),
    "only_large": (
        "All columns of this view are large values, which are downloaded one by one.",
        "Alle Spalten dieser Ansicht sind große Werte, die einzeln heruntergeladen werden.",
    ),
    "address_too_long": (
        "With so many filters the addresses are longer than some servers take.",
        "Mit so vielen Filtern sind die Adressen länger, als manche Server nehmen.",
    ),
    # A record, and what it points to
    "large": ("large value", "großer Wert"),
    "facts_key": ("Record", "Datensatz"),
    "facts_numbers": ("Numbers", "Zahlen"),
    "facts_dates": ("Dates and times", "Daten und Zeiten"),
    "facts_texts": ("Details", "Einzelheiten"),
    "points_to": ("Belongs to", "Gehört zu"),
    "by_column": ("by {column}", "nach {column}"),
    "all_of_these": ("{amount}: show in the table", "{amount}: in der Tabelle zeigen"),
    "neighbours": ("Records beside this one", "Benachbarte Datensätze"),
    "previous_record": ("Previous", "Vorheriger"),
    "next_record": ("Next", "Nächster"),
    "back_to_rows": ("Back to the rows", "Zurück zu den Zeilen"),
    "not_read_in_time": (
        "This could not be read in time.",
        "Das war nicht rechtzeitig zu lesen.",
    ),
    "neighbours_not_in_time": (
        "The records beside this one could not be found in time.",
        "Die benachbarten Datensätze waren nicht rechtzeitig zu finden.",
    ),
    "labels_not_in_time": (
        "{column}: the names could not be read in time; the keys are shown instead.",
        "{column}: Die Namen waren nicht rechtzeitig zu lesen; gezeigt werden die Schlüssel.",
    ),
    # What a table can be narrowed by
    "filters_of": ("Filters: {label}", "Filter: {label}"),
    "all_rows": ("All rows", "Alle Zeilen"),
    "narrow_by": ("What the rows can be narrowed by", "Wonach die Zeilen gefiltert werden können"),
    "show_rows": ("Show rows", "Zeilen anzeigen"),
    "ask_is": ("equals", "gleich"),
    "ask_not": ("other than", "ungleich"),
    "ask_contains": ("contains", "enthält"),
    "ask_starts": ("begins with", "beginnt mit"),
    "ask_ends": ("ends with", "endet mit"),
    "ask_from": ("from", "von"),
    "ask_to": ("to", "bis"),
    "ask_above": ("above", "über"),
    "ask_below": ("below", "unter"),
    "ask_more": ("More ways", "Weitere Möglichkeiten"),
    "another_value": ("another value", "ein anderer Wert"),
    "most_frequent": (
        "The {count} most frequent values; there are more.",
        "Die {count} häufigsten Werte; es gibt weitere.",
    ),
    "any_value": ("with or without a value", "mit oder ohne Wert"),
    "without_a_value": ("without a value", "ohne Wert"),
    "with_a_value": ("with a value", "mit Wert"),
    "empty_text": ("(empty)", "(leer)"),
    "blank": ("(blanks)", "(Leerzeichen)"),
    "late": ("This could not be read in time.", "Das war nicht rechtzeitig zu lesen."),
    "bar": ("{what}: {rows}", "{what}: {rows}"),
    "histogram_of": ("How {column} is distributed", "Verteilung von {column}"),
    "histogram_told": (
        "{count} values from {low} to {high}. Most of them: {most}. Without a value: {nulls}.",
        "{count} Werte von {low} bis {high}. Die meisten: {most}. Ohne Wert: {nulls}.",
    ),
}

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {name: english for name, (english, _) in _TABLE.items()},
    "de": {name: german for name, (_, german) in _TABLE.items()},
}
"""By language and name."""
