"""Django's MySQL backend for processes that somebody waits for. Needs mysqlclient; see `base`."""
