//! What `serve --dev` prints when it is ready: addresses, and lines to paste.

use serde_json::json;

use super::env::{Dev, PATH};

/// Takes one member out of a JSON object, where `jq` may be missing.
const ACCESS_TOKEN: &str = r#"sed 's/.*"access_token":"\([^"]*\)".*/\1/'"#;

/// The text for standard output. It holds secrets, so it never goes through the logger.
///
/// Every line to be pasted starts with `curl` or `NAME=$(curl`, and no other line does.
pub fn banner(dev: &Dev) -> String {
    let env = &dev.env;
    let (url, admin_url) = (&env.urls.public, &env.urls.admin);
    let login = json!({"username": env.username, "password": env.password.as_str()});
    let login = quote(&login.to_string());
    let admin = format!(
        "{}:{}",
        env.admin_client_id,
        env.admin_client_secret.as_str()
    );
    let [curl, curl_admin] = [url, admin_url].map(|url| curl(url));
    let status = format!(r"{curl} -sS -o /dev/null -w '%{{http_code}}\n'");
    let bearer = r#"-H "Authorization: Bearer $TOKEN""#;
    let verify = format!("{status} {bearer} {}", quote(&format!("{url}/verify")));
    format!(
        r#"
jotleash is ready, for development only.

  issuer   {issuer}
  public   {url}
  admin    {admin_url}/ (the admin API; the console is to come)
  secrets  {PATH}

Paste these lines one by one. Log in:
TOKEN=$({curl} -sSf -H 'Content-Type: application/json' -d {login} {login_url} | {ACCESS_TOKEN})
Verify the token (200):
{verify}
Log out (204):
{status} -X POST {bearer} {logout_url}
Verify it again (401): the same token, signed and not expired, and dead:
{verify}

For the admin API, get a token and list the sessions:
ADMIN=$({curl} -sSf -u {admin} -d grant_type=client_credentials --data-urlencode {audience} -d scope=jotleash:admin {token_url} | {ACCESS_TOKEN})
{curl_admin} -sS -H "Authorization: Bearer $ADMIN" {sessions_url}
"#,
        issuer = dev.issuer,
        login_url = quote(&format!("{url}/v1/login")),
        logout_url = quote(&format!("{url}/v1/logout")),
        admin = quote(&admin),
        audience = quote(&format!("audience={}", dev.issuer)),
        token_url = quote(&format!("{url}/oauth2/token")),
        sessions_url = quote(&format!("{admin_url}/v1/admin/sessions")),
    )
}

/// The command that asks this listener. A certificate for trying things out is rarely one that
/// `curl` would trust, and to loopback nobody listens in.
fn curl(url: &str) -> &'static str {
    if url.starts_with("https://") {
        "curl -k"
    } else {
        "curl"
    }
}

/// One word for a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::env::Urls;
    use super::*;
    use crate::clock::SystemEntropy;

    fn dev(scheme: &str) -> Dev {
        let folder = tempfile::tempdir().unwrap();
        let urls = Urls {
            public: format!("{scheme}://127.0.0.1:8080"),
            admin: "http://[::1]:9090".to_owned(),
        };
        let path = folder.path().join("dev.env");
        Dev::load_or_make(&path, &SystemEntropy, &urls, None).unwrap()
    }

    #[test]
    fn there_are_six_lines_to_paste_and_a_shell_can_read_each() {
        let text = banner(&dev("http"));
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_uppercase());
        let to_paste = |line: &&str| {
            let assignment = line.split_once("=$(curl ");
            line.starts_with("curl ") || assignment.is_some_and(|(name, _)| is_name(name))
        };
        let lines: Vec<_> = text.lines().filter(to_paste).collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(
            text.matches("curl ").count(),
            6,
            "and no line mentions it elsewhere"
        );
        for line in lines {
            let checked = Command::new("sh")
                .args(["-n", "-c", line])
                .status()
                .unwrap();
            assert!(checked.success(), "{line}");
        }
    }

    #[test]
    fn a_listener_with_tls_is_asked_without_a_look_at_its_certificate() {
        let text = banner(&dev("https"));
        assert_eq!(text.matches("curl -k ").count(), 5, "all but the admin's");
        assert_eq!(text.matches("curl ").count(), 6);
    }

    #[test]
    fn the_token_is_taken_out_of_the_answer() {
        let answer = r#"{"token_type":"Bearer","access_token":"a.b-c_d.e","expires_in":300}"#;
        let script = format!("printf '%s' {} | {ACCESS_TOKEN}", quote(answer));
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap().trim(),
            "a.b-c_d.e"
        );
    }

    #[test]
    fn a_quote_in_a_word_stays_in_it() {
        let script = format!("printf '%s' {}", quote("it's $HOME"));
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(output.stdout, b"it's $HOME");
    }
}
