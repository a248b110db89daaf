//! A crash after every single thing that is done to the file: what was acknowledged is there.

mod damage;
mod disk;
mod scene;

use self::disk::{Crash, Disk, after};
use self::scene::{Fact, Scene, engine, shows};
use crate::id::Subject;
use crate::store::Target;

const CRASHES: [Crash; 7] = [
    Crash::Killed,
    Crash::Nothing,
    Crash::OnlyTheLast,
    Crash::Torn,
    Crash::Some(0x5555_5555_5555_5555),
    Crash::Some(0x9e37_79b9_7f4a_7c15),
    Crash::Some(0xd1b5_4a32_d192_ed03),
];

/// Log-ins and every kind of revocation.
fn played() -> Scene {
    let subjects: [Subject; 4] = ["ada", "ben", "cyd", "dot"].map(|name| name.parse().unwrap());
    let [ada, ben, cyd, dot] = &subjects;
    let mut scene = Scene::new();
    for subject in &subjects {
        scene.record(subject);
    }
    let (_, first, alone) = scene.record(ada);
    scene.revoke(&Target::Token(alone), &[alone]);
    let (sid, second, _) = scene.record(ben);
    scene.revoke(&Target::Session(sid), &[second]);
    scene.record(cyd);
    scene.revoke(&Target::Token(first), &[first]);
    let (_, one, two) = scene.record(&"eve".parse().unwrap());
    scene.record(dot);
    scene.revoke(&Target::Subject(one.slot()), &[one, two]);
    let (_, one, two) = scene.record(&"fay".parse().unwrap());
    scene.record(dot);
    scene.ban(&"fay".parse().unwrap(), &[one, two]);
    scene
}

/// Opens a file and compares it with what must be true after so many steps.
fn examine(image: Vec<u8>, facts: &[Fact], at: usize, crash: Crash) -> Disk {
    let disk = Disk::with(image);
    let engine =
        engine(disk.clone()).unwrap_or_else(|error| panic!("after {at} steps, {crash:?}: {error}"));
    for fact in facts.iter().filter(|fact| fact.during.contains(&at)) {
        assert!(
            shows(&engine, &fact.claim),
            "after {at} steps, {crash:?}: not {:?}",
            fact.claim
        );
    }
    disk
}

#[test]
fn a_crash_after_any_step_of_a_write_undoes_no_revocation() {
    let scene = played();
    let (steps, facts) = (scene.disk.steps(), &scene.facts);
    assert!(steps.len() > scene.made + 60, "{} steps", steps.len());
    for at in scene.made..=steps.len() {
        for crash in CRASHES {
            examine(after(&[], &steps[..at], crash), facts, at, crash);
        }
    }
}

#[test]
fn a_second_crash_during_the_repair_undoes_none_either() {
    let scene = played();
    let (steps, facts) = (scene.disk.steps(), &scene.facts);
    for at in (scene.made..=steps.len()).step_by(9) {
        let image = after(&[], &steps[..at], Crash::Killed);
        let repair = examine(image.clone(), facts, at, Crash::Killed).steps();
        assert!(!repair.is_empty());
        for done in 0..=repair.len() {
            for crash in CRASHES {
                examine(after(&image, &repair[..done], crash), facts, at, crash);
            }
        }
    }
}
