//! `completions`.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::command::run;

fn script(shell: &str) -> String {
    let folder = TempDir::new().unwrap();
    let ran = run(folder.path(), &[], &["completions", shell]);
    ran.assert(0, &[]);
    ran.out
}

/// What bash would propose for the last of these words.
fn proposed(words: &str) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("script");
    fs::write(&path, script("bash")).unwrap();
    let complete = format!(
        "source {}; COMP_WORDS=({words} ''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
         _jotleash jotleash '' \"${{COMP_WORDS[COMP_CWORD-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        path.display()
    );
    let output = Command::new("bash")
        .args(["-c", &complete])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let words = String::from_utf8(output.stdout).unwrap();
    words.lines().map(str::to_owned).collect()
}

#[test]
fn bash_reads_its_script_and_proposes_what_may_follow() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("script");
    fs::write(&path, script("bash")).unwrap();
    let parsed = Command::new("bash").arg("-n").arg(&path).status().unwrap();
    assert!(parsed.success());
    let commands = proposed("jotleash");
    for name in [
        "serve",
        "keys",
        "token",
        "doctor",
        "healthcheck",
        "completions",
    ] {
        assert!(
            commands.iter().any(|word| word == name),
            "{name}: {commands:?}"
        );
    }
    let of_keys = proposed("jotleash keys");
    for name in ["generate", "list"] {
        assert!(
            of_keys.iter().any(|word| word == name),
            "{name}: {of_keys:?}"
        );
    }
    assert!(
        proposed("jotleash completions")
            .iter()
            .any(|word| word == "zsh")
    );
    assert!(
        proposed("jotleash token inspect")
            .iter()
            .any(|word| word == "--jwks")
    );
}

#[test]
fn each_shell_has_a_script_with_every_command_and_another_one_is_refused() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = script(shell);
        for name in [
            "serve",
            "inspect",
            "doctor",
            "healthcheck",
            "generate",
            "list",
        ] {
            assert!(script.contains(name), "{name} for {shell}");
        }
    }
    let folder = TempDir::new().unwrap();
    run(folder.path(), &[], &["completions", "tcsh"]).assert(2, &["bash", "zsh"]);
}
