//! What a listener off loopback needs.

use crate::Given;

#[test]
fn a_listener_off_loopback_needs_tls_or_a_proxy_that_is_named() {
    let https = "listen = \"0.0.0.0:8080\"\nissuer = \"https://auth.example.com\"\n";
    let [problem] = &*Given::file(https).problems() else {
        unreachable!()
    };
    for way in [
        "`tls_cert` and `tls_key`",
        "`trusted_proxies`",
        "listen on loopback",
    ] {
        assert!(problem.contains(way), "no {way} in {problem}");
    }
    let tls = "tls_cert = \"/c\"\ntls_key = \"/k\"\n";
    for way in ["trusted_proxies = [\"10.0.0.0/8\"]", tls] {
        let warnings = Given::file(&format!("{https}{way}"))
            .load()
            .unwrap()
            .warnings;
        assert!(warnings.is_empty(), "{way}: {warnings:?}");
    }
    // The default issuer is the listener's own address, where that is one.
    let named = format!("listen = \"192.0.2.1:8443\"\n{tls}");
    Given::file(&named).load().unwrap();
    let nowhere = format!("listen = \"0.0.0.0:8443\"\n{tls}");
    let problems = Given::file(&nowhere).problems().join("\n");
    assert!(problems.contains("set `issuer ="), "{problems}");
}

#[test]
fn an_admin_listener_off_loopback_needs_its_own_tls_or_a_word() {
    let listen = "admin_listen = \"0.0.0.0:9090\"\ntls_cert = \"/c\"\ntls_key = \"/k\"\n";
    let problems = Given::file(listen).problems().join("\n");
    assert!(
        problems.contains("`admin_tls_cert` and `admin_tls_key`"),
        "{problems}"
    );
    let tls = "admin_tls_cert = \"/c\"\nadmin_tls_key = \"/k\"";
    for way in [tls, "admin_plaintext = true"] {
        Given::file(&format!("{listen}{way}")).load().unwrap();
    }
}
