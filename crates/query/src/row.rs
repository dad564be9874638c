//! One line of a register: a document with everything a list, a log or a panel shows of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use enginus_model::{DeviceId, DocumentId, DomainId, FileRef, Instant, PersonId, RevisionCode, RevisionId};
use serde::{Deserialize, Serialize};

use crate::fields::Fields;

/// Who wrote something, proved by the envelope it came in, never by a field that anyone could fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    /// The person, as far as the authority table names one for the device.
    pub person: Option<PersonId>,
    /// The device whose log carries the change.
    pub device: DeviceId,
}

/// Names of persons, as the project's directory gives them.
pub type People = BTreeMap<PersonId, String>;

impl Author {
    /// The person's name; the beginning of their key, or of the device's, where the directory has none.
    #[must_use]
    pub fn name<'a>(&self, people: &'a People) -> Cow<'a, str> {
        match self.person {
            Some(person) => match people.get(&person).filter(|name| !name.is_empty()) {
                Some(name) => Cow::Borrowed(name),
                None => Cow::Owned(person.short()),
            },
            None => Cow::Owned(self.device.short()),
        }
    }
}

/// One revision of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRow {
    /// Its id; two revisions made offline with one code differ here.
    pub id: RevisionId,
    /// `P01`, `C02` … as written.
    pub code: Arc<str>,
    /// Suitability: `S0` … `S5`, `A1` …; may be empty.
    pub status: Arc<str>,
    /// Why it was added.
    pub reason: Arc<str>,
    /// Its files, the primary one first; none while it is planned.
    pub files: Vec<FileRef>,
    /// Who added it.
    pub by: Arc<Author>,
    /// When, as the author's clock said.
    pub at: Instant,
    /// True when another revision of the document carries the same code.
    pub in_conflict: bool,
}

/// A value that lost a concurrent edit, kept until somebody settles it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// Which field: `number`, `title`, `status` …
    pub field: String,
    /// What is shown meanwhile, the same on every device.
    pub winner: String,
    /// What else was written, each with its author.
    pub losers: Vec<(String, Author)>,
}

/// A removal, which can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Author,
    /// When, as the author's clock said.
    pub at: Instant,
}

/// One document. What repeats from row to row is shared; [`Pool`](crate::Pool) sees to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its id.
    pub id: DocumentId,
    /// The folder's domain.
    pub domain: DomainId,
    /// The number as written.
    pub number: String,
    /// The title.
    pub title: String,
    /// The subfolder inside the domain, `/` between names, empty at the top.
    pub path: Arc<str>,
    /// Further columns by name (originator, discipline, form, planned date …).
    pub fields: Fields,
    /// Who added the document.
    pub by: Arc<Author>,
    /// When, as the author's clock said.
    pub at: Instant,
    /// Set while it is removed.
    pub removed: Option<Box<Removal>>,
    /// All revisions, oldest code first; the last is the current one. Never empty for a document with a file.
    pub revisions: Vec<RevisionRow>,
    /// Concurrent edits not settled yet.
    pub conflicts: Vec<FieldConflict>,
    /// True when another document of the folder carries the same number.
    pub number_clash: bool,
}

impl DocumentRow {
    /// The revision a register shows: the highest code; among equal codes the same one on every device.
    #[must_use]
    pub fn current(&self) -> Option<&RevisionRow> {
        self.revisions.last()
    }
    /// What a list shows of when it was added: the current revision's time, or the document's own while it is planned.
    #[must_use]
    pub fn shown_at(&self) -> Instant {
        self.current().map_or(self.at, |revision| revision.at)
    }
    /// What a list shows of who added it: the current revision's author, or the document's own while it is planned.
    #[must_use]
    pub fn shown_by(&self) -> &Author {
        self.current().map_or(&self.by, |revision| &revision.by)
    }
    /// The primary file of the current revision; none while it is planned.
    #[must_use]
    pub fn primary_file(&self) -> Option<&FileRef> {
        self.current().and_then(|revision| revision.files.first())
    }
    /// Puts the revisions in order (code, then time, then id, the same on every device) and marks those whose code another one
    /// carries too.
    ///
    /// Whoever builds a row calls this once, before [`FolderView::put`](crate::FolderView::put).
    pub fn finish(&mut self) {
        self.revisions.sort_by_cached_key(|r| (RevisionCode::new(&r.code), r.at, r.id));
        let codes: Vec<_> = self.revisions.iter().map(|r| RevisionCode::new(&r.code)).collect();
        for (i, revision) in self.revisions.iter_mut().enumerate() {
            // Equal codes stand side by side now.
            let before = i.checked_sub(1).and_then(|i| codes.get(i));
            revision.in_conflict = [before, codes.get(i + 1)].into_iter().flatten().any(|code| *code == codes[i]);
        }
    }
    /// True when anything about it waits for a person: equal revision codes, a concurrent edit, a number used twice.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        self.number_clash || !self.conflicts.is_empty() || self.revisions.iter().any(|r| r.in_conflict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{author, revision, row};

    #[test]
    fn the_highest_code_is_current_whatever_the_order_of_arrival() {
        let mut one = row(1, "A-1");
        one.revisions = vec![revision(3, "C01", 5), revision(1, "P01.01", 9), revision(2, "P02", 7)];
        let mut other = one.clone();
        other.revisions.reverse();
        one.finish();
        other.finish();
        assert_eq!(one, other);
        assert_eq!(&*one.current().unwrap().code, "C01");
        assert!(!one.needs_attention());
        assert_eq!(one.shown_at(), Instant(5));
    }

    #[test]
    fn two_revisions_of_one_code_are_both_kept_and_marked() {
        let mut one = row(1, "A-1");
        one.revisions =
            vec![revision(4, "P03", 1), revision(2, "p02", 8), revision(3, "P02", 7), revision(1, "P01", 1)];
        one.finish();
        let shown: Vec<_> = one.revisions.iter().map(|r| (&*r.code, r.in_conflict)).collect();
        assert_eq!(shown, [("P01", false), ("P02", true), ("p02", true), ("P03", false)]);
        assert!(one.needs_attention());

        // Settled by a new code: finishing again takes the mark away.
        one.revisions[1].code = "P04".into();
        one.finish();
        assert!(one.revisions.iter().all(|r| !r.in_conflict));
    }

    #[test]
    fn of_equal_codes_the_later_is_current_and_of_equal_times_the_higher_id() {
        let mut one = row(1, "A-1");
        one.revisions = vec![revision(9, "P01", 5), revision(1, "P01", 6)];
        one.finish();
        assert_eq!(one.current().unwrap().at, Instant(6));
        one.revisions[1].at = Instant(5);
        one.finish();
        assert_eq!(one.current().unwrap().id, revision(9, "", 0).id);
    }

    #[test]
    fn a_planned_document_shows_its_own_author() {
        let mut one = row(1, "A-1");
        one.revisions.clear();
        assert_eq!((one.shown_by(), one.shown_at(), one.primary_file()), (&*one.by, one.at, None));
    }

    #[test]
    fn an_author_without_a_name_is_told_by_key() {
        let mut by = author(7);
        let people = People::from([(PersonId([7; 32]), "Contractor".to_owned()), (PersonId([8; 32]), String::new())]);
        assert_eq!(by.name(&people), "Contractor");
        by.person = Some(PersonId([8; 32]));
        assert_eq!(by.name(&people), "08080808");
        by.person = None;
        assert_eq!(by.name(&people), "07070707");
    }
}
