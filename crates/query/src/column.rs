//! The columns of a register, each with an id that settings and scripts may keep.

use std::borrow::Cow;

use enginus_model::{Instant, NumberFields};
use serde::{Deserialize, Serialize};

use crate::row::{DocumentRow, People};

/// What stands in one cell, before a language gives it its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing is known.
    Empty,
    /// Text.
    Text(Cow<'a, str>),
    /// A moment.
    Moment(Instant),
    /// A size in bytes.
    Bytes(u64),
    /// A number of things.
    Count(u64),
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident => $id:literal,)*) => {
        /// A column of a register.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Column {
            $($(#[$doc])* #[serde(rename = $id)] $name,)*
        }

        impl Column {
            /// Every column, in the order they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The id: what a script, a setting and a text id name it by.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }
        }
    };
}

columns! {
    /// The document number.
    Number => "number",
    /// The title.
    Title => "title",
    /// The current revision's code.
    Revision => "revision",
    /// The current revision's suitability.
    Status => "status",
    /// Discipline, from its own field or the number.
    Discipline => "discipline",
    /// Form of information, from its own field or the number.
    Form => "form",
    /// Originator, from its own field or the number.
    Originator => "originator",
    /// Subfolder.
    Path => "path",
    /// Number of the transmittal it came with.
    Transmittal => "transmittal",
    /// Date received.
    DateReceived => "date_received",
    /// Planned date.
    PlannedDate => "planned_date",
    /// Actual date.
    ActualDate => "actual_date",
    /// Work package.
    Package => "package",
    /// Zone.
    Zone => "zone",
    /// Who added the current revision.
    AddedBy => "added_by",
    /// When, as the author's clock said.
    AddedAt => "added_at",
    /// Why.
    Reason => "reason",
    /// Name of the primary file.
    File => "file",
    /// Size of the primary file.
    Size => "size",
    /// SHA-256 of the primary file.
    Sha256 => "sha256",
    /// Number of revisions.
    Revisions => "revisions",
}

impl Column {
    /// The column with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.id() == id)
    }

    /// The key in [`DocumentRow::fields`] a person edits it by, where it is such a field.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::Discipline
            | Self::Form
            | Self::Originator
            | Self::Transmittal
            | Self::DateReceived
            | Self::PlannedDate
            | Self::ActualDate
            | Self::Package
            | Self::Zone => Some(self.id()),
            _ => None,
        }
    }

    /// What stands in this column of a row.
    #[must_use]
    pub fn cell<'a>(self, row: &'a DocumentRow, people: &'a People) -> Cell<'a> {
        let revision = row.current();
        let file = row.primary_file();
        match self {
            Self::Number => text(&row.number),
            Self::Title => text(&row.title),
            Self::Path => text(&row.path),
            Self::Revision => text(revision.map_or("", |r| &r.code)),
            Self::Status => text(revision.map_or("", |r| &r.status)),
            Self::Reason => text(revision.map_or("", |r| &r.reason)),
            Self::File => text(file.map_or("", |f| &f.name)),
            Self::Sha256 => file.map_or(Cell::Empty, |f| Cell::Text(Cow::Owned(f.sha256.to_string()))),
            Self::Size => file.map_or(Cell::Empty, |f| Cell::Bytes(f.size)),
            Self::AddedBy => Cell::Text(row.shown_by().name(people)),
            Self::AddedAt => Cell::Moment(row.shown_at()),
            Self::Revisions => Cell::Count(row.revisions.len() as u64),
            Self::Discipline
            | Self::Form
            | Self::Originator
            | Self::Transmittal
            | Self::DateReceived
            | Self::PlannedDate
            | Self::ActualDate
            | Self::Package
            | Self::Zone => self.field_cell(row),
        }
    }

    fn field_cell(self, row: &DocumentRow) -> Cell<'_> {
        let written = row.fields.get(self.id()).unwrap_or_default();
        if !written.is_empty() {
            return text(written);
        }
        let from_number: fn(NumberFields<'_>) -> &str = match self {
            Self::Discipline => |fields| fields.discipline(),
            Self::Form => |fields| fields.form(),
            Self::Originator => |fields| fields.originator(),
            _ => return Cell::Empty,
        };
        NumberFields::parse(&row.number).map_or(Cell::Empty, |fields| text(from_number(fields)))
    }
}

fn text(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(Cow::Borrowed(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{file, row};

    #[test]
    fn ids_are_unique_and_lead_back() {
        for column in Column::ALL {
            assert_eq!(Column::from_id(column.id()), Some(*column));
        }
        assert_eq!(Column::from_id("colour"), None);
    }

    #[test]
    fn cells_show_the_current_revision() {
        let people = People::new();
        let mut one = row(7, "EDORM-BBA-00-ZZ-DR-A-2001");
        one.revisions[0].status = "S3".into();
        one.revisions[0].files = vec![file("a.pdf", 12), file("a.dwg", 99)];
        let cell = |column: Column| column.cell(&one, &people);
        assert_eq!(cell(Column::Revision), text("P01"));
        assert_eq!(cell(Column::Status), text("S3"));
        assert_eq!(cell(Column::File), text("a.pdf"));
        assert_eq!(cell(Column::Size), Cell::Bytes(12));
        assert_eq!(cell(Column::AddedAt), Cell::Moment(Instant(7)));
        assert_eq!(cell(Column::AddedBy), text("01010101"));
        assert_eq!(cell(Column::Reason), Cell::Empty);
    }

    #[test]
    fn fields_of_the_number_fill_what_nobody_wrote() {
        let people = People::new();
        let mut one = row(1, "EDORM-BBA-00-ZZ-DR-A-2001");
        assert_eq!(Column::Originator.cell(&one, &people), text("BBA"));
        assert_eq!(Column::Zone.cell(&one, &people), Cell::Empty);
        one.fields.insert("originator", "XYZ");
        one.fields.insert("zone", "North");
        assert_eq!(Column::Originator.cell(&one, &people), text("XYZ"));
        assert_eq!(Column::Zone.cell(&one, &people), text("North"));
        assert_eq!(Column::Form.cell(&row(1, "A-101"), &people), Cell::Empty);
    }
}
