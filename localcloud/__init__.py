"""The laptop's stand-ins: a HANA and an XSUAA that SAP's own, unmodified clients accept.

Never pushed, and never imported by `tokonoma`. What a stand-in does not do it refuses loudly.
"""
