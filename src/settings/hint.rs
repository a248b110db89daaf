//! What was probably meant by a name that is none.

/// `; did you mean …?`, or nothing when no name is near.
pub(super) fn did_you_mean<'a>(raw: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|name| (distance(raw, name), name))
        .filter(|(distance, name)| *distance <= name.len().max(3) / 3)
        .min()
        .map(|(_, name)| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

/// Levenshtein's distance, with two neighbours swapped counting as one edit.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (row, l) in left.chars().enumerate() {
        let mut line = vec![row + 1];
        let mut last_r = None;
        for (column, r) in right.iter().copied().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut best = (cell(&above, column) + usize::from(l != r))
                .min(cell(&above, column + 1) + 1)
                .min(cell(&line, column) + 1);
            if column > 0 && last == Some(r) && last_r == Some(l) {
                best = best.min(cell(&before, column - 1) + 1);
            }
            line.push(best);
            last_r = Some(r);
        }
        last = Some(l);
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_and_a_swap_is_one() {
        for (left, right, expected) in [
            ("issuer", "issuer", 0),
            ("isuer", "issuer", 1),
            ("isseur", "issuer", 1),
            ("lisetn", "listen", 1),
            ("", "abc", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn a_near_name_is_proposed_and_a_far_one_is_not() {
        let known = || ["listen", "issuer", "log"];
        assert_eq!(did_you_mean("lissten", known()), "; did you mean `listen`?");
        assert_eq!(did_you_mean("bananas", known()), "");
    }
}
