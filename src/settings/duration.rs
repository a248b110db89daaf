//! Durations as people write them: `500ms 30s 5m 2h 14d`.

const UNITS: [(&str, u64); 5] = [
    // `ms` before the two that it ends and starts with.
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Ten years: more is a slip of the hand.
const LONGEST: u64 = 3_650 * 86_400_000;

/// Reads a duration: milliseconds, at most ten years.
///
/// # Errors
/// What it should look like.
pub fn millis(raw: &str) -> Result<u64, String> {
    let wrong = || format!("{raw:?} is not a duration: write 500ms, 30s, 5m, 2h or 14d");
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(suffix, unit)| Some((raw.strip_suffix(suffix)?, *unit)))
        .ok_or_else(wrong)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .filter(|millis| *millis <= LONGEST)
        .ok_or_else(|| format!("{raw:?} is more than ten years"))
}

/// Milliseconds as a duration, in the largest unit that says them exactly.
pub(super) fn shown(millis: u64) -> String {
    let fitting = UNITS
        .iter()
        .rev()
        .find(|(_, unit)| millis >= *unit && millis.is_multiple_of(*unit));
    fitting.map_or_else(
        || "0s".to_owned(),
        |(suffix, unit)| format!("{}{suffix}", millis / unit),
    )
}

/// Whole seconds, 1 or more.
pub(super) fn seconds(raw: &str) -> Result<u64, String> {
    match millis(raw)? {
        0 => Err(format!("{raw:?} is too short: at least 1s")),
        millis if millis % 1_000 == 0 => Ok(millis / 1_000),
        _ => Err(format!("{raw:?} is not a whole number of seconds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_read() {
        let read = ["500ms", "30s", "5m", "2h", "14d", "0s"].map(|raw| millis(raw).unwrap());
        assert_eq!(read, [500, 30_000, 300_000, 7_200_000, 1_209_600_000, 0]);
    }

    #[test]
    fn what_is_shown_is_read_as_the_same() {
        for (raw, same) in [
            ("500ms", "500ms"),
            ("60s", "1m"),
            ("90m", "90m"),
            ("24h", "1d"),
        ] {
            assert_eq!(shown(millis(raw).unwrap()), same);
        }
        assert_eq!(shown(0), "0s");
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for raw in [
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "5 s",
            "1h30m",
            "5S",
            "1.5s",
            "5w",
            "99999999d",
        ] {
            assert!(millis(raw).is_err(), "{raw}");
        }
        assert!(millis("18446744073709551615d").is_err());
    }

    #[test]
    fn a_lifetime_is_at_least_a_second_and_whole() {
        assert_eq!(seconds("2000ms"), Ok(2));
        assert!(seconds("0s").is_err());
        assert!(seconds("1500ms").is_err());
    }
}
