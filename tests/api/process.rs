//! The process: what it prints, what it logs, how it starts and how it stops.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::select_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Setup, Tokens, credentials_of};
use crate::redis_server::RedisServer;

/// Pastes the banner's lines into one shell, one by one, and gives what each printed.
pub(crate) fn paste(app: &App) -> Vec<(String, String)> {
    let lines: Vec<_> = app
        .banner
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("curl") || line.contains("=$(curl"))
        .collect();
    // After each line a mark, so that one session of the shell shows what came of each.
    let script: String = lines
        .iter()
        .flat_map(|line| [line, "\necho; echo ===\n"])
        .collect();
    let shell = Command::new("sh").args(["-c", &script]).output().unwrap();
    let printed = String::from_utf8(shell.stdout).unwrap();
    assert!(
        shell.stderr.is_empty() || !String::from_utf8_lossy(&shell.stderr).contains("not found"),
        "{}",
        String::from_utf8_lossy(&shell.stderr)
    );
    lines
        .iter()
        .map(|&line| line.to_owned())
        .zip(printed.split("===").map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn the_printed_lines_log_in_verify_log_out_and_see_it_refused() {
    let redis = RedisServer::start();
    for app in [App::in_memory(), App::on(&redis)] {
        let printed = paste(&app);
        let verified: Vec<_> = printed
            .iter()
            .filter(|(line, _)| line.contains("/verify"))
            .collect();
        assert_eq!(verified.len(), 2, "{}", app.banner);
        assert!(verified[0].1.contains("200"), "{verified:?}");
        assert!(verified[1].1.contains("401"), "{verified:?}");
        assert!(
            printed.iter().any(|(line, _)| line.contains("/v1/logout")),
            "{}",
            app.banner
        );
        assert!(
            printed
                .iter()
                .any(|(line, _)| line.contains("/oauth2/token")),
            "{}",
            app.banner
        );
    }
}

#[tokio::test]
async fn the_secrets_are_kept_in_a_file_that_only_the_owner_reads() {
    let app = App::in_memory();
    let mode = |path: &str| {
        fs::metadata(app.folder.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("data/dev.env"), 0o600);
    assert_eq!(mode("keys/mac.key"), 0o600);
    for name in [
        "JOTLEASH_URL",
        "JOTLEASH_ADMIN_URL",
        "JOTLEASH_ADMIN_CLIENT_ID",
        "JOTLEASH_ADMIN_CLIENT_SECRET",
        "JOTLEASH_CLIENT_ID",
        "JOTLEASH_CLIENT_SECRET",
        "JOTLEASH_USERNAME",
        "JOTLEASH_PASSWORD",
        "JOTLEASH_AUDIENCE",
        "JOTLEASH_ISSUER",
    ] {
        assert!(
            app.env.get(name).is_some_and(|value| !value.is_empty()),
            "{name}"
        );
    }
    assert_eq!(app.env.len(), 10);
}

#[tokio::test]
async fn what_was_issued_just_before_a_stop_is_good_after_it() {
    let setup = || Setup::default().store("embedded:data/jotleash.redb");
    let mut app = setup().start();
    // Whether something else still held the store when the process ended was a matter of luck.
    for round in 0..8 {
        let tokens = app.log_in().await;
        app.signal("TERM");
        assert_eq!(app.wait(), Some(0));
        app = setup().in_folder_of(app.kill()).start();
        assert_eq!(app.status_of(&tokens.access).await, 200, "round {round}");
    }
}

#[tokio::test]
async fn started_again_it_keeps_its_secrets_its_keys_and_its_sessions() {
    let setup = || Setup::default().store("embedded:data/jotleash.redb");
    let app = setup().start();
    let env = app.env.clone();
    let tokens = app.log_in().await;
    app.signal("TERM");
    let mut app = app;
    assert_eq!(app.wait(), Some(0));
    let app = setup().in_folder_of(app.kill()).start();
    for (name, value) in &env {
        assert_eq!(
            app.env[name] == *value,
            !["JOTLEASH_URL", "JOTLEASH_ADMIN_URL"].contains(&name.as_str()),
            "{name}"
        );
    }
    assert_eq!(app.status_of(&tokens.access).await, 200);
    Tokens::of(app.refresh(&tokens.refresh).await).await;
}

#[tokio::test]
async fn a_stop_finishes_what_was_begun() {
    let mut app = App::in_memory();
    // Each takes a password hash, so they are under way for a while.
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let (http, url, body) = (
                app.http.clone(),
                format!("{}/v1/login", app.url),
                app.demo(),
            );
            tokio::spawn(async move {
                http.post(url)
                    .json(&body)
                    .send()
                    .await
                    .unwrap()
                    .status()
                    .as_u16()
            })
        })
        .collect();
    // When the first is answered all have been sent, and most are waiting for their hash.
    let (first, _, rest) = select_all(requests).await;
    app.signal("TERM");
    assert_eq!(first.unwrap(), 200);
    for request in rest {
        assert_eq!(request.await.unwrap(), 200);
    }
    assert_eq!(app.wait(), Some(0));
    while !app.log().contains("stopped") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What systemd waits for in a unit of `Type=notify`.
#[test]
fn a_service_manager_is_told_when_it_serves_and_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    // What was not sent by the time it is looked for was never sent.
    socket.set_nonblocking(true).unwrap();
    let news = || {
        let mut buffer = [0; 64];
        let read = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    };
    let path = path.to_str().unwrap();
    let mut app = Setup::default().env("NOTIFY_SOCKET", path).start();
    assert_eq!(news(), "READY=1\n");
    app.signal("TERM");
    assert_eq!(app.wait(), Some(0));
    assert_eq!(news(), "STOPPING=1\n");
}

