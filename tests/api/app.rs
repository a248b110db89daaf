//! A running jotleash, and one method for each thing that a client does.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::redis_server::RedisServer;

/// How an app is to be started.
#[derive(Default)]
pub struct Setup {
    store: Option<String>,
    config: Option<String>,
    environment: Vec<(String, String)>,
    twin_of: Option<PathBuf>,
    prefix: Vec<String>,
    folder: Option<Arc<TempDir>>,
}

impl Setup {
    /// On this store; in memory when not said.
    pub fn store(mut self, url: impl Into<String>) -> Self {
        self.store = Some(url.into());
        self
    }

    /// With this `jotleash.toml`.
    pub fn config(mut self, toml: &str) -> Self {
        self.config = Some(toml.to_owned());
        self
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With the keys and secrets of another instance.
    pub fn twin_of(mut self, app: &App) -> Self {
        self.twin_of = Some(app.folder.path().to_owned());
        self
    }

    /// In the folder of an instance that has stopped.
    pub fn in_folder_of(mut self, folder: Arc<TempDir>) -> Self {
        self.folder = Some(folder);
        self
    }

    /// Bound by the permissions of files, as root is not: by way of util-linux.
    pub fn unprivileged(self) -> Self {
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            return self;
        }
        let words = ["/usr/bin/setpriv", "--bounding-set", "-dac_override", "--"];
        self.under(words.map(str::to_owned).to_vec())
    }

    /// By another program, which is given the command.
    pub fn under(mut self, prefix: Vec<String>) -> Self {
        self.prefix = prefix;
        self
    }

    /// Starts it and waits until its banner says that it listens.
    pub fn start(self) -> App {
        let folder = self
            .folder
            .unwrap_or_else(|| Arc::new(TempDir::new().unwrap()));
        if let Some(other) = &self.twin_of {
            copy_set_up(other, folder.path());
        }
        let words = [self.prefix, vec![env!("CARGO_BIN_EXE_jotleash").to_owned()]].concat();
        let mut command = Command::new(&words[0]);
        command
            .current_dir(folder.path())
            .env_clear()
            .args(&words[1..])
            .args(["serve", "--dev"]);
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        command.args([
            "--store",
            self.store.as_deref().unwrap_or("embedded:memory"),
        ]);
        if let Some(config) = &self.config {
            fs::write(folder.path().join("test.toml"), config).unwrap();
            command.args(["--config", "test.toml"]);
        }
        command.envs(self.environment);
        App::run(command, folder)
    }
}

/// A running instance; killed when dropped.
pub struct App {
    /// The public listener's URL.
    pub url: String,
    /// The admin listener's URL.
    pub admin_url: String,
    /// What `data/dev.env` says.
    pub env: HashMap<String, String>,
    /// What it printed before it was ready.
    pub banner: String,
    /// Its working directory.
    pub folder: Arc<TempDir>,
    /// The client of all requests.
    pub http: Client,
    log: Arc<Mutex<String>>,
    child: Child,
}

impl App {
    /// On an embedded store in memory.
    pub fn in_memory() -> Self {
        Setup::default().start()
    }

    /// On this Redis.
    pub fn on(redis: &RedisServer) -> Self {
        Setup::default().store(redis.url()).start()
    }

    fn run(mut command: Command, folder: Arc<TempDir>) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let log = Arc::new(Mutex::new(String::new()));
        collect(child.stderr.take().unwrap(), Arc::clone(&log));
        let mut banner = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        // The banner ends with the lines to paste; the last of them gets an admin token.
        while !banner.lines().any(|line| line.contains("/oauth2/token")) {
            if stdout.read_line(&mut banner).unwrap() == 0 {
                let _ = child.wait();
                panic!("it did not start:\n{banner}\n{}", log.lock().unwrap());
            }
        }
        thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
        let env = read_env(&folder.path().join("data/dev.env"));
        Self {
            url: env["JOTLEASH_URL"].clone(),
            admin_url: env["JOTLEASH_ADMIN_URL"].clone(),
            env,
            banner,
            folder,
            http: Client::builder().no_proxy().build().unwrap(),
            log,
            child,
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends a signal, by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it without warning; its folder stays.
    pub fn kill(mut self) -> Arc<TempDir> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Arc::clone(&self.folder)
    }

    /// Waits until it has ended by itself, and gives its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// A request to the public listener.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// The JSON body of a log-in of the demo user.
    pub fn demo(&self) -> Value {
        json!({"username": self.env["JOTLEASH_USERNAME"], "password": self.env["JOTLEASH_PASSWORD"]})
    }

