//! The embedded store: killed, on a full disk, with a broken file, restored from a backup.

mod files;
mod full;
mod killed;
mod load;
mod restored;
mod small_disk;
