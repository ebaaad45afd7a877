"""Backups: the database and every picture in one consistent set, which says of itself what it holds.

    20261121T020000123Z/
        database.sqlite3.gz         or database.sql.gz; with the ending .age where backups are encrypted
        pictures-0001.tar           volumes of 256 MB at most
        pictures.jsonl.gz           which picture lies in which volume, with its SHA-256
        manifest.json               written last: a set without one is not complete and never used

The rows are those of one moment, while web and worker go on; every file that they name is in the set. To that end the
files are copied first, then the rows, then the files that came in between: no file ever changes under its name.
"""
