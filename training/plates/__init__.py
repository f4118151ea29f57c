"""Number plates drawn from grammar, free fonts and chance, because real labelled ones are few."""
