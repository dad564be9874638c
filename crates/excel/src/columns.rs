//! The columns of a log: their order, ids, widths, and what stands in them.

use std::collections::BTreeSet;

use enginus_model::{Instant, Language};
use jiff::civil;

use crate::row::LogRow;
use crate::text;
use crate::words::Words;

/// Own columns of a project that a log shows at most; the rest stays in the program.
const OWN_COLUMNS_MAX: usize = 60;

/// A column every log has, in the order of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heading {
    /// The folder's name.
    Folder,
    /// The subfolder inside it.
    Subfolder,
    /// The document number.
    Number,
    /// The title.
    Title,
    /// The revision's code.
    Revision,
    /// Whether the register shows this revision.
    Current,
    /// Suitability.
    Status,
    /// Discipline.
    Discipline,
    /// Form of information.
    Form,
    /// Who made it.
    Originator,
    /// Who added the revision.
    AddedBy,
    /// When, in UTC.
    AddedAt,
    /// Why.
    Reason,
    /// The primary file's name.
    File,
    /// Its size in bytes.
    Size,
    /// Its SHA-256.
    Sha256,
    /// What waits for a decision.
    Conflict,
    /// Who removed the document, when and why.
    Removed,
    /// The transmittal it came with.
    Transmittal,
    /// When it was received.
    DateReceived,
    /// When it is planned.
    PlannedDate,
    /// When it was ready.
    ActualDate,
    /// Work package.
    Package,
    /// Zone.
    Zone,
    /// Names of the other files.
    OtherFiles,
    /// The document's id.
    DocumentId,
    /// The revision's id.
    RevisionId,
}

impl Heading {
    /// Every one, in the order of the sheet; a project's own columns stand before the last two.
    pub const ALL: [Self; 27] = [
        Self::Folder,
        Self::Subfolder,
        Self::Number,
        Self::Title,
        Self::Revision,
        Self::Current,
        Self::Status,
        Self::Discipline,
        Self::Form,
        Self::Originator,
        Self::AddedBy,
        Self::AddedAt,
        Self::Reason,
        Self::File,
        Self::Size,
        Self::Sha256,
        Self::Conflict,
        Self::Removed,
        Self::Transmittal,
        Self::DateReceived,
        Self::PlannedDate,
        Self::ActualDate,
        Self::Package,
        Self::Zone,
        Self::OtherFiles,
        Self::DocumentId,
        Self::RevisionId,
    ];

    /// The heading in a language.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        (Words::of(language).headings)(self)
    }

    /// The column a heading names, in whatever language it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let wanted = enginus_model::fold(text);
        Self::ALL
            .into_iter()
            .find(|heading| Language::ALL.iter().any(|language| enginus_model::fold(heading.text(*language)) == wanted))
    }

    /// The id of the field it shows, where it shows one of [`LogRow::fields`].
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        Some(match self {
            Self::Discipline => "discipline",
            Self::Form => "form",
            Self::Originator => "originator",
            Self::Transmittal => "transmittal",
            Self::DateReceived => "date_received",
            Self::PlannedDate => "planned_date",
            Self::ActualDate => "actual_date",
            Self::Package => "package",
            Self::Zone => "zone",
            _ => return None,
        })
    }

    /// In characters of the standard font.
    const fn width(self) -> f64 {
        match self {
            Self::Title => 42.0,
            Self::Reason | Self::File => 31.0,
            Self::Number => 28.0,
            Self::Removed => 38.0,
            Self::Conflict | Self::OtherFiles => 24.0,
            Self::AddedAt => 21.0,
            Self::AddedBy | Self::Sha256 => 18.0,
            Self::Folder
            | Self::Subfolder
            | Self::Transmittal
            | Self::DateReceived
            | Self::PlannedDate
            | Self::ActualDate => 16.0,
            Self::Size | Self::Originator | Self::Package | Self::Zone => 14.0,
            Self::Discipline | Self::Form => 12.0,
            Self::Revision | Self::Current | Self::Status => 10.5,
            Self::DocumentId | Self::RevisionId => 38.0,
        }
    }

    const fn is_date(self) -> bool {
        matches!(self, Self::DateReceived | Self::PlannedDate | Self::ActualDate)
    }
}

/// What one cell is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Empty,
    Text(String),
    /// A digest, longer than its column is wide.
    Digest(String),
    Link {
        text: String,
        target: String,
    },
    Moment(Instant),
    Date(civil::Date),
    Bytes(u64),
}

