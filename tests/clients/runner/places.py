"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "tests/clients"
OAUTH = SOURCES / "oauth"
# What is installed and built, and kept for the next time.
SCRATCH = ROOT / "target/clients"
VENV = SCRATCH / "python"
BIN = SCRATCH / "bin"
NODE, PYTHON = SCRATCH / "node", VENV / "bin/python"
