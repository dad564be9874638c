//! Every scenario ends well and says what it measured; how much that is, is for whoever runs it on a quiet machine.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail loudly, and says why it was skipped")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What a run answers. `None` where the relay's program was not built: `cargo test --workspace` builds it.
fn answer(arguments: &[&str]) -> Option<Value> {
    let load = Path::new(env!("CARGO_BIN_EXE_enginus-relay-load"));
    let relay = load.with_file_name(format!("enginus-relay{}", std::env::consts::EXE_SUFFIX));
    if !relay.exists() {
        eprintln!("skipped: {} was not built; `cargo test --workspace` builds it", relay.display());
        return None;
    }
    let done = Command::new(load).arg("--binary").arg(relay).arg("--json").args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(serde_json::from_slice(&done.stdout).unwrap())
}

/// Runs a scenario, whose first figure is known and which tells the others.
fn holds(arguments: &[&str], first: f64, names: &[&str]) {
    let Some(answer) = answer(arguments) else { return };
    assert!(answer["stopped"].is_null(), "{answer}");
    assert!(arguments.contains(&answer["scenario"].as_str().unwrap()), "{answer}");
    let figures = answer["figures"].as_array().unwrap();
    assert!((figures[0]["value"].as_f64().unwrap() - first).abs() < 0.5, "{answer}");
    for name in names {
        let told =
            |figure: &Value| figure["what"] == *name && figure["value"].as_f64().is_some_and(|value| value > 0.0);
        assert!(figures.iter().any(told), "{name}: {answer}");
    }
}

#[test]
fn storing() {
    let names = ["stored and confirmed", "CPU of the relay", "memory of the relay"];
    holds(&["store", "--devices", "3", "--projects", "2", "--envelopes", "400", "--window", "50"], 1200.0, &names);
    holds(&["store", "--devices", "2", "--envelopes", "400", "--window", "0"], 800.0, &names);
}

#[test]
fn storing_in_a_server_of_its_own() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("nats-server"));
    let Some(server) = on_path.chain([PathBuf::from("/usr/sbin/nats-server")]).find(|program| program.is_file()) else {
        return eprintln!("skipped: nats-server is not installed");
    };
    let server = server.to_str().unwrap();
    holds(
        &["--nats-server", server, "store", "--devices", "2", "--envelopes", "300"],
        600.0,
        &["stored and confirmed"],
    );
}

#[test]
fn catching_up() {
    holds(&["catch-up", "--envelopes", "600"], 600.0, &["put by one device", "taken"]);
}

#[test]
fn being_idle() {
    let Some(answer) = answer(&["idle", "--devices", "5", "--step", "3", "--of-a-project", "2"]) else { return };
    assert!(answer["stopped"].is_null(), "{answer}");
    let figures = answer["figures"].as_array().unwrap();
    for devices in [3, 5] {
        let counted =
            |figure: &&Value| figure["devices"] == devices && figure["what"] == "sessions that the relay counts";
        let counted = figures.iter().find(counted).unwrap();
        assert!((counted["value"].as_f64().unwrap() - f64::from(devices)).abs() < 0.5, "{answer}");
    }
}

#[test]
fn from_an_edit_to_a_row() {
    let names = ["edit to row, p50", "edit to row, p99"];
    holds(&["latency", "--edits", "5", "--every", "20", "--readers", "2"], 5.0, &names);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let load = env!("CARGO_BIN_EXE_enginus-relay-load");
    let done = Command::new(load).args(["--binary", "/nowhere/enginus-relay", "catch-up"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success() && said.contains("/nowhere/enginus-relay") && said.contains("--binary"), "{said}");
}