#[tokio::test]
async fn nothing_secret_is_logged_at_any_level() {
    for format in ["text", "json"] {
        let app = Setup::default()
            .env("JOTLEASH_LOG", "trace")
            .env("JOTLEASH_LOG_FORMAT", format)
            .start();
        let admin = app.admin().await;
        admin.create_user("ann", &[]).await;
        let tokens = Tokens::of(app.login(&credentials_of("ann")).await).await;
        app.verify(&tokens.access).await;
        let next = Tokens::of(app.refresh(&tokens.refresh).await).await;
        let wrong = json!({"username": "ann", "password": "a wrong password"});
        app.login(&wrong).await;
        let (id, secret) = ("JOTLEASH_CLIENT_ID", "JOTLEASH_CLIENT_SECRET");
        let token = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &next.refresh),
        ];
        let answer = app.token(&app.env[id], &app.env[secret], &token).await;
        let last = Tokens::of_grant(answer).await;
        for path in ["/oauth2/introspect", "/oauth2/revoke"] {
            for token in [&last.access, &last.refresh] {
                let form = [
                    ("client_id", app.env[id].as_str()),
                    ("client_secret", &app.env[secret]),
                    ("token", token),
                ];
                let request = app.request(Method::POST, path).form(&form);
                assert_eq!(request.send().await.unwrap().status(), 200);
            }
        }
        app.logout(&next.access, None).await;
        app.verify(&next.access).await;
        app.request(Method::GET, "/v1/me")
            .header("x-request-id", "find-me")
            .send()
            .await
            .unwrap();
        // What it writes comes to us through a pipe and a thread.
        while !app.log().contains("find-me") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let log = app.log();
        let password = crate::app::password_of("ann");
        for secret in [
            &tokens.access,
            &tokens.refresh,
            &next.access,
            &next.refresh,
            &last.access,
            &last.refresh,
            &password,
            &admin.token,
            &app.env["JOTLEASH_PASSWORD"],
            &app.env["JOTLEASH_CLIENT_SECRET"],
            &app.env["JOTLEASH_ADMIN_CLIENT_SECRET"],
            "a wrong password",
        ]
        .map(|secret: &str| secret)
        {
            assert!(!log.contains(secret), "{secret} is in the log");
            let signature = secret.rsplit('.').next().unwrap();
            assert!(!log.contains(signature), "{signature} is in the log");
        }
        if format == "json" {
            for line in log.lines() {
                let line: Value =
                    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
                assert!(
                    line["time"].is_string()
                        && line["level"].is_string()
                        && line["message"].is_string()
                );
            }
        }
    }
}

/// Runs it to its end with these arguments, and gives its exit code and what it said.
pub(crate) fn refused(
    folder: &std::path::Path,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jotleash"));
    command
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    said_to_the_end(command)
}

/// Runs a command that ends by itself, and gives its exit code and what it said, to stderr first.
pub(crate) fn said_to_the_end(mut command: Command) -> (Option<i32>, String) {
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while stderr.read_line(&mut said).unwrap() > 0 {
        // It should not have started, and would go on for ever.
        if said.contains("listening on") {
            child.kill().unwrap();
        }
    }
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut said).unwrap();
    }
    (child.wait().unwrap().code(), said)
}

#[test]
fn what_would_be_unsafe_does_not_start_and_says_what_to_do() {
    let redis = RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]);
    let url = redis.url();
    let config = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("jotleash.toml"), text).unwrap();
        folder
    };
    let empty = tempfile::tempdir().unwrap();
    let dev = [
        "serve",
        "--dev",
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
    ];
    let on_evicting = [&dev[..], &["--store", &url]].concat();
    for (folder, environment, arguments, words) in [
        (&empty, vec![], vec!["serve"], vec!["keys generate"]),
        (
            &empty,
            vec![],
            [&dev[..2], &["--listen", "0.0.0.0:0"]].concat(),
            vec!["loopback"],
        ),
        (&empty, vec![], on_evicting.clone(), vec!["noeviction"]),
        (
            &empty,
            vec![("JOTLEASH_TLS_CERT", "x")],
            dev.to_vec(),
            vec!["JOTLEASH_TLS_CERT", "`tls_key` is missing"],
        ),
        (
            &empty,
            vec![("JOTLEASH_STORE", "redis+cluster://a:1")],
            dev.to_vec(),
            vec!["redis+cluster", "not built"],
        ),
        (
            &config("isuer = \"x\"\nnear.lease = \"1s\"\n"),
            vec![],
            vec!["serve"],
            vec![
                "jotleash.toml:1",
                "did you mean",
                "issuer",
                "near",
                "not built",
            ],
        ),
    ] {
        let (code, said) = refused(folder.path(), &environment, &arguments);
        assert!(
            [Some(2), Some(5)].contains(&code),
            "{arguments:?}: {code:?}\n{said}"
        );
        for word in words {
            assert!(said.contains(word), "{arguments:?}: no {word:?} in\n{said}");
        }
    }
}

#[test]
fn keys_are_made_by_one_command_and_refused_when_others_can_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| refused(folder.path(), &[], arguments);
    let (code, said) = run(&["keys", "generate"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["keys", "generate"]);
    assert_eq!(code, Some(1), "a second time there is one: {said}");
    let entries = fs::read_dir(folder.path().join("keys")).unwrap();
    let pem = entries
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "pem"));
    let pem = pem.unwrap();
    assert_eq!(
        fs::metadata(&pem).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::set_permissions(&pem, fs::Permissions::from_mode(0o644)).unwrap();
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
        "--store",
        "embedded:memory",
    ];
    let (code, said) = run(&serve);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("chmod"), "{said}");
}
