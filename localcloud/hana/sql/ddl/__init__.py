"""Carries out definitions: from a catalogue to the next one, and the sqlite statements that go with it."""
