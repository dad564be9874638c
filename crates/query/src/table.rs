//! What a table shows: the rows that fit a query, in the order asked for.
//!
//! A keystroke must be answered within 50 ms at 100,000 rows. So rows are put in order once per generation and sort, and kept; a
//! change of the text alone walks that order and compares words with text folded beforehand.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use enginus_model::{DomainId, Instant, Language, PersonId, RevisionCode, fold};
use serde::{Deserialize, Serialize};

use crate::collate::collation_key;
use crate::column::{Cell, Column};
use crate::folder::{FolderView, ViewRow};
use crate::row::People;

/// What is read of a search text; the rest is ignored.
pub const MAX_QUERY_CHARS: usize = 200;
/// How many columns a table is sorted by; the rest is ignored.
pub const MAX_SORT_COLUMNS: usize = 4;

/// Which way a column is sorted. Empty cells come last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Small to large, A to Z, early to late.
    #[default]
    Ascending,
    /// The other way round.
    Descending,
}

/// What a person asks a table for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct TableQuery {
    /// Words that must all be found, each anywhere in a row or in its author's name.
    pub text: String,
    /// Columns to sort by, the most important first; none for the order of the register.
    pub sort: Vec<(Column, Direction)>,
    /// Removed documents too.
    pub show_removed: bool,
    /// Only what waits for a person.
    pub only_attention: bool,
    /// Only this folder.
    pub folder: Option<DomainId>,
    /// Only this subfolder and those inside; empty for all.
    pub path: String,
    /// The language whose alphabet orders texts.
    pub language: Language,
}

/// The rows that fit, in order.
#[derive(Debug, Clone, Default)]
pub struct TableView {
    /// The generation of the snapshot it was made from.
    pub generation: u64,
    /// The rows.
    pub rows: Arc<[Arc<ViewRow>]>,
}

/// Makes tables and keeps the last order, which only makes it quicker: the answers depend on the arguments alone. It belongs to one
/// project, in which equal generations mean equal folders and people.
#[derive(Debug, Default)]
pub struct Tables {
    sorted: Option<Sorted>,
}

#[derive(Debug)]
struct Sorted {
    generation: u64,
    sort: Vec<(Column, Direction)>,
    folder: Option<DomainId>,
    language: Language,
    rows: Vec<Arc<ViewRow>>,
}

impl Tables {
    /// The rows of `folders` (in their order) that fit `query`.
    pub fn view(&mut self, generation: u64, folders: &[&FolderView], people: &People, query: &TableQuery) -> TableView {
        let kept = self.sorted.take().filter(|sorted| sorted.serves(generation, query));
        let sorted = kept.unwrap_or_else(|| Sorted::new(generation, folders, people, query));
        let words = Words::new(&query.text, people);
        let rows = sorted.rows.iter().filter(|row| fits(row, query) && words.fit(row)).cloned().collect();
        self.sorted = Some(sorted);
        TableView { generation, rows }
    }
}

impl Sorted {
    fn serves(&self, generation: u64, query: &TableQuery) -> bool {
        self.generation == generation
            && self.sort == query.sort
            && self.folder == query.folder
            && self.language == query.language
    }

    fn new(generation: u64, folders: &[&FolderView], people: &People, query: &TableQuery) -> Self {
        let mut rows: Vec<Arc<ViewRow>> = folders
            .iter()
            .filter(|folder| query.folder.is_none_or(|wanted| wanted == folder.domain()))
            .flat_map(|folder| folder.listing())
            .cloned()
            .collect();
        // Sorting is stable, so the least important column goes first and the order of the register settles the rest.
        for (column, direction) in query.sort.iter().take(MAX_SORT_COLUMNS).rev() {
            rows = sort_by(rows, *column, *direction, people, query.language);
        }
        Self { generation, sort: query.sort.clone(), folder: query.folder, language: query.language, rows }
    }
}

/// What a cell is sorted by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Text(Vec<u8>),
    Code(RevisionCode),
    Moment(Instant),
    Number(u64),
}

impl SortKey {
    fn of(row: &ViewRow, column: Column, people: &People, language: Language) -> Option<Self> {
        match column.cell(row, people) {
            Cell::Empty => None,
            Cell::Text(code) if column == Column::Revision => Some(Self::Code(RevisionCode::new(&code))),
            Cell::Text(text) => Some(Self::Text(collation_key(&text, language))),
            Cell::Moment(at) => Some(Self::Moment(at)),
            Cell::Bytes(n) | Cell::Count(n) => Some(Self::Number(n)),
        }
    }
}

fn sort_by(
    rows: Vec<Arc<ViewRow>>,
    column: Column,
    direction: Direction,
    people: &People,
    language: Language,
) -> Vec<Arc<ViewRow>> {
    let mut keyed: Vec<_> = rows.into_iter().map(|row| (SortKey::of(&row, column, people, language), row)).collect();
    keyed.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) if direction == Direction::Descending => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn fits(row: &ViewRow, query: &TableQuery) -> bool {
    (query.show_removed || row.removed.is_none())
        && (!query.only_attention || row.needs_attention())
        && (query.path.is_empty() || is_inside(&row.path, &query.path))
}

fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The words of a search, each with the persons whose name has it.
struct Words(Vec<(String, BTreeSet<PersonId>)>);

impl Words {
    fn new(text: &str, people: &People) -> Self {
        let folded = fold(&text.chars().take(MAX_QUERY_CHARS).collect::<String>());
        let words = folded.split(' ').filter(|word| !word.is_empty());
        let names: Vec<_> = people.iter().map(|(person, name)| (*person, fold(name))).collect();
        let named =
            |word: &str| names.iter().filter(|(_, name)| name.contains(word)).map(|(person, _)| *person).collect();
        Self(words.map(|word| (word.to_owned(), named(word))).collect())
    }

    fn fit(&self, row: &ViewRow) -> bool {
        self.0.iter().all(|(word, persons)| {
            row.search_text().contains(word) || row.shown_by().person.is_some_and(|person| persons.contains(&person))
        })
    }
}

#[cfg(test)]
mod tests;
