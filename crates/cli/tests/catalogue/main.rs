//! Whatever the program can tell a person in English, it can tell in Turkish.
//!
//! The messages stand where they arise, in every crate; `assets/i18n/tr/failures.json` pairs them with Turkish ones. These
//! tests read the sources and hold the two together.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod exceptions;
mod lexer;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use enginus_cli::translated_text;
use enginus_model::Language;
use serde::Deserialize;

use crate::exceptions::{FILES, TEXTS};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    en: String,
    tr: String,
    /// Where the English text comes from, if not from the sources.
    from: Option<From>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum From {
    /// The operating system or the standard library.
    System,
    /// Several texts, put together.
    Joined,
}

fn entries() -> Vec<Entry> {
    serde_json::from_str(&asset("failures.json")).expect("the catalogue is well formed")
}

fn asset(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/i18n/tr");
    std::fs::read_to_string(folder.join(name)).expect("a Turkish text")
}

/// Numbers of the placeholders in a pattern.
fn placeholders(pattern: &str) -> BTreeSet<usize> {
    pattern
        .split('{')
        .skip(1)
        .filter_map(|piece| piece.split_once('}'))
        .filter_map(|(number, _)| number.parse().ok())
        .collect()
}

#[test]
fn every_text_for_a_person_is_there_in_turkish() {
    let known: BTreeSet<_> = entries().into_iter().map(|entry| entry.en).collect();
    let is_excepted = |text: &str, file: &str| {
        FILES.iter().any(|(path, _)| *path == file) || TEXTS.iter().any(|(one, _)| *one == text)
    };
    let mut missing = BTreeMap::new();
    for found in sources::literals() {
        if found.is_shown && !known.contains(&found.text) && !is_excepted(&found.text, &found.file) {
            missing.insert(found.text, format!("{}:{}", found.file, found.line));
        }
    }
    let list: Vec<_> = missing.iter().map(|(text, place)| format!("{place}: {text}")).collect();
    assert!(list.is_empty(), "failures.json lacks, or exceptions.rs does not excuse:\n{}", list.join("\n"));
}

#[test]
fn every_entry_and_every_exception_is_in_use() {
    let literals = sources::literals();
    let texts: BTreeSet<_> = literals.iter().map(|found| found.text.as_str()).collect();
    let files: BTreeSet<_> = literals.iter().map(|found| found.file.as_str()).collect();
    let mut unused: Vec<_> = entries()
        .into_iter()
        .filter(|entry| entry.from.is_none() && !texts.contains(entry.en.as_str()))
        .map(|entry| entry.en)
        .collect();
    unused.extend(TEXTS.iter().filter(|(text, _)| !texts.contains(text)).map(|(text, _)| (*text).to_owned()));
    unused.extend(FILES.iter().filter(|(file, _)| !files.contains(file)).map(|(file, _)| (*file).to_owned()));
    assert!(unused.is_empty(), "no source says any more:\n{}", unused.join("\n"));
}

#[test]
fn both_languages_of_an_entry_hold_the_same() {
    let mut seen = BTreeSet::new();
    for Entry { en, tr, from } in entries() {
        assert_eq!(placeholders(&en), placeholders(&tr), "{en}");
        assert_eq!(en.trim() == en, tr.trim() == tr, "white space around {en:?}");
        assert!(en != tr || matches!(from, Some(From::Joined)), "not translated: {en}");
        for command in en.split('`').skip(1).step_by(2) {
            let name: Vec<_> = command.split(' ').take_while(|word| word.starts_with(char::is_lowercase)).collect();
            assert!(tr.contains(&name.join(" ")), "a command's name stays as it is: {en}");
        }
        assert!(seen.insert(en.clone()), "there twice: {en}");
    }
}

/// No other entry comes first where a text of this one is met.
#[test]
fn every_entry_is_the_one_that_is_found() {
    for Entry { en, tr, .. } in entries() {
        let fill = |pattern: &str| {
            placeholders(pattern)
                .into_iter()
                .fold(pattern.to_owned(), |text, number| text.replace(&format!("{{{number}}}"), &format!("<{number}>")))
        };
        assert_eq!(translated_text(&fill(&en), Language::Tr), fill(&tr), "{en}");
    }
}

/// One word for one thing: those that docs/glossary.md decided against.
#[test]
fn no_text_says_a_word_that_was_decided_against() {
    const AGAINST: [(&str, &str); 6] = [
        ("ilet ", "davet"),
        ("ileti s", "davet"),
        ("örev", "rol"),
        ("artvizit", "kişi kartı"),
        ("evk no", "gönderi"),
        ("xcel günlü", "döküm"),
    ];
    for name in ["failures.json", "cli.ftl", "app.ftl"] {
        for line in asset(name).lines() {
            for (word, instead) in AGAINST {
                assert!(!line.contains(word), "{name} says \"{word}\" and not \"{instead}\": {line}");
            }
        }
    }
}
