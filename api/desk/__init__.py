"""The desk: what content teams open in a browser, at `/`.

A page is a module here with a router of its own (`router = desk_router()`), thin handlers
(visitor → services → a frozen view → `desk.show`) and a template in `api/templates/desk`. What a
handler names as its visitor (`Seeing`, `Reporting`, `Writing`, `Administering`) says which scope
it needs; every POST is checked for its origin and its form's token before the handler runs, and
every error becomes a page. `mount.py` lists the pages, `navigation.py` what leads to them.
"""
