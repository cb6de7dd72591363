"""Scenarios as other people's programs read them: one module an engine, none of which is imported here."""
