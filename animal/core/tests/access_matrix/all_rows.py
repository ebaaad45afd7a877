"""The whole table."""

from animal.core.tests.access_matrix import rows_accounts, rows_animals, rows_pages, rows_people

ROWS = [*rows_accounts.ROWS, *rows_animals.ROWS, *rows_people.ROWS, *rows_pages.ROWS]
