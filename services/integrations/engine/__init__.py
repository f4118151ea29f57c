"""The delivery engine: takes due rows from the ledger, lets an integration send them, writes down what came of it."""
