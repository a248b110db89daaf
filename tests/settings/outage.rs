//! `outage`: what an audience's checks come to while the store cannot be asked.

use jotleash::settings::Outage;

use crate::Given;

#[test]
fn an_outage_is_closed_unless_an_audience_declares_grace_and_that_is_told() {
    let text = "[[audience]]\nname = \"web\"\n[[audience]]\nname = \"cart\"\noutage = \"grace 10m\"\n\
                [[audience]]\nname = \"shop\"\noutage = \"closed\"\n";
    let loaded = Given::file(text).load().unwrap();
    let modes: Vec<_> = loaded.settings.audiences.iter().map(|a| a.outage).collect();
    assert_eq!(modes, [Outage::Closed, Outage::Grace(600), Outage::Closed]);
    let [warning] = loaded.warnings.as_slice() else {
        panic!("{:?}", loaded.warnings)
    };
    for part in ["5: ", "\"cart\"", "grace 10m", "another instance has ended"] {
        assert!(warning.contains(part), "{warning}");
    }
    let admin = "issuer = \"https://auth.example.com\"\n[[audience]]\nname = \"https://auth.example.com\"\n\
                 outage = \"grace 10m\"\n";
    let problems = Given::file(admin).problems();
    assert!(
        problems[0].contains("the issuer itself is the admin audience"),
        "{problems:?}"
    );
}
