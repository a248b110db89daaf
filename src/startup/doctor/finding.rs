//! What was found, one line each.

use serde::Serialize;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: `configuration`, `keys`, `store` …
    pub about: &'static str,
    /// How it is.
    pub level: Level,
    /// What was found, and unless all is well what to do.
    pub message: String,
    #[serde(skip)]
    unreachable: bool,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// The service runs with it, and somebody should look.
    Warn,
    /// The service does not start with it, or does not work.
    Fail,
}

/// What the findings come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worst {
    /// Nothing worse than this.
    Level(Level),
    /// All that fails is that the store does not answer.
    Unreachable,
}

/// The worst of the findings.
pub fn worst(findings: &[Finding]) -> Worst {
    let level = findings.iter().map(|finding| finding.level).max();
    let level = level.unwrap_or(Level::Ok);
    let mut failed = findings.iter().filter(|one| one.level == Level::Fail);
    if level == Level::Fail && failed.all(|one| one.unreachable) {
        Worst::Unreachable
    } else {
        Worst::Level(level)
    }
}

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, about: &'static str, message: impl Into<String>) {
        self.add(about, Level::Ok, message, false);
    }

    pub(super) fn warn(&mut self, about: &'static str, message: impl Into<String>) {
        self.add(about, Level::Warn, message, false);
    }

    pub(super) fn fail(&mut self, about: &'static str, message: impl Into<String>) {
        self.add(about, Level::Fail, message, false);
    }

    /// The store does not answer.
    pub(super) fn unreachable(&mut self, message: impl Into<String>) {
        self.add("store", Level::Fail, message, true);
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.0
    }

    fn add(
        &mut self,
        about: &'static str,
        level: Level,
        message: impl Into<String>,
        unreachable: bool,
    ) {
        self.0.push(Finding {
            about,
            level,
            message: message.into(),
            unreachable,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_out_does_not_hide_a_configuration_that_is_wrong() {
        let mut found = Findings::default();
        assert_eq!(worst(&found.0), Worst::Level(Level::Ok));
        found.warn("clock", "late");
        assert_eq!(worst(&found.0), Worst::Level(Level::Warn));
        found.unreachable("no answer");
        assert_eq!(worst(&found.0), Worst::Unreachable);
        found.fail("keys", "missing");
        assert_eq!(worst(&found.0), Worst::Level(Level::Fail));
    }
}
