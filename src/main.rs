//! The `jotleash` command.

fn main() {}
