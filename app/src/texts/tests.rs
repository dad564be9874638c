use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::action::Action;

fn ids(source: &str) -> BTreeSet<&str> {
    source
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once('=').map(|(id, _)| id.trim()))
        .collect()
}

fn texts(language: Language) -> Texts {
    Texts::new(language, TimeZone::UTC)
}

/// Every literal that is handed to a call that looks a text up.
fn used_ids(dir: &Path, used: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            used_ids(&path, used);
        } else if path.extension().is_some_and(|e| e == "rs") && path.file_stem().is_none_or(|s| s != "tests") {
            let source = std::fs::read_to_string(&path).unwrap();
            for call in [".t(\"", ".with(\"", ".counted(\"", "say(ctx, \""] {
                for (at, _) in source.match_indices(call) {
                    let rest = &source[at + call.len()..];
                    used.insert(rest[..rest.find('"').unwrap()].to_owned());
                }
            }
        }
    }
}

#[test]
fn both_languages_have_the_same_ids() {
    assert_eq!(ids(EN), ids(TR));
    assert!(ids(EN).len() > 150);
}

#[test]
fn every_id_used_exists_and_every_id_is_used() {
    let mut used = BTreeSet::from(["months-short".to_owned()]);
    used_ids(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut used);
    used.extend(Action::ALL.iter().map(|action| action.text_id()));
    used.extend(enginus_query::Column::ALL.iter().map(|column| format!("column-{}", column.id())));
    used.extend(crate::parts::failure_ids().map(str::to_owned));
    let known = ids(EN);
    let missing: Vec<_> = used.iter().filter(|id| !known.contains(id.as_str())).collect();
    assert!(missing.is_empty(), "used but not written: {missing:?}");
    let idle: Vec<_> = known.iter().filter(|id| !used.contains(**id)).collect();
    assert!(idle.is_empty(), "written but not used: {idle:?}");
}

#[test]
fn texts_read_without_error_and_without_invisible_marks() {
    for (language, source) in [(Language::En, EN), (Language::Tr, TR)] {
        assert!(FluentResource::try_new(source.to_owned()).is_ok(), "{language}");
        let texts = texts(language);
        let said = texts.with("status-in-sync", &[("n", 2.into()), ("count", "2".into())]);
        assert!(!said.contains(['\u{2068}', '\u{2069}']), "{said:?}");
        for id in ids(source) {
            assert!(!texts.t(id).is_empty(), "{id}");
        }
    }
}

#[test]
fn counts_choose_their_plural() {
    let en = texts(Language::En);
    assert_eq!(en.counted("documents", 1), "1 document");
    assert_eq!(en.counted("documents", 100_000), "100,000 documents");
    assert_eq!(texts(Language::Tr).counted("documents", 100_000), "100.000 belge");
}

#[test]
fn numbers_sizes_and_dates_are_written_as_people_write_them() {
    let (en, tr) = (texts(Language::En), texts(Language::Tr));
    assert_eq!([en.number(0), en.number(999), en.number(1_234_567)], ["0", "999", "1,234,567"]);
    assert_eq!(
        [en.bytes(0), en.bytes(999), en.bytes(1_000), en.bytes(1_550_000)],
        ["0 B", "999 B", "1.0 kB", "1.6 MB"]
    );
    assert_eq!(en.bytes(999_999), "1.0 MB");
    assert_eq!(tr.bytes(3_221_225_472), "3,2 GB");
    let at = Instant(1_795_339_800_000); // 2026-11-22T09:30:00Z
    assert_eq!([en.date_time(at), tr.date_time(at)], ["22 Nov 2026 09:30", "22.11.2026 09:30"]);
    let istanbul = Texts::new(Language::Tr, TimeZone::fixed(jiff::tz::offset(3)));
    assert_eq!(istanbul.date_time(at), "22.11.2026 12:30");
    assert!(!en.date(Instant(i64::MAX)).is_empty());
}
