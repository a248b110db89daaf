//! Where time and randomness come in. Nothing else in the crate asks the system for either.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Wall-clock time, and time that only goes forward.
pub trait Clock: Debug + Send + Sync {
    /// Microseconds since the Unix epoch.
    fn micros(&self) -> u64;

    /// Whole seconds since the Unix epoch, the unit of every claim (`NumericDate`, RFC 7519).
    fn now(&self) -> u64 {
        self.micros() / 1_000_000
    }

    /// Milliseconds since the Unix epoch.
    fn millis(&self) -> u64 {
        self.micros() / 1_000
    }

    /// Time since a moment that is fixed while the machine runs, to be compared with earlier
    /// readings: no correction of the wall clock moves it, and it goes on while the machine sleeps.
    fn monotonic(&self) -> Duration;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    fn micros(&self) -> u64 {
        u64::try_from(chrono::Utc::now().timestamp_micros()).unwrap_or(0)
    }

    fn monotonic(&self) -> Duration {
        #[cfg(any(target_os = "android", target_os = "linux"))]
        const SLEEP_COUNTS: ClockId = ClockId::Boottime;
        #[cfg(not(any(target_os = "android", target_os = "linux")))]
        const SLEEP_COUNTS: ClockId = ClockId::Monotonic;
        clock_gettime(SLEEP_COUNTS).try_into().unwrap_or_default()
    }
}

/// A clock that stands until it is moved, for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands at this Unix time in seconds.
    pub const fn at(seconds: u64) -> Self {
        Self(AtomicU64::new(seconds * 1_000_000))
    }

    /// Moves the clock on by this many milliseconds.
    pub fn advance_millis(&self, millis: u64) {
        self.0.fetch_add(millis * 1_000, Ordering::SeqCst);
    }

    /// Moves the clock on by this many seconds.
    pub fn advance(&self, seconds: u64) {
        self.advance_millis(seconds * 1_000);
    }
}

impl Clock for ManualClock {
    fn micros(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.micros())
    }
}

/// A source of random bytes, fit for keys.
pub trait Entropy: Debug + Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// When the operating system cannot give random bytes. No id, key or secret may be made then,
    /// and no caller could do anything else.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks for randomness"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        use ring::rand::{SecureRandom as _, SystemRandom};
        let filled = SystemRandom::new().fill(buffer);
        assert!(
            filled.is_ok(),
            "the operating system's random number generator failed"
        );
    }
}
