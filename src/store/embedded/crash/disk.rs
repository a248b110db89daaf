//! A disk that remembers all that was done to it, and what is left of that after a crash.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

/// One thing that was done to the file.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// It was made this long.
    Length(usize),
    /// This was written there.
    Write(usize, Vec<u8>),
    /// All before this is on the disk.
    Sync,
}

/// A disk; clones are the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    image: Vec<u8>,
    steps: Vec<Step>,
}

impl Disk {
    /// A disk on which this is already.
    pub(super) fn with(image: Vec<u8>) -> Self {
        let disk = Self::default();
        disk.state().image = image;
        disk
    }

    /// What was done to it.
    pub(super) fn steps(&self) -> Vec<Step> {
        self.state().steps.clone()
    }

    /// How much was done to it.
    pub(super) fn count(&self) -> usize {
        self.state().steps.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn step(&self, step: Step) {
        let mut state = self.state();
        apply(&mut state.image, &step);
        state.steps.push(step);
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().image.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        let state = self.state();
        let found = state.image.get(start..start + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.step(Step::Length(usize::try_from(len).unwrap()));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.step(Step::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        self.step(Step::Write(start, data.to_vec()));
        Ok(())
    }
}

/// What becomes of what was not synced yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    /// The process is killed: the system writes all of it.
    Killed,
    /// The power is cut, and none of it was written.
    Nothing,
    /// Only the last write was: the disk goes by an order of its own.
    OnlyTheLast,
    /// All but half of the last write was.
    Torn,
    /// Some writes were: bits of a seed decide which.
    Some(u64),
}

/// The file after a crash that came once `steps` were done to what was in `before`.
pub(super) fn after(before: &[u8], steps: &[Step], crash: Crash) -> Vec<u8> {
    let synced = steps.iter().rposition(|step| matches!(step, Step::Sync));
    let (synced, loose) = steps.split_at(synced.map_or(0, |last| last + 1));
    let mut image = before.to_vec();
    for step in synced {
        apply(&mut image, step);
    }
    for (index, step) in loose.iter().enumerate() {
        let last = index + 1 == loose.len();
        match (crash, step) {
            (Crash::Nothing, _) => {}
            (Crash::OnlyTheLast, Step::Write(..)) if !last => {}
            (Crash::Some(seed), Step::Write(..)) if seed >> (index % 64) & 1 == 0 => {}
            (Crash::Torn, Step::Write(start, data)) if last => {
                apply(
                    &mut image,
                    &Step::Write(*start, data[..data.len() / 2].to_vec()),
                );
            }
            _ => apply(&mut image, step),
        }
    }
    image
}

fn apply(image: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Length(length) => image.resize(*length, 0),
        Step::Write(start, data) => image[*start..*start + data.len()].copy_from_slice(data),
        Step::Sync => {}
    }
}
