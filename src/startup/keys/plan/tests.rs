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

/// How long what a key signed is good.
const LIFE: u64 = 86_400;

fn plan<const N: usize>(keys: [(&str, KeyState); N]) -> Plan {
    Plan::of(keys.map(|(id, key)| (id.to_owned(), key)))
}

fn state_of(plan: &Plan, id: &str) -> Option<State> {
    plan.get(id).map(|key| key.state)
}

#[test]
fn a_published_key_signs_when_its_time_has_come_and_the_old_one_verifies_until_its_tokens_are_over()
{
    let from = NOW + 7_200;
    let written = plan([("old", KeyState::active(1)), ("new", next(NOW, from))]);
    assert_eq!(written.at(from - 1, Some(LIFE)), written);
    assert_eq!(written.next_change(NOW), Some(from));

    let then = written.at(from, Some(LIFE));
    assert_eq!(then.active(), Ok("new"));
    assert_eq!(state_of(&then, "old"), Some(State::Retiring));
    let ends = then.get("old").unwrap().retire_at.unwrap();
    assert!(ends >= from + LIFE);
    assert_eq!(then.next_change(from), Some(ends));

    assert_eq!(
        state_of(&written.at(ends - 1, Some(LIFE)), "old"),
        Some(State::Retiring)
    );
    assert_eq!(state_of(&written.at(ends, Some(LIFE)), "old"), None);
    assert_eq!(
        written.at(ends, Some(LIFE)),
        then.at(ends, Some(LIFE)),
        "written or not, it is the same"
    );
}

#[test]
fn without_a_life_a_key_that_was_replaced_is_accepted_until_it_is_retired() {
    let written = plan([("old", KeyState::active(1)), ("new", next(NOW, NOW + 3))]);
    let later = written.at(u64::MAX, None);
    assert_eq!(later.active(), Ok("new"));
    assert_eq!(state_of(&later, "old"), Some(State::Retiring));
    assert_eq!(written.at(NOW + 3, None).next_change(NOW + 3), None);
}

#[test]
fn no_key_signs_within_three_seconds_of_its_publication() {
    for planned in [0, NOW, NOW + LEAD - 1, NOW + LEAD] {
        let written = plan([("old", KeyState::active(1)), ("new", next(NOW, planned))]);
        assert_eq!(
            written.at(NOW + 2, Some(LIFE)).active(),
            Ok("old"),
            "{planned}"
        );
        assert_eq!(
            written.at(NOW + 3, Some(LIFE)).active(),
            Ok("new"),
            "{planned}"
        );
    }
    let unsaid = KeyState {
        published_at: None,
        ..next(NOW, 0)
    };
    let written = plan([("old", KeyState::active(1)), ("new", unsaid)]);
    assert_eq!(written.at(NOW + 2, Some(LIFE)).active(), Ok("old"));
}

#[test]
fn a_key_that_waits_is_hastened_and_never_put_off() {
    for (planned, hastened) in [(NOW + 7_200, NOW + 4), (NOW + 1, NOW + 1)] {
        let mut written = plan([("old", KeyState::active(1)), ("new", next(1, planned))]);
        assert_eq!(written.hasten(NOW).as_deref(), Some("new"));
        assert_eq!(written.get("new").unwrap().signs_from(), Some(hastened));
    }
    assert_eq!(plan([("old", KeyState::active(1))]).hasten(NOW), None);
}

#[test]
fn a_key_without_a_time_is_published_and_does_not_sign() {
    let waiting = KeyState {
        active_from: None,
        ..next(NOW, 0)
    };
    let written = plan([("old", KeyState::active(1)), ("new", waiting)]);
    assert_eq!(written.at(u64::MAX, Some(LIFE)), written);
    assert_eq!(written.next_change(0), None);
}

#[test]
fn what_makes_no_sense_is_told() {
    let none = plan([("new", next(NOW, NOW))]);
    assert!(none.active().unwrap_err().contains("no key is marked"));
    let two = plan([("a", KeyState::active(1)), ("b", KeyState::active(1))]);
    assert!(two.active().unwrap_err().contains("leave one of a, b"));
    let later = next(NOW, NOW + 9);
    let active = ("a", KeyState::active(1));
    let two = plan([active, ("b", later.clone()), ("c", later)]);
    assert!(two.active().unwrap_err().contains("leave one of b, c"));
}

#[test]
fn a_key_is_withdrawn_until_three_seconds_before_it_signs() {
    let from = NOW + 7_200;
    let written = plan([("old", KeyState::active(1)), ("new", next(NOW, from))]);
    let mut withdrawn = written.clone();
    withdrawn.retire("new", from - LEAD, LIFE).unwrap();
    assert_eq!(state_of(&withdrawn, "new"), Some(State::Retired));
    assert_eq!(withdrawn.at(from, Some(LIFE)).active(), Ok("old"));
    // It stays named for as long as any other, so that its file is not taken for a new key.
    assert!(withdrawn.at(from, Some(LIFE)).get("new").is_some());

    let mut late = written.clone();
    let refused = late.retire("new", from - LEAD + 1, LIFE).unwrap_err();
    assert!(
        matches!(&refused, KeyChangeError::Conflict(why) if why.contains("within 3 s")),
        "{refused}"
    );
    assert_eq!(late, written);
}

#[test]
fn a_retired_key_is_kept_as_long_as_its_tokens_could_have_lived() {
    let retiring = KeyState {
        state: State::Retiring,
        retire_at: Some(NOW + 9),
        ..KeyState::active(1)
    };
    let unknown_end = KeyState {
        retire_at: None,
        ..retiring.clone()
    };
    let active = ("signs", KeyState::active(1));
    let mut written = plan([active, ("old", retiring), ("older", unknown_end)]);
    written.retire("old", NOW, LIFE).unwrap();
    written.retire("older", NOW, LIFE).unwrap();
    let once = written.clone();
    written.retire("older", NOW + 5, LIFE).unwrap();
    assert_eq!(written, once, "retired again, it is as it was");
    assert_eq!(
        state_of(&written.at(NOW + 8, Some(LIFE)), "old"),
        Some(State::Retired)
    );
    assert_eq!(state_of(&written.at(NOW + 9, Some(LIFE)), "old"), None);
    let ends = written.get("older").unwrap().retire_at.unwrap();
    assert!(ends >= NOW + LIFE);
    assert_eq!(written.active(), Ok("signs"));
    assert_eq!(written.room(), Ok(()));
}

#[test]
fn the_key_that_signs_and_one_that_is_not_there_are_not_retired() {
    let mut written = plan([("signs", KeyState::active(1))]);
    assert!(matches!(
        written.retire("signs", NOW, LIFE),
        Err(KeyChangeError::Conflict(why)) if why.contains("rotate first")
    ));
    assert_eq!(
        written.retire("none", NOW, LIFE),
        Err(KeyChangeError::Unknown)
    );
}