    /// `POST /v1/login`
    pub async fn login(&self, body: &Value) -> Response {
        self.request(Method::POST, "/v1/login")
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// Logs the demo user in.
    pub async fn log_in(&self) -> Tokens {
        Tokens::of(self.login(&self.demo()).await).await
    }

    /// `GET /verify` with a bearer token.
    pub async fn verify(&self, token: &str) -> Response {
        self.request(Method::GET, "/verify")
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
    }

    /// The status of `GET /verify` with a bearer token.
    pub async fn status_of(&self, token: &str) -> u16 {
        self.verify(token).await.status().as_u16()
    }

    /// `POST /v1/refresh`
    pub async fn refresh(&self, refresh_token: &str) -> Response {
        let body = json!({"refresh_token": refresh_token});
        self.request(Method::POST, "/v1/refresh")
            .json(&body)
            .send()
            .await
            .unwrap()
    }

    /// `POST /v1/logout` with this scope.
    pub async fn logout(&self, token: &str, scope: Option<&str>) -> Response {
        let request = self.request(Method::POST, "/v1/logout").bearer_auth(token);
        let request = match scope {
            Some(scope) => request.json(&json!({"scope": scope})),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// `POST /oauth2/token` with these parameters, the client authenticated by HTTP Basic.
    pub async fn token(&self, id: &str, secret: &str, form: &[(&str, &str)]) -> Response {
        let request = self
            .request(Method::POST, "/oauth2/token")
            .basic_auth(id, Some(secret));
        request.form(form).send().await.unwrap()
    }

    /// A token for the admin listener.
    pub async fn admin_token(&self) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("audience", &self.env["JOTLEASH_ISSUER"]),
            ("scope", "jotleash:admin"),
        ];
        let id = &self.env["JOTLEASH_ADMIN_CLIENT_ID"];
        let secret = &self.env["JOTLEASH_ADMIN_CLIENT_SECRET"];
        let answer = self.token(id, secret, &form).await;
        assert_eq!(answer.status(), StatusCode::OK);
        json(answer).await["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The admin listener with a fresh token.
    pub async fn admin(&self) -> Admin<'_> {
        Admin {
            app: self,
            token: self.admin_token().await,
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- the log of {}:\n{}", self.url, self.log());
        }
    }
}

/// The admin listener, as an operator uses it.
pub struct Admin<'a> {
    app: &'a App,
    /// The operator's token.
    pub token: String,
}

impl Admin<'_> {
    /// A request with the operator's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/v1/admin{path}", self.app.admin_url);
        self.app.http.request(method, url).bearer_auth(&self.token)
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// `POST` with a JSON body
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// `PATCH` with a JSON body
    pub async fn patch(&self, path: &str, body: &Value) -> Response {
        self.request(Method::PATCH, path)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Response {
        self.request(Method::DELETE, path).send().await.unwrap()
    }

    /// Creates a user with the password `s3cret of NAME`.
    pub async fn create_user(&self, name: &str, roles: &[&str]) -> Value {
        let body = json!({"username": name, "password": password_of(name), "roles": roles});
        let answer = self.post("/users", &body).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        json(answer).await
    }
}

/// The password that [`Admin::create_user`] gives.
pub fn password_of(name: &str) -> String {
    format!("s3cret of {name}")
}

/// The body of a log-in of a user that [`Admin::create_user`] created.
pub fn credentials_of(name: &str) -> Value {
    json!({"username": name, "password": password_of(name)})
}

/// What a log-in or refresh answered.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The session's id.
    pub session_id: String,
    /// The whole answer.
    pub body: Value,
}

impl Tokens {
    /// Reads a 200.
    pub async fn of(answer: Response) -> Self {
        let status = answer.status();
        let body = json(answer).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            session_id: text("session_id"),
            body,
        }
    }

    /// Reads a 200 of the token endpoint, which names no session.
    pub async fn of_grant(answer: Response) -> Self {
        let status = answer.status();
        let body = json(answer).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        let access = text("access_token");
        let session_id = claims(&access)["sid"].as_str().unwrap().to_owned();
        Self {
            access,
            refresh: text("refresh_token"),
            session_id,
            body,
        }
    }

    /// The `jti` of the access token.
    pub fn jti(&self) -> String {
        claims(&self.access)["jti"].as_str().unwrap().to_owned()
    }
}

/// A JSON answer.
pub async fn json(answer: Response) -> Value {
    let text = answer.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

/// What a token says, read without checking anything.
pub fn claims(token: &str) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// A header of an answer, `""` when it is not there.
pub fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Checks a problem of `/v1`: its status, its code and its shape.
pub async fn assert_problem(answer: Response, status: u16, code: &str) -> Value {
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    let request_id = header(&answer, "x-request-id").to_owned();
    let real = answer.status().as_u16();
    let body = json(answer).await;
    assert_eq!(
        (real, body["code"].as_str().unwrap()),
        (status, code),
        "{body}"
    );
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("urn:jotleash:{code}"));
    assert_eq!(body["request_id"], request_id);
    body
}

fn read_env(path: &Path) -> HashMap<String, String> {
    let text = fs::read_to_string(path).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Copies what makes another folder's instance a twin: `data/dev.env` and the keys.
fn copy_set_up(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("data")).unwrap();
    fs::copy(from.join("data/dev.env"), to.join("data/dev.env")).unwrap();
    fs::create_dir_all(to.join("keys")).unwrap();
    for entry in fs::read_dir(from.join("keys")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join("keys").join(path.file_name().unwrap())).unwrap();
    }
}

fn collect(mut stderr: impl std::io::Read + Send + 'static, log: Arc<Mutex<String>>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stderr.read(&mut buffer) {
            log.lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
    });
}
