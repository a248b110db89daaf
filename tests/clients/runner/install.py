"""Installs and builds what the clients need, and jotleash."""

import concurrent.futures
import filecmp
import os
import shutil
import subprocess
import sys

from places import BIN, NODE, OAUTH, PYTHON, ROOT, SCRATCH, SOURCES, VENV
from processes import environment, note, output

DEBIAN = [
    "ca-certificates", "gcc", "golang-github-golang-jwt-jwt-dev", "golang-github-gomodule-redigo-dev",
    "golang-go", "golang-gopkg-square-go-jose.v2-dev", "libc6-dev", "libcjose-dev", "libcrypt-jwt-perl",
    "libcurl4-openssl-dev", "libfaketime", "libjansson-dev", "openssl", "perl", "pkg-config", "python3-venv",
    "redis-server", "ruby", "ruby-jwt",
]


def install():
    install_debian()
    for tool, where in {"cargo": "https://rustup.rs", "node": "apt-get install nodejs", "npm": "apt-get install npm"}.items():
        if not shutil.which(tool):
            sys.exit(f"scripts/test-clients: {tool} is needed: {where}")
    BIN.mkdir(parents=True, exist_ok=True)
    # cargo twice, in turn: the second cannot start before the first has left a core free.
    steps = [[build_service, build_rust], [install_node, install_python, build_go, build_c]]
    with concurrent.futures.ThreadPoolExecutor(len(steps)) as pool:
        for done in [pool.submit(lambda row=row: [step() for step in row]) for row in steps]:
            done.result()


def install_debian():
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"],
                            capture_output=True, text=True).stdout.splitlines()
    missing = [name for name in DEBIAN if f"{name} installed" not in listed]
    if not missing:
        return
    root = [] if os.geteuid() == 0 else ["sudo"]
    if not shutil.which("apt-get") or (root and not shutil.which("sudo")):
        sys.exit(f"scripts/test-clients: these Debian packages are needed: apt-get install {' '.join(missing)}")
    note(f"installing {' '.join(missing)}")
    # At run level 1 no package starts a server; and another apt-get is waited for.
    wait = ["-o", "DPkg::Lock::Timeout=600"]
    output([*root, "apt-get", *wait, "update", "-q"])
    output([*root, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", *wait, "install",
            "-q", "-y", "--no-install-recommends", *missing])


def build_service():
    output(["cargo", "build", "--quiet", "--bin", "jotleash", "--target-dir", str(ROOT / "target")], cwd=ROOT)


def build_rust():
    built = SCRATCH / "rust-target"
    for source, target in {SOURCES / "rust": SCRATCH / "rust", OAUTH / "rust": SCRATCH / "oauth-rust"}.items():
        output(["cargo", "build", "--quiet", "--locked", "--target-dir", str(built)], cwd=copied(source, target))
    for name in ("jsonwebtoken", "jwt-simple", "jotleash-oauth-clients"):
        shutil.copy2(built / "debug" / name, BIN / name)


def install_node():
    folders = {SOURCES / "node": NODE, OAUTH / "node": SCRATCH / "oauth-node",
               ROOT / "examples/node": SCRATCH / "example-node"}
    for source, target in folders.items():
        folder = copied(source, target)
        if changed(folder, "package-lock.json"):
            output(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
            done(folder, "package-lock.json")


def install_python():
    wanted = [folder / "python/requirements.txt" for folder in (SOURCES, OAUTH, ROOT / "examples")]
    VENV.mkdir(exist_ok=True)
    (VENV / "wanted").write_text("".join(f"-r {path}\n{path.read_text()}" for path in wanted))
    if changed(VENV, "wanted"):
        output([sys.executable, "-m", "venv", "--clear", str(VENV)])
        output([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                *(word for path in wanted for word in ("-r", str(path)))])
        (VENV / "wanted").write_text("".join(f"-r {path}\n{path.read_text()}" for path in wanted))
        done(VENV, "wanted")


def build_go():
    """Debian's Go packages are for GOPATH mode: no module is fetched."""
    path = SCRATCH / "go"
    copied(SOURCES / "go", path / "src/verifiers")
    copied(ROOT / "examples/go", path / "src/example")
    for name in ("keys.go", "verify.go"):  # golang-jwt's verifier is the example's
        shutil.copy(ROOT / "examples/go" / name, path / "src/verifiers/golang-jwt" / name)
    env = environment(GOPATH=f"{path}:/usr/share/gocode", GO111MODULE="off", GOFLAGS="",
                      GOCACHE=str(SCRATCH / "go-cache"))
    for package in ("verifiers/golang-jwt", "verifiers/go-jose", "example"):
        output(["go", "build", "-o", f"{BIN}/", package], env=env)


def build_c():
    flags = output(["pkg-config", "--cflags", "--libs", "cjose", "libcurl", "jansson"]).split()
    output(["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", str(BIN / "cjose"),
            str(SOURCES / "c/verify.c"), *flags])


def copied(source, target):
    """A copy to install and build in, so that the work tree stays clean. What was built is kept."""
    for path in source.rglob("*"):
        to = target / path.relative_to(source)
        if path.is_file() and not (to.exists() and filecmp.cmp(path, to, shallow=False)):
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
    return target


def changed(folder, name):
    """Whether this file is another one than when `done` was said."""
    stamp = folder / f".{name}.done"
    return not stamp.exists() or stamp.read_bytes() != (folder / name).read_bytes()


def done(folder, name):
    shutil.copy(folder / name, folder / f".{name}.done")
