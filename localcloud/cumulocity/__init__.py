"""A local Cumulocity: a gateway in front of one microservice, and the endpoints that say who the caller is.

What it does not do it refuses with 501 in Cumulocity's error shape.
"""
