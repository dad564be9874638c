//! A folder's register, immutable once cloned.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use enginus_model::{DocumentId, DomainId, fold};
use imbl::ordmap::DiffItem;
use imbl::{OrdMap, OrdSet};

use crate::row::DocumentRow;

/// Separates the parts of a row's search text, so that no word is found across two of them.
const PART_END: char = '\n';

/// A row in a folder: the document and what is derived from it alone. Read it as the [`DocumentRow`] it is.
#[derive(Debug)]
pub struct ViewRow {
    row: DocumentRow,
    /// Folded text of everything a search looks through, made at the first search and kept across generations.
    search: OnceLock<Box<str>>,
}

impl ViewRow {
    fn new(row: DocumentRow) -> Self {
        Self { row, search: OnceLock::new() }
    }

    /// The same row with the mark set or taken away; what was derived stays.
    fn with_clash(&self, number_clash: bool) -> Self {
        let row = DocumentRow { number_clash, ..self.row.clone() };
        Self { row, search: self.search.clone() }
    }

    /// Folded text of number, title, subfolder, further columns, and the current revision's code, status, reason and file names.
    pub fn search_text(&self) -> &str {
        self.search.get_or_init(|| {
            let row = &self.row;
            let mut text = fold(&row.number);
            let mut push = |part: &str| {
                if !part.is_empty() {
                    text.push(PART_END);
                    text.push_str(&fold(part));
                }
            };
            push(&row.title);
            push(&row.path);
            row.fields.values().for_each(&mut push);
            if let Some(revision) = row.current() {
                push(&revision.code);
                push(&revision.status);
                push(&revision.reason);
                revision.files.iter().for_each(|file| push(&file.name));
            }
            text.into_boxed_str()
        })
    }

    fn entry(&self) -> NumberEntry {
        NumberEntry { key: fold(&self.row.number).into(), removed: self.row.removed.is_some(), id: self.row.id }
    }
}

impl Deref for ViewRow {
    type Target = DocumentRow;
    fn deref(&self) -> &DocumentRow {
        &self.row
    }
}

impl PartialEq for ViewRow {
    fn eq(&self, other: &Self) -> bool {
        self.row == other.row
    }
}

impl Eq for ViewRow {}

/// Where a row stands in the list. Live rows of a number precede removed ones, so that a clash is seen from the first two entries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct NumberEntry {
    key: Arc<str>,
    removed: bool,
    id: DocumentId,
}

/// How many rows a folder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Documents that are not removed.
    pub documents: usize,
    /// Of these, how many wait for a person.
    pub attention: usize,
    /// Of these, how many have no file yet.
    pub planned: usize,
    /// Removed documents, which are not among the others.
    pub removed: usize,
}

impl Counts {
    fn of(row: &DocumentRow) -> Self {
        let live = row.removed.is_none();
        Self {
            documents: usize::from(live),
            attention: usize::from(live && row.needs_attention()),
            planned: usize::from(live && row.primary_file().is_none()),
            removed: usize::from(!live),
        }
    }
    fn add(&mut self, other: Self) {
        self.documents += other.documents;
        self.attention += other.attention;
        self.planned += other.planned;
        self.removed += other.removed;
    }
    fn subtract(&mut self, other: Self) {
        self.documents -= other.documents;
        self.attention -= other.attention;
        self.planned -= other.planned;
        self.removed -= other.removed;
    }
}

/// The rows of one folder. Cloning takes constant time, one changed row logarithmic time and space.
#[derive(Debug, Clone)]
pub struct FolderView {
    domain: DomainId,
    rows: OrdMap<DocumentId, Arc<ViewRow>>,
    numbers: OrdSet<NumberEntry>,
    counts: Counts,
}

impl FolderView {
    /// An empty folder.
    #[must_use]
    pub fn new(domain: DomainId) -> Self {
        Self { domain, rows: OrdMap::new(), numbers: OrdSet::new(), counts: Counts::default() }
    }

    /// A folder of many rows at once; of rows with one id the last counts. Faster than [`put`](Self::put) for each.
    #[must_use]
    pub fn from_rows(domain: DomainId, rows: impl IntoIterator<Item = DocumentRow>) -> Self {
        let mut folder = FolderBuilder::new(domain, 0);
        rows.into_iter().for_each(|row| folder.push(row));
        folder.build()
    }

