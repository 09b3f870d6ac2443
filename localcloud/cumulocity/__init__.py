"""A local Cumulocity: its gateway in front of one microservice, and the two questions that one may ask.

What it does not do it refuses with 501 in Cumulocity's error shape.
"""
