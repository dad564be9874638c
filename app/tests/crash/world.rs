//! Two homes of one project, what is done in them, and what is looked at after each round.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use enginus_model::Sha256;
use serde_json::Value;
use sha2::Digest as _;

use crate::chance::Chance;
use crate::ledger::{Ledger, Shown, listed};
use crate::process::{Ended, Process};
use crate::stand::{Stand, text};

pub(crate) const HOMES: [&str; 2] = ["owner", "contractor"];
const FOLDERS: [&str; 2] = ["Projects", "Materials"];

pub(crate) struct World {
    pub(crate) stand: Stand,
    pub(crate) ledger: Ledger,
    pub(crate) round: u32,
    documents: u32,
    /// Where the files to be added lie, if not beside the homes.
    pub(crate) elsewhere: Option<PathBuf>,
    /// What lies in a file of that hash.
    contents: BTreeMap<String, Vec<u8>>,
    /// Documents an act of this round was about, by home.
    touched: Vec<(usize, String)>,
    incarnations: BTreeMap<PathBuf, Vec<u8>>,
}

/// A run that was begun, and the documents that its lines or its end acknowledge.
pub(crate) struct Act {
    pub(crate) process: Process,
    pub(crate) name: &'static str,
    numbers: Vec<String>,
}

impl World {
    /// An owner and a contractor, who have met.
    pub(crate) fn new() -> Self {
        let stand = Stand::new();
        stand.owner();
        stand.ok("contractor", &["init", "--name", "Contractor"]);
        let said = stand.ok("owner", &["invite", "--role", "contractor"]);
        stand.ok("contractor", &["join", said.lines().last().unwrap(), "--wait", "0"]);
        for (from, to) in [(0, 1), (1, 0)] {
            let stick = stand.path("first.enginus");
            stand.ok(HOMES[from], &["bundle", "export", text(&stick)]);
            stand.ok(HOMES[to], &["bundle", "import", text(&stick)]);
        }
        // From now on each knows where the other is found.
        let mut agent = Process::start(stand.command("owner", &["agent", "--json"]));
        agent.line();
        stand.ok("contractor", &["sync", "--once", "--wait", "60"]);
        agent.kill();
        let mut world = Self {
            stand,
            ledger: Ledger::default(),
            round: 0,
            documents: 0,
            elsewhere: None,
            contents: BTreeMap::new(),
            touched: Vec::new(),
            incarnations: BTreeMap::new(),
        };
        world.incarnations = world.incarnations_now();
        assert_eq!(world.incarnations.len(), 2);
        world
    }

