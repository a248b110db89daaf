//! Users are created and deleted in several steps, because a name and a user lie in different slots.
//! Here the steps of several who want one name are played in one order after the other.

use crate::actor::Act::{self, Create, Delete};
use crate::stage::{Before, Stage};

/// Each race that we know of needs two.
const INTERRUPTIONS: usize = 4;

#[tokio::test]
async fn of_two_who_want_one_name_one_gets_it_in_whatever_order_they_come() {
    let mut stage = Stage::new(2, INTERRUPTIONS).await;
    let acts: [&[Act]; 2] = [&[Create("a")], &[Create("b")]];
    stage.explore(Before::Nothing, &acts, true).await;
    for steps in 1..3 {
        // Another one's, and one's own.
        stage.explore(Before::CutOff("c", steps), &acts, true).await;
        stage.explore(Before::CutOff("a", steps), &acts, true).await;
    }
}

#[tokio::test]
async fn of_three_who_want_one_name_one_gets_it_in_whatever_order_they_come() {
    let mut stage = Stage::new(3, 2).await;
    let acts: [&[Act]; 3] = [&[Create("a")], &[Create("b")], &[Create("c")]];
    stage.explore(Before::Nothing, &acts, true).await;
    let again: &[Act] = &[Delete("a"), Create("a")];
    let acts = [again, &[Create("b")], &[Create("c")]];
    stage.explore(Before::Created("a"), &acts, true).await;
}

#[tokio::test]
async fn a_user_who_is_created_twice_at_once_is_created_once_in_whatever_order() {
    let mut stage = Stage::new(2, INTERRUPTIONS).await;
    let acts: [&[Act]; 2] = [&[Create("a")], &[Create("a")]];
    stage.explore(Before::Nothing, &acts, true).await;
    stage.explore(Before::CutOff("c", 2), &acts, true).await;
}

#[tokio::test]
async fn a_name_that_is_freed_and_wanted_again_has_one_owner_in_whatever_order() {
    let mut stage = Stage::new(2, INTERRUPTIONS).await;
    let before = Before::Created("a");
    let again: &[Act] = &[Delete("a"), Create("a")];
    stage.explore(before, &[again, &[Create("b")]], true).await;
    stage.explore(before, &[again, &[Delete("a")]], false).await;
    stage
        .explore(before, &[&[Delete("a")], &[Create("b")]], false)
        .await;
}

#[tokio::test]
async fn wherever_a_creation_or_a_deletion_stops_the_name_is_its_users_or_can_be_had() {
    let mut stage = Stage::new(1, 0).await;
    let cases: [(Before, &[Act]); 4] = [
        (Before::Nothing, &[Create("a")]),
        (Before::CutOff("c", 2), &[Create("a")]),
        (Before::CutOff("a", 2), &[Create("a")]),
        (Before::Created("a"), &[Delete("a")]),
    ];
    for (before, acts) in cases {
        for next in ["a", "b"] {
            let mut steps = 0;
            while stage.stop_after(steps, before, acts, next).await {
                steps += 1;
            }
            assert!(steps > 2, "{before:?} {acts:?}: {steps} steps");
        }
    }
}
