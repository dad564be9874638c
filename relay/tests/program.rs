//! The program as an operator types it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::process::{Command, Output};

use enginus_relay::config::Config;

fn relay(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enginus-relay"));
    for name in ["CONFIG", "KEY", "KEY_FILE", "INVITATIONS", "NATS_TOKEN", "NATS_CREDENTIALS"] {
        command.env_remove(format!("ENGINUS_RELAY_{name}"));
    }
    command.args(arguments).envs(variables.iter().copied()).output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_configuration_that_holds_is_printed_and_holds_no_secret() {
    let secret = [("ENGINUS_RELAY_NATS_TOKEN", "hidden-value")];
    let (code, out, _) = said(&relay(&["--print-config"], &secret));
    assert_eq!(code, Some(0));
    assert!(!out.contains("hidden-value"));
    assert_eq!(Config::parse(&out).unwrap().config, Config::default());
    let dir = tempfile::tempdir().unwrap();
    let (_, out, _) = said(&relay(&["--dev", dir.path().to_str().unwrap(), "--print-config"], &[]));
    assert_eq!(Config::parse(&out).unwrap().config, Config::dev(dir.path()));
}

#[test]
fn wrong_usage_and_bad_configurations_end_with_2_and_say_why() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("relay.toml");
    std::fs::write(&file, "[limits]\nconnections = 0\n").unwrap();
    let (code, _, error) = said(&relay(&["--config", file.to_str().unwrap()], &[]));
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("`limits.connections`") && error.contains("at least 1"), "{error}");
    let (code, _, error) = said(&relay(&["--config", "/nowhere/relay.toml"], &[]));
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("/nowhere/relay.toml") && error.contains("--dev"), "{error}");
    assert_eq!(said(&relay(&["--nonsense"], &[])).0, Some(2));
    let data = dir.path().to_str().unwrap();
    let (code, _, error) = said(&relay(&["--dev", data], &[("ENGINUS_RELAY_KEY", "sesame")]));
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("ENGINUS_RELAY_KEY") && !error.contains("sesame"), "{error}");
}

#[test]
fn what_cannot_be_done_ends_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (code, _, error) = said(&relay(&["--dev", data.to_str().unwrap(), "restore", "/nowhere/a.backup"], &[]));
    assert_eq!(code, Some(1), "{error}");
    assert!(error.starts_with("enginus-relay: "), "{error}");
}

#[test]
fn an_unknown_key_is_warned_of_and_the_program_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("relay.toml");
    let data = dir.path().join("data");
    std::fs::write(&file, format!("[server]\ndata = {data:?}\nhosts = \"x\"\n")).unwrap();
    let project = "ab".repeat(32);
    let (code, out, error) = said(&relay(&["--config", file.to_str().unwrap(), "project", "allow", &project], &[]));
    assert_eq!(code, Some(0), "{error}");
    assert!(error.contains("`server.hosts`") && error.contains("`server.host`"), "{error}");
    assert!(out.contains("allowed"));
    assert_eq!(std::fs::read_to_string(data.join("projects.allowed")).unwrap().trim(), project);
}

#[cfg(unix)]
#[test]
fn it_serves_until_it_is_told_to_end_and_ends_with_0() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::dev(&dir.path().join("data"));
    for bind in [&mut config.server.mailbox, &mut config.server.relay, &mut config.http.bind] {
        bind.set_port(0);
    }
    let file = dir.path().join("relay.toml");
    std::fs::write(&file, config.to_toml().unwrap()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_enginus-relay"));
    command.arg("--config").arg(&file).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut serving = command.spawn().unwrap();
    let lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    let told: Vec<String> = lines.map(Result::unwrap).take(3).collect();
    assert!(told[1].starts_with("relay://") && told[1].contains("@127.0.0.1:"), "{told:?}");
    let operator = told[2].split("http://").nth(1).unwrap().trim_end_matches('/');
    config.http.bind = operator.parse().unwrap();
    std::fs::write(&file, config.to_toml().unwrap()).unwrap();
    let (code, out, error) = said(&relay(&["--config", file.to_str().unwrap(), "health"], &[]));
    assert_eq!((code, out.as_str()), (Some(0), "ready\n"), "{error}");
    let terminated = Command::new("kill").args(["-TERM", &serving.id().to_string()]).status().unwrap();
    assert!(terminated.success());
    assert_eq!(serving.wait().unwrap().code(), Some(0));
    assert_eq!(said(&relay(&["--config", file.to_str().unwrap(), "health"], &[])).0, Some(1));
    let (code, out, error) = said(&relay(&["--config", file.to_str().unwrap(), "check"], &[]));
    assert_eq!(code, Some(0), "{error}");
    assert!(out.contains("0 faults"), "{out}");
}
