use super::*;
use crate::clock::{ManualClock, SystemEntropy};
use crate::id::{Subject, TokenDigest};
use crate::sessions::{Audience, Scope};
use crate::token::{Format, Typ};

const N: Duration = Duration::from_secs(30);

/// A memory, its clock, and a token of alice with what the store has for it.
struct Stage {
    clock: Arc<ManualClock>,
    grace: Arc<Grace>,
    jti: Jti,
    recorded: Recorded,
}

fn slot(name: &str) -> SlotTag {
    name.parse::<Subject>().unwrap().slot()
}

fn token_of(name: &str) -> Jti {
    Jti::random(slot(name), &SystemEntropy)
}

fn policy(grace: Option<Duration>) -> Policy {
    let web = Audience {
        name: "web".to_owned(),
        scopes: Scope::default(),
        format: Format::Jwt(Typ::AtJwt),
        login_client: None,
        access_ttl: 300,
        refresh_idle: 3600,
        refresh_max: 7200,
        refresh_grace_millis: 30_000,
        max_sessions: 0,
        grace,
    };
    Policy::new(
        "https://auth.example".to_owned(),
        "web".to_owned(),
        vec![web],
    )
}

impl Stage {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(1_000));
        let ours: Arc<dyn Clock> = clock.clone();
        Self {
            clock,
            grace: Grace::of(&policy(Some(N)), &ours).unwrap(),
            jti: token_of("alice"),
            recorded: TokenDigest::of("a.b").into(),
        }
    }

    /// The store says at once that the token is live.
    fn see(&self) {
        self.grace.saw(self.jti, &self.recorded, self.grace.now());
    }

    fn recalls(&self) -> bool {
        self.grace.recall(&self.jti, N) == Some(self.recorded.clone())
    }
}

#[test]
fn nothing_is_kept_where_no_audience_declares_it() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(1));
    assert!(Grace::of(&policy(None), &clock).is_none());
}

#[test]
fn what_was_seen_counts_for_so_long_and_no_longer() {
    let stage = Stage::new();
    assert!(!stage.recalls(), "it was never seen");
    stage.see();
    stage.clock.advance_millis(29_999);
    assert!(stage.recalls());
    stage.clock.advance_millis(1);
    assert!(!stage.recalls());
    stage.see();
    assert!(stage.recalls(), "seen again");
    assert_eq!(stage.grace.recall(&token_of("alice"), N), None);
}

#[test]
fn the_time_runs_from_the_question_and_not_from_the_answer() {
    let stage = Stage::new();
    let asked_at = stage.grace.now();
    stage.clock.advance(20);
    stage.grace.saw(stage.jti, &stage.recorded, asked_at);
    stage.clock.advance(9);
    assert!(stage.recalls());
    stage.clock.advance(1);
    assert!(!stage.recalls());
}

#[test]
fn an_audience_with_less_time_has_less() {
    let stage = Stage::new();
    stage.see();
    stage.clock.advance(10);
    assert_eq!(
        stage.grace.recall(&stage.jti, Duration::from_secs(10)),
        None
    );
    assert!(stage.recalls());
}

#[test]
fn a_sighting_that_comes_late_takes_no_time_away() {
    let stage = Stage::new();
    let early = stage.grace.now();
    stage.clock.advance(20);
    stage.see();
    stage.grace.saw(stage.jti, &stage.recorded, early);
    stage.clock.advance(20);
    assert!(stage.recalls());
}

#[test]
fn what_has_ended_does_not_count_and_what_is_seen_afterwards_does() {
    type End = fn(&Stage);
    let ends: [End; 5] = [
        |stage| stage.grace.ended(stage.jti.slot()),
        |stage| stage.grace.dead(stage.jti),
        |stage| stage.grace.forget(),
        |stage| drop(Ending::of(Some(&*stage.grace), Some(stage.jti.slot()))),
        |stage| drop(Ending::of(Some(&*stage.grace), None)),
    ];
    for end in ends {
        let stage = Stage::new();
        stage.see();
        end(&stage);
        assert!(!stage.recalls());
        stage.clock.advance_millis(1);
        stage.see();
        assert!(stage.recalls(), "the store was asked after the end");
    }
}

#[test]
fn an_answer_that_was_on_its_way_while_something_ended_does_not_bring_it_back() {
    let ends: [fn(&Stage); 3] = [
        |stage| stage.grace.ended(stage.jti.slot()),
        |stage| stage.grace.dead(stage.jti),
        |stage| stage.grace.forget(),
    ];
    for end in ends {
        let stage = Stage::new();
        let asked_at = stage.grace.now();
        stage.clock.advance(1);
        end(&stage);
        stage.clock.advance(1);
        stage.grace.saw(stage.jti, &stage.recorded, asked_at);
        for _ in 0..30 {
            assert!(!stage.recalls());
            // Others come and go meanwhile, and what is old is forgotten.
            stage.clock.advance(1);
            stage.grace.dead(token_of("bob"));
            let other = token_of("carol");
            stage.grace.saw(other, &stage.recorded, stage.grace.now());
        }
    }
}

#[test]
fn the_end_of_one_subject_is_none_of_anothers() {
    let stage = Stage::new();
    stage.see();
    stage.grace.ended(slot("bob"));
    stage.grace.dead(token_of("alice"));
    assert!(stage.recalls());
}

#[test]
fn of_too_many_tokens_the_oldest_are_forgotten() {
    let stage = Stage::new();
    stage.see();
    for _ in 0..2 * MOST_SEEN {
        stage
            .grace
            .saw(token_of("bob"), &stage.recorded, stage.grace.now());
    }
    assert!(!stage.recalls());
    let memory = stage.grace.memory();
    assert!(memory.seen.len() <= 2 * MOST_SEEN, "{}", memory.seen.len());
}

#[test]
fn of_too_many_claims_the_oldest_are_forgotten() {
    let stage = Stage::new();
    stage.see();
    let claims = format!("{{\"x\":\"{}\"}}.{}", "x".repeat(1 << 20), "A".repeat(22));
    let claims: Recorded = claims.parse().unwrap();
    for _ in 0..2 * MOST_BYTES / (1 << 20) {
        stage.grace.saw(token_of("bob"), &claims, stage.grace.now());
    }
    assert!(!stage.recalls());
    assert!(stage.grace.memory().seen.len() <= 2 * (MOST_BYTES >> 20));
}

#[test]
fn of_too_many_ends_none_is_forgotten_before_what_it_ended() {
    let stage = Stage::new();
    stage.see();
    stage.grace.dead(stage.jti);
    for _ in 0..2 * MOST_ENDED {
        stage.grace.dead(token_of("bob"));
    }
    assert!(!stage.recalls());
    assert!(stage.grace.memory().ended.len() <= 2 * MOST_ENDED);
    stage.clock.advance(1);
    stage.see();
    assert!(stage.recalls());
}
