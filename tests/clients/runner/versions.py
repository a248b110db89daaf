"""Which version of a library is tried: from the file of ours that pins it, or of the Debian package."""

import re

from places import SOURCES
from processes import output


def locked(package, folder=""):
    return SOURCES / folder / "node/package-lock.json", rf'"node_modules/{package}": {{\s+"version": "(.+)"'


def required(package, folder=""):
    return SOURCES / folder / "python/requirements.txt", rf"(?m)^{package}==(.+)$"


def crate(package, folder=""):
    return SOURCES / folder / "rust/Cargo.toml", rf'(?m)^{package} = {{ version = "=(.+?)"'


def version_of(library):
    if len(library.version) == 1:
        return output(["dpkg-query", "-W", "-f", "${Version}", *library.version])
    file, pattern = library.version
    return re.search(pattern, file.read_text())[1]
