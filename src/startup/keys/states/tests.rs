use super::*;

const NOW: u64 = 1_700_000_000;

/// A key that was made and published at a moment, to sign from another one on.
fn next(published_at: u64, active_from: u64) -> KeyState {
    KeyState {
        state: State::Next,
        published_at: Some(published_at),
        active_from: Some(active_from),
        ..KeyState::active(published_at)
    }
}

fn states<const N: usize>(keys: [(&str, KeyState); N]) -> States {
    let keys = keys.map(|(kid, key)| (kid.to_owned(), key));
    States {
        keys: BTreeMap::from(keys),
    }
}

fn state_of(states: &States, kid: &str) -> Option<State> {
    states.keys.get(kid).map(|key| key.state)
}

#[test]
fn a_published_key_signs_when_its_time_has_come_and_the_old_one_verifies_until_its_tokens_are_over()
{
    let from = NOW + 7_200;
    let written = states([("old", KeyState::active(1)), ("new", next(NOW, from))]);
    assert_eq!(written.at(from - 1), written);
    assert_eq!(written.next_change(NOW), Some(from));

    let then = written.at(from);
    assert_eq!(then.active_kid(), Ok("new"));
    assert_eq!(state_of(&then, "old"), Some(State::Retiring));
    let ends = then.keys["old"].retire_at.unwrap();
    assert!(ends >= from + MAX_LIFETIME);
    assert_eq!(then.next_change(from), Some(ends));

    assert_eq!(
        state_of(&written.at(ends - 1), "old"),
        Some(State::Retiring)
    );
    assert_eq!(state_of(&written.at(ends), "old"), None);
    assert_eq!(
        written.at(ends),
        then.at(ends),
        "written or not, it is the same"
    );
}

#[test]
fn no_key_signs_within_three_seconds_of_its_publication() {
    for planned in [0, NOW, NOW + LEAD - 1, NOW + LEAD] {
        let written = states([("old", KeyState::active(1)), ("new", next(NOW, planned))]);
        assert_eq!(written.at(NOW + 2).active_kid(), Ok("old"), "{planned}");
        assert_eq!(written.at(NOW + 3).active_kid(), Ok("new"), "{planned}");
    }
    let unsaid = KeyState {
        published_at: None,
        ..next(NOW, 0)
    };
    let written = states([("old", KeyState::active(1)), ("new", unsaid)]);
    assert_eq!(written.at(NOW + 2).active_kid(), Ok("old"));
}

#[test]
fn a_key_without_a_time_is_published_and_does_not_sign() {
    let waiting = KeyState {
        active_from: None,
        ..next(NOW, 0)
    };
    let written = states([("old", KeyState::active(1)), ("new", waiting)]);
    assert_eq!(written.at(u64::MAX), written);
    assert_eq!(written.next_change(0), None);
}

#[test]
fn what_makes_no_sense_is_told() {
    let none = states([("new", next(NOW, NOW))]);
    assert!(none.active_kid().unwrap_err().contains("no key is marked"));
    let two = states([("a", KeyState::active(1)), ("b", KeyState::active(1))]);
    assert!(two.active_kid().unwrap_err().contains("leave one of a, b"));
    let later = next(NOW, NOW + 9);
    let active = ("a", KeyState::active(1));
    let two = states([active, ("b", later.clone()), ("c", later)]);
    assert!(two.active_kid().unwrap_err().contains("leave one of b, c"));
}