    fn incarnations_now(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let folders = HOMES.map(|home| self.stand.path(home).join("incarnations"));
        let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
        files.map(|entry| entry.unwrap().path()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    pub(crate) fn command(&self, home: usize, arguments: &[&str]) -> Command {
        self.stand.command(HOMES[home], arguments)
    }

    /// A file of its own content, and the hash of it.
    fn file(&mut self, name: &str, chance: &mut Chance, bytes_max: usize) -> (PathBuf, String) {
        let mut content = format!("{name} of round {} {} ", self.round, chance.next()).into_bytes();
        content.resize(content.len() + chance.below(bytes_max), b'.');
        let path = self.elsewhere.clone().unwrap_or_else(|| self.stand.path("files")).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &content).unwrap();
        let sha256 = Sha256(sha2::Sha256::digest(&content).into()).to_string();
        self.contents.insert(sha256.clone(), content);
        (path, sha256)
    }

    fn begin(&mut self, home: usize, name: &'static str, numbers: Vec<String>, arguments: &[&str]) -> Act {
        self.touched.extend(numbers.iter().map(|number| (home, number.clone())));
        let command = self.command(home, &[arguments, &["--json"]].concat());
        Act { process: Process::start(command), name, numbers }
    }

    /// Adds up to four documents.
    pub(crate) fn add(&mut self, home: usize, chance: &mut Chance, bytes_max: usize) -> Act {
        let folder = *chance.pick(&FOLDERS);
        let mut arguments = vec!["doc".to_owned(), "add".to_owned(), folder.to_owned()];
        let mut numbers = Vec::new();
        for _ in 0..=chance.below(4) {
            self.documents += 1;
            let number = format!("SP-{}{:04}", home + 1, self.documents);
            let (path, sha256) = self.file(&format!("{number}_SHEET-P01.pdf"), chance, bytes_max);
            arguments.push(text(&path).to_owned());
            let (folder, title, revision) = (folder.to_owned(), "SHEET".to_owned(), "P01".to_owned());
            let shown = Shown { folder, title, revision, sha256: Some(sha256), removed: false };
            self.ledger.may(home, &number, self.round, shown);
            numbers.push(number);
        }
        arguments.extend(["--reason".to_owned(), "issued".to_owned()]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.begin(home, "add", numbers, &arguments)
    }

    /// Changes one of the home's own documents, if it has any.
    pub(crate) fn change(&mut self, home: usize, chance: &mut Chance, bytes_max: usize) -> Option<Act> {
        let busy: Vec<String> = self.touched.iter().map(|(_, number)| number.clone()).collect();
        let own = self.ledger.newest(home);
        let own: Vec<_> = own.into_iter().filter(|(number, _)| !busy.iter().any(|other| other == number)).collect();
        if own.is_empty() {
            return None;
        }
        let (number, shown) = *chance.pick(&own);
        let (number, mut after) = (number.to_owned(), shown.clone());
        let mut arguments = vec!["doc".to_owned()];
        let mut say = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        if after.removed {
            after.removed = false;
            say(&["restore", &number, "--reason", "wanted"]);
        } else {
            match chance.below(if after.sha256.is_some() { 5 } else { 4 }) {
                0 => {
                    after.removed = true;
                    say(&["remove", &number, "--reason", "not wanted"]);
                }
                1 => {
                    after.title = format!("TITLE OF ROUND {}", self.round);
                    say(&["edit", &number, "--set", &format!("title={}", after.title)]);
                }
                _ => {
                    let revision: u32 = after.revision.trim_start_matches('P').parse().unwrap_or(0);
                    after.revision = format!("P{:02}", revision + 1);
                    let (path, sha256) = self.file(&format!("revised-{number}.pdf"), chance, bytes_max);
                    after.sha256 = Some(sha256);
                    say(&["revise", &number, text(&path), "--rev", &after.revision, "--reason", "revised"]);
                }
            }
        }
        self.ledger.may(home, &number, self.round, after);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Some(self.begin(home, "change", vec![number], &arguments))
    }

    /// Plans a document that has no file yet.
    pub(crate) fn plan(&mut self, home: usize, chance: &mut Chance) -> Act {
        let folder = *chance.pick(&FOLDERS);
        self.documents += 1;
        let number = format!("SP-{}{:04}", home + 1, self.documents);
        let (title, revision) = ("PLANNED".to_owned(), String::new());
        let shown = Shown { folder: folder.to_owned(), title, revision, sha256: None, removed: false };
        self.ledger.may(home, &number, self.round, shown);
        let arguments = ["doc", "plan", folder, "--number", &number, "--title", "PLANNED", "--reason", "due"];
        self.begin(home, "plan", vec![number.clone()], &arguments)
    }

    /// Something that changes no document.
    pub(crate) fn other(&mut self, home: usize, name: &'static str, arguments: &[&str]) -> Act {
        self.begin(home, name, Vec::new(), arguments)
    }

    /// Takes what a run printed, and how it ended, for what it acknowledged.
    pub(crate) fn ended(&mut self, act: &ActEnd) {
        let Ended { code, lines, errors, .. } = &act.ended;
        assert!(matches!(code, None | Some(0 | 1)), "{} ended with {code:?}: {lines:?} {errors:?}", act.name);
        assert!(!errors.iter().any(|line| line.contains("panicked")), "{}: {errors:?}", act.name);
        if act.name == "add" {
            for line in lines {
                // A line that a kill cut says nothing.
                let Ok(told) = serde_json::from_str::<Value>(line) else { continue };
                if let Some(number) = told["number"].as_str() {
                    self.ledger.did(number);
                }
            }
        } else if *code == Some(0) {
            act.numbers.iter().for_each(|number| self.ledger.did(number));
        }
    }

    fn json(&self, home: usize, arguments: &[&str]) -> Value {
        self.stand.json(HOMES[home], arguments)
    }

    /// Opens a home again and holds what it says against the ledger: lists, files, and that every cache follows from the envelopes.
    pub(crate) fn check(&mut self, home: usize, chance: &mut Chance) {
        let list = self.json(home, &["doc", "list", "--removed"]);
        let shown = listed(&list);
        self.ledger.check(home, &shown);
        let left: Vec<_> = std::fs::read_dir(self.stand.path(HOMES[home]).join("objects/tmp")).unwrap().collect();
        assert!(left.is_empty(), "half-written objects stayed: {left:?}");
        let mut looked_at: Vec<String> =
            self.touched.iter().filter(|(at, _)| *at == home).map(|(_, number)| number.clone()).collect();
        if !shown.is_empty() {
            let all: Vec<&String> = shown.keys().collect();
            looked_at.extend((0..2).map(|_| (*chance.pick(&all)).clone()));
        }
        for number in looked_at {
            let document = shown.get(&number).filter(|shown| !shown.removed);
            if let Some(sha256) = document.and_then(|shown| shown.sha256.as_ref()) {
                self.get(home, &number, sha256);
            }
        }
        if chance.one_in(2) {
            assert_eq!(self.json(home, &["rebuild"])["identical"], true);
            assert_eq!(self.json(home, &["doc", "list", "--removed"]), list, "a rebuild changed something");
        }
        let status = self.json(home, &["status"]);
        let project = &status["projects"][0];
        for none in ["quarantined", "for_review", "waiting"] {
            assert_eq!(project[none], 0, "{project}");
        }
        assert_eq!(project["notices"], Value::Array(Vec::new()), "{project}");
        assert_eq!(self.incarnations_now(), self.incarnations, "a device began a new log");
    }

    /// Finds out what became of acts that were killed, so that others can follow in the same round.
    pub(crate) fn settle(&mut self, home: usize) {
        let list = self.json(home, &["doc", "list", "--removed"]);
        self.ledger.check(home, &listed(&list));
    }

    fn get(&mut self, home: usize, number: &str, sha256: &str) {
        let output = self.stand.path("out.pdf");
        let said = self.stand.run(HOMES[home], &["doc", "get", number, "-o", text(&output), "--wait", "0"]);
        if said.code == Some(0) {
            assert_eq!(std::fs::read(&output).unwrap(), self.contents[sha256], "{number} has other bytes");
            std::fs::remove_file(&output).unwrap();
            self.ledger.seen(home, number, sha256);
            return;
        }
        assert!(!self.ledger.must_have(home, number, sha256), "the file of {number} is gone from {home}: {said:?}");
        assert!(said.code == Some(1) && !output.exists(), "{said:?}");
    }

    /// A round is over.
    pub(crate) fn next_round(&mut self) {
        self.round += 1;
        self.touched.clear();
    }

    pub(crate) fn content(&self, sha256: &str) -> &[u8] {
        &self.contents[sha256]
    }
}

/// An act that ended.
pub(crate) struct ActEnd {
    pub(crate) name: &'static str,
    pub(crate) ended: Ended,
    numbers: Vec<String>,
}

impl Act {
    /// Waits for its end.
    pub(crate) fn end(self) -> ActEnd {
        ActEnd { name: self.name, ended: self.process.end(), numbers: self.numbers }
    }

    /// Kills it after a time, if it has not ended by then.
    pub(crate) fn kill_after(mut self, time: Duration) -> ActEnd {
        self.process.wait(time);
        ActEnd { name: self.name, ended: self.process.kill(), numbers: self.numbers }
    }
}
