"""What an owner prints: tags in several sizes, the lost poster, and the picture that stands for a case elsewhere.

The parts draw from plain values (`CaseFacts`, a tag id) and know no database. Nothing here prints how a person is
reached: every code leads to a page of ours.
"""
