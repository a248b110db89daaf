//! What people are called, and what they may be given: user names, roles, devices.

use unicode_normalization::UnicodeNormalization as _;

use super::error::SessionError;

/// A user name as it is compared: NFKC, case-folded.
///
/// `None` when it is empty, too long or has control characters: nobody is called that.
pub(super) fn normalise(name: &str) -> Option<String> {
    if name.len() > 1024 {
        return None;
    }
    // Folding can undo the normal form, so it is made again.
    let folded: String = name
        .trim()
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    let fits = !folded.is_empty() && folded.chars().count() <= 255;
    (fits && !folded.chars().any(char::is_control)).then_some(folded)
}

/// Checks roles: at most 32, each of 1 to 64 visible ASCII characters without `" , \`.
pub(super) fn check_roles(roles: &[String]) -> Result<(), SessionError> {
    let valid = |role: &String| {
        let allowed = |b: u8| b.is_ascii_graphic() && !b"\",\\".contains(&b);
        (1..=64).contains(&role.len()) && role.bytes().all(allowed)
    };
    if roles.len() > 32 || !roles.iter().all(valid) {
        return Err(SessionError::invalid(
            "roles: at most 32, each of 1 to 64 visible ASCII characters without \" , \\",
        ));
    }
    Ok(())
}

/// Checks a text that is only shown again: at most 200 characters, no control characters.
pub(super) fn check_text(what: &str, text: Option<&str>) -> Result<(), SessionError> {
    let fits = |text: &str| text.chars().count() <= 200 && !text.chars().any(char::is_control);
    if text.is_none_or(fits) {
        return Ok(());
    }
    Err(SessionError::invalid(format!(
        "{what}: at most 200 characters, no control characters"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        assert_eq!(normalise("Alice"), Some("alice".to_owned()));
        assert_eq!(normalise("ＡＬＩＣＥ"), normalise("alice"), "full width");
        assert_eq!(
            normalise("Amélie"),
            normalise("Ame\u{301}lie"),
            "composed and decomposed"
        );
        assert_eq!(
            normalise("\u{212a}elvin"),
            normalise("kelvin"),
            "the Kelvin sign"
        );
    }

    #[test]
    fn nobody_is_called_nothing() {
        for bad in ["", "  ", "a\0b", "a\nb", &"x".repeat(256)] {
            assert_eq!(normalise(bad), None, "{bad:?}");
        }
    }
}
