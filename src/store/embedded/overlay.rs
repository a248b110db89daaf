//! A file that is opened as the service would open it, repair and all, and not changed: what is
//! written stays in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

const BLOCK: u64 = 4096;

/// A file and what was written over it.
#[derive(Debug)]
pub(super) struct Overlay {
    file: File,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    length: u64,
    /// How much of the file counts: it was cut off there once.
    of_file: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Overlay {
    pub(super) fn over(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let written = Written {
            length,
            of_file: length,
            blocks: BTreeMap::new(),
        };
        Ok(Self {
            file,
            written: Mutex::new(written),
        })
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block as it is now; zeros where nothing is.
    fn block(&self, written: &Written, number: u64) -> io::Result<Vec<u8>> {
        if let Some(block) = written.blocks.get(&number) {
            return Ok(block.clone());
        }
        let start = number * BLOCK;
        let there = written.of_file.saturating_sub(start).min(BLOCK);
        let mut block = vec![0; usize::try_from(there).unwrap_or_default()];
        self.file.read_exact_at(&mut block, start)?;
        block.resize(usize::try_from(BLOCK).unwrap_or_default(), 0);
        Ok(block)
    }
}

/// Calls with each block that a range touches: its number, the range within it, and how far into
/// the whole that is.
fn pieces(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let left = length.checked_sub(done).filter(|left| *left > 0)?;
        let at = offset + done as u64;
        let start = usize::try_from(at % BLOCK).ok()?;
        let count = left.min(usize::try_from(BLOCK).ok()? - start);
        let piece = (at / BLOCK, start, count, done);
        done += count;
        Some(piece)
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written();
        if offset + out.len() as u64 > written.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, start, count, done) in pieces(offset, out.len()) {
            let block = self.block(&written, number)?;
            let (from, to) = (
                block.get(start..start + count),
                out.get_mut(done..done + count),
            );
            if let (Some(from), Some(to)) = (from, to) {
                to.copy_from_slice(from);
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut written = self.written();
        written.of_file = written.of_file.min(length);
        written.length = length;
        written.blocks.retain(|number, _| number * BLOCK < length);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written();
        for (number, start, count, done) in pieces(offset, data.len()) {
            let mut block = self.block(&written, number)?;
            let (from, to) = (
                data.get(done..done + count),
                block.get_mut(start..start + count),
            );
            if let (Some(from), Some(to)) = (from, to) {
                to.copy_from_slice(from);
            }
            written.blocks.insert(number, block);
        }
        Ok(())
    }
}
