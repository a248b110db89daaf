//! A file that lost something afterwards: cut off, overwritten, a bit turned. Either it is refused,
//! or all that was acknowledged is in it; an older state is never taken for the last one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::disk::{Crash, Disk, after};
use super::played;
use super::scene::{Fact, engine, shows};

const PAGE: usize = 4096;

/// The one bit that redb takes on trust: which of the header's two commits is the last one.
const WHICH_COMMIT: usize = 72;

/// The file of a store that was killed, the file of one that was closed, and what is in both.
fn files() -> ([Vec<u8>; 2], Vec<Fact>) {
    let scene = played();
    let killed = after(&[], &scene.disk.steps(), Crash::Killed);
    let (disk, facts) = (scene.disk.clone(), scene.close());
    let closed = after(&[], &disk.steps(), Crash::Killed);
    ([killed, closed], facts)
}

/// Whether a file was refused; what is taken must be whole.
fn refused(image: Vec<u8>, facts: &[Fact], what: &str) -> bool {
    let opened = catch_unwind(AssertUnwindSafe(|| engine(Disk::with(image))));
    let Ok(engine) = opened.unwrap_or_else(|_| panic!("{what}: a panic is no clear error")) else {
        return true;
    };
    let lasting = facts.iter().filter(|fact| fact.during.end == usize::MAX);
    for fact in lasting {
        assert!(shows(&engine, &fact.claim), "{what}: not {:?}", fact.claim);
    }
    false
}

#[test]
fn a_file_that_was_cut_off_is_refused_or_whole() {
    let (files, facts) = files();
    let mut count = 0;
    for file in files {
        for length in (0..file.len()).step_by(PAGE / 2) {
            let image = file[..length].to_vec();
            // At nothing, the caller has refused it.
            if length > 0 {
                count += usize::from(refused(image, &facts, &format!("cut off at {length}")));
            }
        }
    }
    assert!(count > 100, "only {count} were refused");
}

#[test]
fn a_file_with_a_damaged_page_is_refused_or_whole() {
    let (files, facts) = files();
    let mut count = 0;
    for file in files {
        for page in 0..file.len() / PAGE {
            let start = page * PAGE;
            let mut zeros = file.clone();
            zeros[start..start + PAGE].fill(0);
            let mut turned = file.clone();
            turned[start + PAGE / 8] ^= 4;
            for image in [zeros, turned] {
                count += usize::from(refused(image, &facts, &format!("page {page}")));
            }
        }
    }
    assert!(count > 20, "only {count} were refused");
}

#[test]
fn a_header_with_any_bit_turned_is_refused_or_whole() {
    let (files, facts) = files();
    for file in files {
        for bit in (0..320 * 8).filter(|bit| *bit != WHICH_COMMIT) {
            let mut image = file.clone();
            image[bit / 8] ^= 1 << (bit % 8);
            refused(image, &facts, &format!("bit {bit}"));
        }
    }
}
