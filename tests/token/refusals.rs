//! Every hostile token is refused, between two good ones that are not.

use std::collections::{BTreeMap, HashSet};

use jotleash::token::{Accept, TokenError};

use crate::hostile::{self, Forge, HostileCase};
use crate::service::{AUDIENCE, ISSUER, NOW, Service, claims};

fn table(service: &Service) -> Vec<HostileCase> {
    let claims = serde_json::to_value(claims()).unwrap();
    hostile::cases(&service.pem, ISSUER, AUDIENCE, &claims, NOW)
}

#[test]
fn every_hostile_token_is_refused_and_good_ones_beside_it_are_not() {
    let service = Service::new();
    let good = service.mint(&claims());
    let mut accepted = Vec::new();
    for case in table(&service) {
        assert!(service.verify(&good).is_ok(), "control before {}", case.id);
        for accept in [Accept::Audience(AUDIENCE), Accept::AnyRegistered] {
            if service.verifier.verify(&case.token, NOW, accept).is_ok() {
                accepted.push(format!("{}: {}", case.id, case.note));
            }
        }
        assert!(service.verify(&good).is_ok(), "control after {}", case.id);
    }
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
}

#[test]
fn the_token_of_the_forge_is_good_so_its_cases_fail_by_what_was_changed() {
    let service = Service::new();
    let claims = claims();
    let forge = Forge::new(&service.pem, &serde_json::to_value(&claims).unwrap());
    assert_eq!(service.verify(&forge.good()).unwrap().claims(), &claims);
    assert_eq!(forge.kid(), service.keyring.active_kid());
}

#[test]
fn wrong_times_and_claims_are_refused_for_themselves_and_not_for_the_signature() {
    let service = Service::new();
    for case in table(&service) {
        let signed = matches!(case.class, 'T' | 'C');
        let elsewhere = case.id.starts_with("C-kind-") || case.id == "C-json-empty";
        if signed && !elsewhere {
            let refusal = service.verify(&case.token).unwrap_err();
            let early = [TokenError::Form, TokenError::Header, TokenError::Signature];
            assert!(!early.contains(&refusal), "{}: {refusal}", case.id);
        }
    }
}

#[test]
fn nothing_but_an_expired_token_is_readable_when_it_is_inspected() {
    let service = Service::new();
    let readable: Vec<String> = table(&service)
        .into_iter()
        .filter(|case| service.verifier.inspect(&case.token, NOW).is_ok())
        .map(|case| case.id)
        .collect();
    assert_eq!(readable, ["T-exp-past", "T-exp-now"]);
}

#[test]
fn the_table_has_a_name_for_each_case_and_no_token_twice() {
    let service = Service::new();
    let table = table(&service);
    let mut ids = HashSet::new();
    let mut tokens = HashSet::new();
    let mut classes = BTreeMap::new();
    for case in &table {
        assert!(ids.insert(&case.id), "{} is there twice", case.id);
        assert!(
            tokens.insert(&case.token),
            "{} is another case's token",
            case.id
        );
        *classes.entry(case.class).or_insert(0) += 1;
    }
    assert!(classes.keys().copied().eq("ABCHKST".chars()), "{classes:?}");
    assert!(table.len() >= 400, "{} cases: some are lost", table.len());
}
