//! The embedded store: killed, on a full disk, with a broken file, restored from a backup.

mod full;
mod killed;
mod load;
mod small_disk;
