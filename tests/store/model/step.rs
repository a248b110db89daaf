//! What can happen.

use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

/// One step. Subjects, sessions and tokens are meant by number, round and round among those that
/// there ever were.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Open {
        who: usize,
        guard: Version,
        life: u64,
    },
    Record {
        who: usize,
        guard: Version,
        life: u64,
    },
    RecordAgain {
        token: usize,
    },
    Advance {
        session: usize,
        guard: Version,
        counter: Counter,
        life: u64,
    },
    RevokeToken(usize),
    RevokeSession(usize),
    RevokeOthers(usize),
    RevokeSubject(usize),
    Ban {
        who: usize,
        seconds: Option<u64>,
    },
    Unban(usize),
    CreateUser(usize),
    Change {
        who: usize,
        roles: bool,
        password: bool,
        disabled: Option<bool>,
    },
    DeleteUser(usize),
    Pass(u64),
}

/// Which version a guard carries.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Version {
    Standing,
    Earlier,
}

/// Which counter an advance expects and writes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    Next,
    Same,
    Jump,
    Lost,
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let who = || 0..3_usize;
    let any_of = || any::<usize>();
    let life = || 1..120_u64;
    let guard = || {
        prop_oneof![
            6 => Just(Version::Standing),
            1 => Just(Version::Earlier),
        ]
    };
    let counter = prop_oneof![
        5 => Just(Counter::Next),
        1 => Just(Counter::Same),
        1 => Just(Counter::Jump),
        1 => Just(Counter::Lost),
    ];
    prop_oneof![
        6 => (who(), guard(), life()).prop_map(|(who, guard, life)| Step::Open { who, guard, life }),
        3 => (who(), guard(), life())
            .prop_map(|(who, guard, life)| Step::Record { who, guard, life }),
        1 => any_of().prop_map(|token| Step::RecordAgain { token }),
        6 => (any_of(), guard(), counter, life()).prop_map(|(session, guard, counter, life)| {
            Step::Advance { session, guard, counter, life }
        }),
        2 => any_of().prop_map(Step::RevokeToken),
        2 => any_of().prop_map(Step::RevokeSession),
        1 => any_of().prop_map(Step::RevokeOthers),
        1 => who().prop_map(Step::RevokeSubject),
        1 => (who(), option::of(1..90_u64)).prop_map(|(who, seconds)| Step::Ban { who, seconds }),
        1 => who().prop_map(Step::Unban),
        2 => who().prop_map(Step::CreateUser),
        2 => (who(), any::<bool>(), any::<bool>(), option::of(any::<bool>())).prop_map(
            |(who, roles, password, disabled)| Step::Change { who, roles, password, disabled }
        ),
        1 => who().prop_map(Step::DeleteUser),
        3 => (0..60_u64).prop_map(Step::Pass),
    ]
}
