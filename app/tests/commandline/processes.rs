//! Several processes: an agent and commands through it, two commands at once, two homes that meet.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::stand::{Said, Stand, said, text};

/// An agent that serves; killed when it is dropped.
struct Agent(Child);

impl Agent {
    fn on(stand: &Stand, home: &str) -> Self {
        let mut command = stand.command(home, &["agent", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(!told["addresses"].as_array().unwrap().is_empty(), "{line}");
        Self(child)
    }

    /// Asks it to end, as a service manager does.
    #[cfg(unix)]
    fn end(mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn at_once(stand: &Stand, home: &str, commands: &[&[&str]]) -> Vec<Said> {
    let started: Vec<Child> = commands
        .iter()
        .map(|arguments| stand.command(home, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    started.into_iter().map(|child| said(child.wait_with_output().unwrap())).collect()
}

#[cfg(unix)]
#[test]
fn commands_work_through_the_agent_and_without_it() {
    let stand = Stand::new();
    let home = stand.owner();
    let agent = Agent::on(&stand, home);
    let file = stand.file("SP-001_LAYOUT-P01.pdf", "one");
    stand.ok(home, &["doc", "add", "Projects", text(&file), "--reason", "issued"]);
    let through = stand.json(home, &["doc", "list"]);
    assert_eq!(stand.json(home, &["status"])["running"], true);
    let second = stand.refused(home, &["agent"]);
    assert!(second.contains("already serves"), "{second}");
    // A refusal through the agent reads like one without it.
    let again = ["doc", "add", "Projects", text(&file), "--reason", "issued"];
    let refused = stand.refused(home, &again);
    assert_eq!(agent.end(), Some(0));
    assert_eq!(stand.refused(home, &again), refused);
    assert_eq!(stand.json(home, &["doc", "list"]), through);
    assert_eq!(stand.json(home, &["status"])["running"], false);
}

#[test]
fn commands_that_start_together_all_succeed() {
    let stand = Stand::new();
    let home = stand.owner();
    let files: Vec<_> = (1..=4).map(|n| stand.file(&format!("SP-00{n}_SHEET-P01.pdf"), &format!("{n}"))).collect();
    let add: Vec<Vec<&str>> =
        files.iter().map(|file| vec!["doc", "add", "Projects", text(file), "--reason", "issued"]).collect();
    let add: Vec<&[&str]> = add.iter().map(Vec::as_slice).collect();
    for said in at_once(&stand, home, &add) {
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    assert_eq!(stand.json(home, &["doc", "list"]).as_array().unwrap().len(), files.len());
}

#[test]
fn two_homes_meet_by_ticket_on_the_command_line() {
    let stand = Stand::new();
    let owner = stand.owner();
    let layout = stand.file("SP-001_LAYOUT-P01.pdf", "one");
    stand.ok(owner, &["doc", "add", "Projects", text(&layout), "--reason", "issued"]);
    let said = stand.ok(owner, &["invite", "--role", "contractor"]);
    let ticket = said.lines().last().unwrap();
    assert!(ticket.starts_with("enginus1") && !ticket.contains(' '), "{said}");
    stand.ok("contractor", &["init", "--name", "Contractor"]);

    // Nobody is there yet: the join waits, and that is no failure.
    let waiting = stand.json("contractor", &["join", ticket, "--wait", "0"]);
    assert_eq!(waiting["state"], "pending");
    let alone = stand.run("contractor", &["sync", "--once", "--wait", "1"]);
    assert_eq!(alone.code, Some(1), "{alone:?}");

    let agent = Agent::on(&stand, owner);
    stand.ok("contractor", &["sync", "--once", "--wait", "30"]);
    let list = stand.json("contractor", &["doc", "list"]);
    assert_eq!(list, stand.json(owner, &["doc", "list"]));
    stand.ok("contractor", &["doc", "get", "SP-001", "-o", "fetched.pdf"]);
    assert_eq!(std::fs::read(stand.path("fetched.pdf")).unwrap(), b"one");
    let moved = stand.file("moved.pdf", "two");
    stand.ok("contractor", &["doc", "revise", "SP-001", text(&moved), "--reason", "moved the road"]);
    stand.ok("contractor", &["sync", "--once", "--wait", "30"]);
    assert_eq!(stand.json(owner, &["doc", "list"])[0]["revision"], "P02");
    assert_eq!(stand.json(owner, &["doc", "list"]), stand.json("contractor", &["doc", "list"]));
    drop(agent);
    let alone = stand.refused("contractor", &["sync", "--once", "--wait", "1"]);
    assert!(alone.contains("hint"), "{alone}");
}

#[test]
fn a_project_that_came_by_file_finds_the_inviter_afterwards() {
    let stand = Stand::new();
    let owner = stand.owner();
    let said = stand.ok(owner, &["invite", "--role", "contractor"]);
    stand.ok("contractor", &["init", "--name", "Contractor"]);
    stand.ok("contractor", &["join", said.lines().last().unwrap(), "--wait", "0"]);
    let stick = stand.path("stick.enginus");
    stand.ok(owner, &["bundle", "export", text(&stick)]);
    stand.ok("contractor", &["bundle", "import", text(&stick)]);
    let devices = stand.json("contractor", &["member", "list"])[0]["devices"].clone();
    assert_eq!(devices[0]["last_seen"], serde_json::Value::Null, "{devices}");

    let agent = Agent::on(&stand, owner);
    stand.ok("contractor", &["sync", "--once", "--wait", "30"]);
    assert_eq!(stand.json(owner, &["member", "list"]).as_array().unwrap().len(), 2);
    drop(agent);
}
