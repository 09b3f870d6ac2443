"""The server's side of HANA's SQL Command Network Protocol: from bytes to `model.Connection` and back."""