    /// Makes every row's search text now rather than at the first search; meant for a thread that does not draw, once the first
    /// rows are shown.
    pub fn prepare_search(&self) {
        for row in self.rows.values() {
            row.search_text();
        }
    }

    /// The folder's domain.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.domain
    }
    /// How many rows there are, by state; counted as rows change.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }
    /// All rows, removed ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// True without any row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// One row.
    #[must_use]
    pub fn get(&self, id: &DocumentId) -> Option<&Arc<ViewRow>> {
        self.rows.get(id)
    }
    /// All rows in order of id, which is the order of creation.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<ViewRow>> {
        self.rows.values()
    }
    /// The rows that `earlier` lacks or has otherwise. Where this folder came out of the earlier one, what both share is not looked at.
    pub fn changed_since<'a>(&'a self, earlier: &'a Self) -> impl Iterator<Item = &'a Arc<ViewRow>> {
        earlier.rows.diff(&self.rows).filter_map(|change| match change {
            DiffItem::Add(_, row) | DiffItem::Update { new: (_, row), .. } => Some(row),
            DiffItem::Remove(..) => None,
        })
    }
    /// All rows in the order of a register, the same on every device: by folded number, of one number the live ones before the
    /// removed ones, then by id.
    pub fn listing(&self) -> impl Iterator<Item = &Arc<ViewRow>> {
        self.numbers.iter().filter_map(|entry| self.rows.get(&entry.id))
    }
    /// The rows with this number, folded; live ones first.
    pub fn numbered(&self, number: &str) -> impl Iterator<Item = &Arc<ViewRow>> {
        self.entries(&fold(number).into()).filter_map(|entry| self.rows.get(&entry.id))
    }

    /// Puts a finished row in place of the one with its id, whatever it says of a clash itself. Answers the rows that changed, as
    /// they are now: none where it was there already, else this one and at most two whose number clashes now or no longer does.
    pub fn put(&mut self, mut row: DocumentRow) -> Vec<Arc<ViewRow>> {
        let id = row.id;
        let old = self.rows.get(&id).cloned();
        row.number_clash = old.as_ref().is_some_and(|old| old.number_clash);
        let mut new = ViewRow::new(row);
        let mut changed = Vec::new();
        match &old {
            Some(old) if **old == new => return changed,
            Some(old) if old.entry() == new.entry() => {}
            _ => {
                if let Some(old) = &old {
                    changed.extend(self.leave(old));
                }
                let (clash, other) = self.join(&new);
                new.row.number_clash = clash;
                changed.extend(other);
            }
        }
        changed.push(self.replace(new));
        changed
    }

    /// Takes a row out, as when its author's right to it was withdrawn. Answers the row whose number clashes no longer, where there
    /// is one.
    pub fn take(&mut self, id: &DocumentId) -> Option<Arc<ViewRow>> {
        let old = self.rows.remove(id)?;
        self.counts.subtract(Counts::of(&old));
        self.leave(&old)
    }

    /// Takes a row's entry out of the numbers; the one that is left alone with the number no longer clashes.
    fn leave(&mut self, row: &ViewRow) -> Option<Arc<ViewRow>> {
        let entry = row.entry();
        self.numbers.remove(&entry);
        match self.holders(&entry) {
            (Some(left), None) if !entry.removed => self.mark(left, false),
            _ => None,
        }
    }

    /// Puts a row's entry into the numbers. Answers whether it clashes, and whom it made clash.
    fn join(&mut self, row: &ViewRow) -> (bool, Option<Arc<ViewRow>>) {
        let entry = row.entry();
        let (first, second) = self.holders(&entry);
        self.numbers.insert(entry.clone());
        match (first, second) {
            (Some(other), None) if !entry.removed => (true, self.mark(other, true)),
            (first, _) => (first.is_some() && !entry.removed, None),
        }
    }

    /// Up to two live rows with the number of `entry`. An empty number is held by nobody.
    fn holders(&self, entry: &NumberEntry) -> (Option<DocumentId>, Option<DocumentId>) {
        let mut live = self
            .entries(&entry.key)
            .take_while(|other| !other.removed && !other.key.is_empty())
            .filter(|other| other.id != entry.id)
            .map(|other| other.id);
        (live.next(), live.next())
    }

    /// All entries of one number.
    fn entries(&self, key: &Arc<str>) -> impl Iterator<Item = &NumberEntry> + use<'_> {
        let key = Arc::clone(key);
        let first = NumberEntry { key: Arc::clone(&key), removed: false, id: DocumentId::from_bytes([0; 16]) };
        self.numbers.range(first..).take_while(move |entry| entry.key == key)
    }

    fn mark(&mut self, id: DocumentId, clash: bool) -> Option<Arc<ViewRow>> {
        let row = self.rows.get(&id).filter(|row| row.number_clash != clash)?;
        let marked = row.with_clash(clash);
        Some(self.replace(marked))
    }

    fn replace(&mut self, row: ViewRow) -> Arc<ViewRow> {
        self.counts.add(Counts::of(&row));
        let row = Arc::new(row);
        if let Some(old) = self.rows.insert(row.id, Arc::clone(&row)) {
            self.counts.subtract(Counts::of(&old));
        }
        row
    }
}

