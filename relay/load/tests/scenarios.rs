//! Every scenario ends well and says what it measured; how much that is, is for whoever runs it on a quiet machine.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail loudly, and says why it was skipped")]

use std::path::Path;
use std::process::Command;

/// The figures of a run. `None` where the relay's program was not built: `cargo test --workspace` builds it.
fn figures(arguments: &[&str]) -> Option<Vec<(String, f64)>> {
    let load = Path::new(env!("CARGO_BIN_EXE_enginus-relay-load"));
    let relay = load.with_file_name("enginus-relay");
    if !relay.exists() {
        eprintln!("skipped: {} was not built", relay.display());
        return None;
    }
    let done = Command::new(load).arg("--relay").arg(relay).arg("--json").args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: Vec<serde_json::Value> = serde_json::from_slice(&done.stdout).unwrap();
    let figure =
        |told: &serde_json::Value| (told["what"].as_str().unwrap().to_owned(), told["value"].as_f64().unwrap());
    Some(told.iter().map(figure).collect())
}

fn holds(arguments: &[&str], first: f64, names: &[&str]) {
    let Some(figures) = figures(arguments) else { return };
    assert!((figures[0].1 - first).abs() < 0.5, "{figures:?}");
    for name in names {
        assert!(figures.iter().any(|(what, value)| what == name && *value > 0.0), "{name}: {figures:?}");
    }
}

#[test]
fn storing() {
    let names = ["stored and confirmed", "stored per second of the relay's CPU", "memory of the relay"];
    holds(&["store", "--devices", "3", "--envelopes", "400"], 1200.0, &names);
}

#[test]
fn catching_up() {
    holds(&["catch-up", "--envelopes", "600"], 600.0, &["put by one device", "taken"]);
}

#[test]
fn being_idle() {
    holds(&["idle", "--devices", "5", "--of-a-project", "3"], 5.0, &["memory of the relay with all of them"]);
}

#[test]
fn from_an_edit_to_a_row() {
    holds(&["latency", "--edits", "5", "--every", "1"], 5.0, &["edit to row, p50", "edit to row, p99"]);
}
