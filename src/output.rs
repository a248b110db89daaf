//! What goes to the terminal: data to standard output, complaints to standard error.

use std::io::{self, Write as _};

/// Writes data and a line break to standard output.
///
/// # Errors
/// What the system says; a reader that went away is no error.
pub fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a complaint to standard error, where no logger does it.
pub fn complaint(text: &str) {
    // Nobody is left to tell if this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
