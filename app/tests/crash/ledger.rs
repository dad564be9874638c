//! What was acknowledged, and what may have happened besides: held against what a home says after it was opened again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A document as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) folder: String,
    pub(crate) title: String,
    pub(crate) revision: String,
    pub(crate) sha256: Option<String>,
    pub(crate) removed: bool,
}

/// What its author made of a document, act by act, each with the round it fell into.
#[derive(Debug)]
struct History {
    author: usize,
    states: Vec<(u32, Shown)>,
    /// Begun and not acknowledged: it happened whole or not at all.
    possible: Vec<(u32, Shown)>,
}

/// The acts of two homes. Each document is changed by the home that made it alone, so that nothing is ever in conflict.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    documents: BTreeMap<String, History>,
    /// Which state of the other home's documents a home holds at least.
    floor: BTreeMap<String, usize>,
    /// Files that the other home was seen to hold.
    held: BTreeSet<String>,
    pub(crate) acknowledged: usize,
}

/// How far the documents of a home had come at a moment.
pub(crate) type Moment = BTreeMap<String, usize>;

impl Ledger {
    /// An act is about to begin.
    pub(crate) fn may(&mut self, author: usize, number: &str, round: u32, after: Shown) {
        let history = self.documents.entry(number.to_owned()).or_insert_with(|| History {
            author,
            states: Vec::new(),
            possible: Vec::new(),
        });
        history.possible.push((round, after));
    }

    /// The program said that it is done.
    pub(crate) fn did(&mut self, number: &str) {
        self.acknowledged += 1;
        let history = self.documents.get_mut(number).unwrap();
        let done = history.possible.pop().unwrap_or_else(|| panic!("{number} was acknowledged twice"));
        history.states.push(done);
    }

    /// The newest state of everything `author` has done for certain.
    pub(crate) fn newest(&self, author: usize) -> Vec<(&str, &Shown)> {
        let own = self.documents.iter().filter(|(_, history)| history.author == author);
        own.filter_map(|(number, history)| Some((number.as_str(), &history.states.last()?.1))).collect()
    }

    pub(crate) fn moment(&self, author: usize) -> Moment {
        let own = self.documents.iter().filter(|(_, history)| history.author == author && !history.states.is_empty());
        own.map(|(number, history)| (number.clone(), history.states.len() - 1)).collect()
    }

    /// The other home said that it has everything up to then, files included.
    pub(crate) fn arrived(&mut self, moment: &Moment) {
        self.acknowledged += 1;
        for (number, at) in moment {
            let floor = self.floor.entry(number.clone()).or_insert(*at);
            *floor = (*floor).max(*at);
            // A bundle and an exchange bring the files of current revisions; of what was removed nobody needs any.
            let state = &self.documents[number].states[*at].1;
            self.held.extend(state.sha256.clone().filter(|_| !state.removed));
        }
    }

    /// A file was read: from then on the home that did not add it has it, too.
    pub(crate) fn seen(&mut self, home: usize, number: &str, sha256: &str) {
        if self.documents[number].author != home {
            self.held.insert(sha256.to_owned());
        }
    }

    /// Whether a home has to have the file.
    pub(crate) fn must_have(&self, home: usize, number: &str, sha256: &str) -> bool {
        self.documents[number].author == home || self.held.contains(sha256)
    }

    /// Holds what a home lists against what it said before. What was possible is settled by it.
    pub(crate) fn check(&mut self, home: usize, listed: &BTreeMap<String, Shown>) {
        for (number, shown) in listed {
            assert!(self.documents.contains_key(number), "home {home} lists {number}, which nobody added: {shown:?}");
        }
        let mut newest_round: BTreeMap<String, u32> = BTreeMap::new();
        for (number, history) in &mut self.documents {
            let shown = listed.get(number);
            if history.author == home {
                history.settle(number, shown);
            } else if let Some(at) = history.arrived_at(number, self.floor.get(number).copied(), shown) {
                self.floor.insert(number.clone(), at);
                let (round, state) = &history.states[at];
                let newest = newest_round.entry(state.folder.clone()).or_default();
                *newest = (*newest).max(*round);
            }
        }
        self.documents.retain(|_, history| history.author != home || !history.states.is_empty());
        // A log arrives from its beginning: whoever has a later act has the earlier ones.
        for (number, history) in self.documents.iter().filter(|(_, history)| history.author != home) {
            let Some(newest) = newest_round.get(&history.states[0].1.folder) else { continue };
            let least = history.states.iter().rposition(|(round, _)| round < newest);
            let floor = self.floor.get(number).copied();
            assert!(
                floor >= least,
                "home {home} has acts of round {newest}, but of {number} only {floor:?} of {least:?}"
            );
        }
    }
}

impl History {
    /// In its author's home it is what was acknowledged, or what may have come after.
    fn settle(&mut self, number: &str, shown: Option<&Shown>) {
        let possible = std::mem::take(&mut self.possible);
        let certain = self.states.last().map(|(_, state)| state);
        if shown == certain {
            return;
        }
        let Some(shown) = shown else { panic!("{number} was acknowledged and is gone: {certain:?}") };
        let found = possible.into_iter().find(|(_, state)| state == shown);
        let Some(found) = found else { panic!("{number} is {shown:?}, acknowledged was {certain:?}") };
        self.states.push(found);
    }

    /// In the other home it is any state of its author's, and never an earlier one than before.
    fn arrived_at(&self, number: &str, floor: Option<usize>, shown: Option<&Shown>) -> Option<usize> {
        let Some(shown) = shown else {
            assert_eq!(floor, None, "{number} had arrived and is gone");
            return None;
        };
        let least = floor.unwrap_or(0);
        let at = self.states.iter().skip(least).position(|(_, state)| state == shown);
        let at = at.unwrap_or_else(|| panic!("{number} is {shown:?}, which is none of {:?}", &self.states[least..]));
        Some(least + at)
    }
}

/// Reads `doc list --removed --json`.
pub(crate) fn listed(list: &Value) -> BTreeMap<String, Shown> {
    let mut listed = BTreeMap::new();
    for document in list.as_array().unwrap() {
        let text = |key: &str| document[key].as_str().unwrap_or_default().to_owned();
        let shown = Shown {
            folder: text("folder"),
            title: text("title"),
            revision: text("revision"),
            sha256: document["sha256"].as_str().map(str::to_owned),
            removed: document["removed"].as_bool().unwrap(),
        };
        assert_eq!(shown.sha256.is_some(), !shown.revision.is_empty(), "half of a revision: {document}");
        assert_eq!(document["conflict"], false, "{document}");
        let again = listed.insert(text("number"), shown);
        assert!(again.is_none(), "listed twice: {document}");
    }
    listed
}
