"""Training of the recognition model on folders of photos, one folder for each animal.

``manage.py train_recognition`` runs it. PyTorch is needed for the steps alone (``network``, ``losses``,
``augmentation``, ``loop``); the split, the schedule, the initial head and the export do without it, and the service
never imports any of this.

1. ``dataset`` reads, cuts and splits the photos by animal.
2. ``initial_head`` fits the 512-d head on the untrained backbone's features.
3. ``loop`` fine-tunes head and later blocks with ArcFace, on pictures that ``augmentation`` has spoilt.
4. ``export`` writes backbone, head and ImageNet's classifier as one ONNX file; ``eight_bits`` makes it fast.
"""
