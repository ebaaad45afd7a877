"""How dates are written in each language, the time by 24 hours in all of them."""
