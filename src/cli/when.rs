//! Times for people.

use chrono::{DateTime, SecondsFormat};

/// A time in Unix seconds by RFC 3339, in UTC.
pub(super) fn rfc3339(seconds: u64) -> Option<String> {
    let time = DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// How far a time is from now: `in 4 min 10 s`, `3 min ago`, `now`.
pub(super) fn relative(seconds: u64, now: u64) -> String {
    match seconds.abs_diff(now) {
        0 => "now".to_owned(),
        left if seconds > now => format!("in {}", span(left)),
        past => format!("{} ago", span(past)),
    }
}

/// A length of time in its two largest units.
pub(super) fn span(seconds: u64) -> String {
    let (large, unit, small, rest) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..3_600 => (seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => (seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => (seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    };
    if small == 0 {
        format!("{large} {unit}")
    } else {
        format!("{large} {unit} {small} {rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_told_in_its_two_largest_units() {
        for (seconds, told) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (250, "4 min 10 s"),
            (3_600, "1 h"),
            (7_559, "2 h 5 min"),
            (86_400 * 3 + 7_200, "3 d 2 h"),
        ] {
            assert_eq!(span(seconds), told);
        }
    }

    #[test]
    fn a_time_is_told_from_now() {
        assert_eq!(relative(110, 100), "in 10 s");
        assert_eq!(relative(100, 160), "1 min ago");
        assert_eq!(relative(100, 100), "now");
        assert_eq!(rfc3339(1_000_000_000).unwrap(), "2001-09-09T01:46:40Z");
        assert_eq!(rfc3339(u64::MAX), None);
    }
}