/// A folder that takes its rows one by one and is put together at the end, so that no row is ever held twice.
#[derive(Debug)]
pub struct FolderBuilder {
    domain: DomainId,
    rows: Vec<Arc<ViewRow>>,
}

impl FolderBuilder {
    /// For about so many rows.
    #[must_use]
    pub fn new(domain: DomainId, capacity: usize) -> Self {
        Self { domain, rows: Vec::with_capacity(capacity) }
    }

    /// One more row, finished.
    pub fn push(&mut self, row: DocumentRow) {
        self.rows.push(Arc::new(ViewRow::new(row)));
    }

    /// The folder; of rows with one id the last counts.
    #[must_use]
    pub fn build(self) -> FolderView {
        let Self { domain, mut rows } = self;
        // A store hands rows out in order of id; only other sources pay for the sorting.
        if !rows.is_sorted_by(|a, b| a.id < b.id) {
            rows.reverse();
            rows.sort_by_key(|row| row.id); // stable, so the last of an id now comes first
            rows.dedup_by_key(|row| row.id);
        }
        let mut numbers: Vec<(NumberEntry, usize)> = rows.iter().enumerate().map(|(i, row)| (row.entry(), i)).collect();
        numbers.sort_unstable();
        let mut clashing = vec![false; rows.len()];
        for pair in numbers.windows(2) {
            let [(one, i), (other, j)] = pair else { continue };
            if one.key == other.key && !one.removed && !other.removed && !one.key.is_empty() {
                (clashing[*i], clashing[*j]) = (true, true);
            }
        }
        for (row, clash) in rows.iter_mut().zip(clashing) {
            // Nobody else holds these rows yet.
            if let Some(row) = Arc::get_mut(row) {
                row.row.number_clash = clash;
            }
        }
        let mut counts = Counts::default();
        rows.iter().for_each(|row| counts.add(Counts::of(row)));
        FolderView {
            domain,
            rows: evens_first(rows).map(|row| (row.id, row)).collect(),
            numbers: evens_first(numbers).map(|(entry, _)| entry).collect(),
            counts,
        }
    }
}

/// Every second element, then the others. A tree that takes sorted elements in their order splits its last leaf in the middle again
/// and again, which leaves all of them half empty; the second round of this order fills them.
fn evens_first<T>(sorted: Vec<T>) -> impl Iterator<Item = T> {
    let (mut evens, mut odds) = (Vec::with_capacity(sorted.len().div_ceil(2)), Vec::with_capacity(sorted.len() / 2));
    for (at, element) in sorted.into_iter().enumerate() {
        if at % 2 == 0 { evens.push(element) } else { odds.push(element) }
    }
    evens.into_iter().chain(odds)
}

impl PartialEq for FolderView {
    /// Equal rows; everything else is derived from them.
    fn eq(&self, other: &Self) -> bool {
        self.domain == other.domain && self.rows == other.rows
    }
}

impl Eq for FolderView {}

#[cfg(test)]
mod tests;
