//! What a presented refresh token means: a pure decision over two counters and a clock.

/// What to do about a refresh token whose two tags are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rotation {
    /// Advance the counter to this.
    Advance(u64),
    /// It was replaced a moment ago: give the same successor again, extend nothing.
    Repeat,
    /// It was replaced long ago, or twice: somebody has a copy. End the session.
    Reuse,
}

/// Decides by the session's counter and the store's clock, both read in one step.
///
/// A presented counter above the stored one means that the store lost its last writes in a
/// failover: both tags prove that we gave that counter out, so it is current.
pub(super) const fn decide(
    stored: u64,
    presented: u64,
    millis_since_advance: u64,
    grace_millis: u64,
) -> Rotation {
    if presented >= stored {
        Rotation::Advance(presented.saturating_add(1))
    } else if presented + 1 == stored && millis_since_advance < grace_millis {
        Rotation::Repeat
    } else {
        Rotation::Reuse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_token_advances_and_a_later_one_is_taken_as_current() {
        assert_eq!(decide(0, 0, 0, 30_000), Rotation::Advance(1));
        assert_eq!(decide(7, 7, 999_999, 0), Rotation::Advance(8));
        assert_eq!(decide(7, 9, 999_999, 30_000), Rotation::Advance(10));
    }

    #[test]
    fn the_token_just_replaced_repeats_only_within_the_grace() {
        assert_eq!(decide(7, 6, 0, 30_000), Rotation::Repeat);
        assert_eq!(decide(7, 6, 29_999, 30_000), Rotation::Repeat);
        assert_eq!(decide(7, 6, 30_000, 30_000), Rotation::Reuse);
        assert_eq!(
            decide(7, 6, 0, 0),
            Rotation::Reuse,
            "no grace: the first repeat is reuse"
        );
    }

    #[test]
    fn an_older_token_is_reuse_at_any_time() {
        assert_eq!(decide(7, 5, 0, u64::MAX), Rotation::Reuse);
        assert_eq!(decide(7, 0, 0, u64::MAX), Rotation::Reuse);
    }
}
