//! A small disk that can be filled: a `tmpfs` in a mount namespace of its own, so that it needs no
//! root and goes with the process that holds it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The disk; gone when dropped.
pub(super) struct SmallDisk {
    holder: Child,
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts one of so many MiB at this folder, for those that are started [`inside`](Self::inside).
    pub(super) fn at(folder: &Path, mebibytes: u64) -> Self {
        fs::create_dir(folder).unwrap();
        let script = format!("mount -t tmpfs -o size={mebibytes}m none \"$0\" && echo && exec cat");
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare (util-linux) is needed");
        let mut line = String::new();
        let mut stdout = BufReader::new(holder.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        assert_eq!(
            line, "\n",
            "this test needs to mount a tmpfs in a user namespace: allow those \
             (sysctl user.max_user_namespaces, or a container's seccomp profile)"
        );
        Self {
            holder,
            folder: folder.to_owned(),
        }
    }

    /// What a command starts with that sees the disk.
    pub(super) fn inside(&self) -> Vec<String> {
        let target = self.holder.id().to_string();
        let enter = [
            "nsenter",
            "--user",
            "--mount",
            "--preserve-credentials",
            "--target",
        ];
        let parent = self.folder.parent().unwrap().to_str().unwrap();
        // Entering leads to the root; the folder is looked up again inside.
        let go = ["sh", "-c", "cd \"$0\" && exec \"$@\"", parent];
        let words = enter.into_iter().chain([target.as_str()]).chain(go);
        words.map(str::to_owned).collect()
    }

    /// A file on it, seen from outside.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        let folder = self.folder.strip_prefix("/").unwrap();
        let root = format!("/proc/{}/root", self.holder.id());
        Path::new(&root).join(folder).join(name)
    }

    /// Leaves so many KiB free.
    pub(super) fn fill_but(&self, kibibytes: u64) {
        let mut filler = fs::File::create(self.file("filler")).unwrap();
        while filler.write_all(&[1; 4096]).is_ok() {}
        let written = filler.metadata().unwrap().len();
        filler.set_len(written - kibibytes * 1024).unwrap();
    }

    /// Makes room again.
    pub(super) fn empty(&self) {
        fs::remove_file(self.file("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
