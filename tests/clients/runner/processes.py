"""Processes, ports and output."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path


def environment(**more):
    """Ours, without what would speak to jotleash, and without a proxy between us and ourselves."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("JOTLEASH_") and not name.lower().endswith("_proxy")}
    return {**kept, **more}


def output(command, **options):
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if run.returncode:
        sys.exit(f"scripts/test-clients: failed: {' '.join(command)}\n{run.stdout}{run.stderr}")
    return run.stdout.strip()


def spawn(running, command, **options):
    """A process that is ended together with us."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    running.callback(process.wait)
    running.callback(process.kill)
    return process


def line_of(process, pattern):
    """Waits for a line of its output, and gives the pattern's group. The rest is for `last_words`."""
    process.lines = []
    for line in process.stdout:
        process.lines.append(line)
        if found := re.search(pattern, line):
            process.reader = threading.Thread(target=process.lines.extend, args=(process.stdout,), daemon=True)
            process.reader.start()
            return found[1]
    sys.exit(f"scripts/test-clients: {process.args} did not start:\n{''.join(process.lines)}")


def last_words(process):
    """Ends it, and gives all that it wrote, errors too."""
    process.kill()
    process.reader.join()
    return "".join(process.lines).strip()


def scratch_folder(running):
    return Path(running.enter_context(tempfile.TemporaryDirectory(prefix="jotleash-clients-")))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def note(text):
    print(f"scripts/test-clients: {text}", file=sys.stderr, flush=True)


def print_table(head, rows):
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(f"{cell:{width}}" for cell, width in zip(row, widths)) + " |")
    print(flush=True)
