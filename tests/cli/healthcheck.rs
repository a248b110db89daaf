//! `healthcheck`.

use tempfile::TempDir;

use crate::app::App;
use crate::command::{run, settings_of};
use crate::redis_server::RedisServer;

#[test]
fn a_service_is_ready_until_its_store_is_out_and_lives_all_the_same() {
    let mut redis = RedisServer::start();
    let app = App::on(&redis);
    let folder = TempDir::new().unwrap();
    let settings = settings_of(&app);
    let check = |arguments: &[&str]| {
        let arguments = [&["healthcheck"], arguments].concat();
        run(folder.path(), &settings, &arguments)
    };
    check(&[]).assert(0, &["ready:", &app.url, "/readyz answered 200"]);
    check(&["--admin"]).assert(0, &[&app.admin_url]);
    redis.kill();
    let json = check(&["--json"]);
    assert_eq!((json.code, &json.json()["well"]), (1, &false.into()));
    check(&[]).assert(1, &["not ready:", "503", "(store)"]);
    check(&["--live"]).assert(0, &["live:", "/livez answered 200"]);
}

#[test]
fn nobody_and_a_wrong_address_are_told_apart() {
    let app = App::in_memory();
    let folder = TempDir::new().unwrap();
    let check = |arguments: &[&str]| {
        let arguments = [&["healthcheck"], arguments].concat();
        run(folder.path(), &[], &arguments)
    };
    check(&["--url", &app.url]).assert(0, &["ready:"]);
    let gone = app.url.clone();
    app.kill();
    check(&["--url", &gone]).assert(5, &[&gone, "is the service running there?"]);
    check(&["--url", "a b"]).assert(2, &["is no URL"]);
    check(&["--timeout", "soon"]).assert(2, &["30s"]);
}
