"""Fitting ``weights/calibration.json``. ``manage.py fit_calibration`` runs it; the service never imports any of this.

1. ``rows`` compares photos with photos, and photos with animals, and keeps each cosine with who was compared.
2. ``fitting`` makes a curve of such rows, logistic or isotonic, whichever holds better on animals left out.
3. ``reliability`` measures how far probabilities mean what they say.
"""
