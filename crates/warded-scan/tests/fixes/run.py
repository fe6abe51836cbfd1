"""Runs modules before and after their fixes. What could be run before can be run afterwards."""

import builtins
import sys
import pathlib

# The names that the examples take from elsewhere.
for name in "TOKEN_URL AUTHORIZE_URL SERVER_URL KEY KEYS CLIENT ISSUER INTROSPECTION".split():
    setattr(builtins, name, "https://example.com/" + name)


def runs(path):
    try:
        exec(compile(path.read_text(), str(path), "exec"), {"__name__": "example"})
    except ImportError as error:
        print(f"SKIPPED {path.name}: {error}", file=sys.stderr)
        return None
    return True


for after in sorted(pathlib.Path(sys.argv[1], "after").glob("*.py")):
    if runs(pathlib.Path(sys.argv[1], "before", after.name)):
        assert runs(after), after
        print(after.name)