impl Value {
    fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

/// One column of this sheet.
pub(crate) struct SheetColumn {
    pub(crate) heading: String,
    pub(crate) width: f64,
    pub(crate) hidden: bool,
    kind: Kind,
}

enum Kind {
    Common(Heading),
    Own(String),
}

/// The columns of a sheet with these rows: the common ones and the project's own.
pub(crate) fn columns(rows: &[LogRow], words: &Words) -> Vec<SheetColumn> {
    let mut taken = BTreeSet::new();
    let mut all: Vec<SheetColumn> = Vec::new();
    let (last, first): (Vec<_>, Vec<_>) =
        Heading::ALL.into_iter().partition(|heading| matches!(heading, Heading::DocumentId | Heading::RevisionId));
    let common = |heading: Heading| SheetColumn {
        heading: (words.headings)(heading).to_owned(),
        width: heading.width(),
        hidden: match heading {
            Heading::DocumentId | Heading::RevisionId => true,
            Heading::Subfolder => rows.iter().all(|row| row.subfolder.is_empty()),
            _ => false,
        },
        kind: Kind::Common(heading),
    };
    taken.extend(Heading::ALL.into_iter().map(|heading| (words.headings)(heading).to_lowercase()));
    all.extend(first.into_iter().map(common));
    for id in own_fields(rows) {
        let heading = unique_heading(&id, &mut taken);
        all.push(SheetColumn { heading, width: 18.0, hidden: false, kind: Kind::Own(id) });
    }
    all.extend(last.into_iter().map(common));
    all
}

fn own_fields(rows: &[LogRow]) -> Vec<String> {
    let known: BTreeSet<&str> = Heading::ALL.iter().filter_map(|heading| heading.field()).collect();
    let own: BTreeSet<&String> =
        rows.iter().flat_map(|row| row.fields.keys()).filter(|id| !known.contains(id.as_str())).collect();
    own.into_iter().take(OWN_COLUMNS_MAX).cloned().collect()
}

/// Excel refuses a table with two equal headings, whatever their case.
fn unique_heading(id: &str, taken: &mut BTreeSet<String>) -> String {
    let name = text::heading(id);
    let name = if name.is_empty() { "-".to_owned() } else { name };
    let candidates = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name} ({n})")));
    for candidate in candidates {
        if taken.insert(candidate.to_lowercase()) {
            return candidate;
        }
    }
    name
}

impl SheetColumn {
    /// What stands in this column of `row`.
    pub(crate) fn value(&self, row: &LogRow, folder: &str, words: &Words) -> Value {
        match &self.kind {
            Kind::Own(id) => Value::text(row.fields.get(id).map_or("", String::as_str)),
            Kind::Common(heading) => common_value(*heading, row, folder, words),
        }
    }
}

fn common_value(heading: Heading, row: &LogRow, folder: &str, words: &Words) -> Value {
    if let Some(field) = heading.field() {
        let written = row.fields.get(field).map_or("", String::as_str);
        return match written.parse::<civil::Date>() {
            Ok(date) if heading.is_date() => Value::Date(date),
            _ => Value::text(written),
        };
    }
    match heading {
        Heading::Folder => Value::text(folder),
        Heading::Subfolder => Value::text(&row.subfolder),
        Heading::Number => Value::text(&row.number),
        Heading::Title => Value::text(&row.title),
        Heading::Revision => Value::text(&row.code),
        Heading::Current => Value::text(if row.current { words.yes } else { "" }),
        Heading::Status => Value::text(&row.status),
        Heading::AddedBy => Value::text(&row.added_by),
        Heading::AddedAt => Value::Moment(row.added_at),
        Heading::Reason => Value::text(&row.reason),
        Heading::File => file_value(row),
        Heading::Size => row.file.as_ref().map_or(Value::Empty, |file| Value::Bytes(file.size)),
        Heading::Sha256 => row.file.as_ref().map_or(Value::Empty, |file| Value::Digest(file.sha256.clone())),
        Heading::Conflict => Value::text(conflict_text(row, words)),
        Heading::Removed => Value::text(removed_text(row)),
        Heading::OtherFiles => Value::text(row.other_files.join(", ")),
        Heading::DocumentId => Value::text(row.document.to_string()),
        Heading::RevisionId => Value::text(row.revision.map_or_else(String::new, |id| id.to_string())),
        _ => Value::Empty,
    }
}

fn file_value(row: &LogRow) -> Value {
    let Some(file) = &row.file else { return Value::Empty };
    match file.link.as_deref().and_then(text::relative_link) {
        Some(target) if !file.name.is_empty() => Value::Link { text: file.name.clone(), target },
        _ => Value::text(&file.name),
    }
}

fn conflict_text(row: &LogRow, words: &Words) -> String {
    let mut parts = Vec::new();
    if row.number_clash {
        parts.push(words.number_twice.to_owned());
    }
    if row.code_clash {
        parts.push(words.code_twice.to_owned());
    }
    for conflict in &row.conflicts {
        let losers: Vec<String> = conflict.losers.iter().map(|(value, by)| format!("“{value}” ({by})")).collect();
        parts.push(format!("{}: {} {}", conflict.field, words.also, losers.join(", ")));
    }
    parts.join("; ")
}

fn removed_text(row: &LogRow) -> String {
    row.removed.as_ref().map_or_else(String::new, |removal| {
        let at = removal.at.to_civil();
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02} UTC, {}: {}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            removal.by,
            removal.reason
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_known_again_in_every_language_and_case() {
        for heading in Heading::ALL {
            for language in Language::ALL {
                assert_eq!(Heading::parse(heading.text(language)), Some(heading));
                assert_eq!(Heading::parse(&heading.text(language).to_uppercase()), Some(heading));
            }
        }
        assert_eq!(Heading::parse("Price"), None);
    }

    #[test]
    fn own_headings_never_repeat_one_that_is_there() {
        let mut taken = BTreeSet::from(["title".to_owned()]);
        assert_eq!(unique_heading("Title", &mut taken), "Title (2)");
        assert_eq!(unique_heading("title", &mut taken), "title (3)");
        assert_eq!(unique_heading("\n", &mut taken), "-");
    }
}
