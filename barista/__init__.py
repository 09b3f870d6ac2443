"""The barista: reads orders from Kafka and serves each of them one drink, for Spring Cloud Data Flow."""

__version__ = "0.1.0"
