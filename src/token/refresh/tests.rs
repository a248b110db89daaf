use super::super::mac::MacKey;
use super::*;
use crate::clock::SystemEntropy;
use crate::id::SlotTag;

const SECRET: [u8; 32] = [7; 32];

fn key() -> MacKeys {
    let bytes = MacKey::generate(&SystemEntropy);
    MacKey::from_bytes(bytes.as_slice()).unwrap().into()
}

fn sid() -> Sid {
    Sid::random(SlotTag::of("alice"), &SystemEntropy)
}

#[test]
fn a_refresh_token_gives_its_session_and_counter_back() {
    let (key, sid) = (key(), sid());
    for counter in [0, 1, 9, 10, u64::MAX] {
        let raw = key.mint_refresh(&sid, counter, &SECRET);
        assert!(is_refresh_shaped(&raw));
        assert!(raw.len() <= MAX_LEN);
        let presented = key.open_refresh(&raw).unwrap();
        assert_eq!((presented.sid(), presented.counter()), (sid, counter));
        assert!(presented.tagged_by(&SECRET));
        assert!(!presented.tagged_by(&[8; 32]));
    }
}

#[test]
fn the_longest_refresh_token_is_as_long_as_the_cap() {
    assert_eq!(key().mint_refresh(&sid(), u64::MAX, &SECRET).len(), MAX_LEN);
}

#[test]
fn the_text_is_the_one_that_is_documented() {
    // Computed once with Python's hmac: a change of label or layout logs everybody out.
    let key: MacKeys = MacKey::from_bytes(&(0..32).collect::<Vec<u8>>())
        .unwrap()
        .into();
    let sid = "K9gGyX8OAK8aH8My.AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    assert_eq!(
        key.mint_refresh(&sid, 42, &SECRET),
        "jr_K9gGyX8OAK8aH8My.AAAAAAAAAAAAAAAAAAAAAA.42.Mj-tGsZJ3_0WQ2FiIDjPbA.YCZlUGy_6baodwYJsr1UdQ"
    );
}

#[test]
fn a_token_by_a_key_that_was_replaced_opens_and_the_next_is_by_the_newest() {
    let load = |bytes: &[u8]| MacKey::from_bytes(bytes).unwrap();
    let [old, new] = [(); 2].map(|()| MacKey::generate(&SystemEntropy));
    let (alone, both) = (
        MacKeys::from(load(&*old)),
        MacKeys::new(load(&*new), vec![load(&*old)]).unwrap(),
    );
    let raw = alone.mint_refresh(&sid(), 3, &SECRET);
    assert!(both.open_refresh(&raw).unwrap().tagged_by(&SECRET));
    let next = both.mint_refresh(&sid(), 4, &SECRET);
    assert!(MacKeys::from(load(&*new)).open_refresh(&next).is_ok());
    assert!(alone.open_refresh(&next).is_err());
}

#[test]
fn another_key_does_not_open_it() {
    let raw = key().mint_refresh(&sid(), 3, &SECRET);
    assert_eq!(
        key().open_refresh(&raw).unwrap_err(),
        TokenError::RefreshTag
    );
}

#[test]
fn the_mac_key_alone_makes_no_token_that_a_session_takes() {
    let (key, sid) = (key(), sid());
    let raw = key.mint_refresh(&sid, 3, &[0; 32]);
    let presented = key.open_refresh(&raw).unwrap();
    assert!(!presented.tagged_by(&SECRET));
}

#[test]
fn an_inner_tag_does_not_serve_another_counter_or_session() {
    let (key, one, other) = (key(), sid(), sid());
    let inner = inner_tag(&SECRET, &one, 3);
    for (sid, counter) in [(one, 4), (other, 3)] {
        let outer = with_fields(&sid, counter, &inner, |fields| key.tag(OUTER, fields));
        let raw = render(&sid, counter, &inner, &outer);
        assert!(!key.open_refresh(&raw).unwrap().tagged_by(&SECRET));
    }
}

#[test]
fn only_one_text_is_the_token() {
    let key = key();
    let raw = key.mint_refresh(&sid(), 3, &SECRET);
    let (head, tail) = raw.split_once(".3.").unwrap();
    for other in [
        format!("{head}.03.{tail}"),
        format!("{head}.+3.{tail}"),
        format!("{head}. 3.{tail}"),
        format!("{head}.3 .{tail}"),
        format!("{head}.-3.{tail}"),
        format!("{head}..{tail}"),
        format!("{head}.3.{tail}="),
        format!("{head}.3.{tail}."),
        format!("{head}.3.{tail}\n"),
        format!("{head}.3.{}", &tail[1..]),
        format!("{head}.18446744073709551616.{tail}"),
        format!("JR_{}.3.{tail}", &head[3..]),
        format!("{}.3.{tail}", &head[3..]),
        format!(" {raw}"),
        format!("{raw}{raw}"),
        "jr_".to_owned(),
        String::new(),
    ] {
        let refused = key.open_refresh(&other);
        assert_eq!(refused.unwrap_err(), TokenError::RefreshForm, "{other}");
    }
    let other = format!("{head}.4.{tail}");
    assert_eq!(
        key.open_refresh(&other).unwrap_err(),
        TokenError::RefreshTag
    );
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let key = key();
    let raw = key.mint_refresh(&sid(), 3, &SECRET);
    let shown = format!("{key:?} {:?}", key.open_refresh(&raw).unwrap());
    let tags = &raw[raw.len() - 45..];
    assert!(shown.contains("redacted") && !shown.contains(&tags[..22]));
}
