//! Changing fields of a document.

use enginus_crdt::{Edit, Field, RevisionField};
use enginus_query::DocumentRow;

use super::documents::{change, checked_place, checked_status, refuse_known_number};
use crate::Engine;
use crate::api::{Answer, Failure, FailureKind, Selector};
use crate::project::Project;

/// What a person may take for a field and what is changed another way.
const NOT_FIELDS: [(&str, &str); 6] = [
    ("revision", "add one with `enginus doc revise`"),
    ("reason", "a reason belongs to the revision it was given for and stays as it is"),
    ("file", "add a revision with `enginus doc revise`"),
    ("folder", "add the document to the other folder and remove it here"),
    ("removal", "use `enginus doc remove` or `enginus doc restore`"),
    ("added_by", "who added a document is signed and stays as it is"),
];

pub(super) async fn edit(
    engine: &Engine,
    project: &Selector,
    number: String,
    fields: Vec<(String, String)>,
) -> Result<Answer, Failure> {
    change(engine, project, number, move |project, row| {
        fields.into_iter().map(|(field, value)| set(project, row, &field, value)).collect()
    })
    .await
}

fn set(project: &Project, row: &DocumentRow, name: &str, value: String) -> Result<Edit, Failure> {
    let document = row.id;
    if name.trim().eq_ignore_ascii_case("status") {
        let current = row.current().ok_or_else(|| {
            Failure::new(FailureKind::Invalid, format!("{} is planned and has no revision yet", row.number))
                .hint("a status belongs to a revision; add one with `enginus doc revise`")
        })?;
        let field = Field::Revision(current.id, RevisionField::Status);
        return Ok(Edit::SetField { document, field, value: checked_status(&value)? });
    }
    let field = field_of(name)?;
    let value = match &field {
        Field::Number => {
            let (number, _) = checked_place(&value, "")?;
            if number != *row.number {
                refuse_known_number(project, &row.domain, &number)?;
            }
            number
        }
        Field::Path => checked_place(&row.number, &value)?.1,
        _ => value,
    };
    Ok(Edit::SetField { document, field, value })
}

/// A field as a person names it: one of the standard ones, else a further column.
pub(super) fn field_of(name: &str) -> Result<Field, Failure> {
    let name = name.trim();
    if let Some((_, instead)) = NOT_FIELDS.iter().find(|(reserved, _)| name.eq_ignore_ascii_case(reserved)) {
        return Err(Failure::new(FailureKind::Invalid, format!("{name} cannot be set")).hint(*instead));
    }
    match name.parse::<Field>() {
        Ok(Field::Removal) => Err(Failure::new(FailureKind::Invalid, "a removal is not a field")
            .hint("use `enginus doc remove` or `enginus doc restore`")),
        Ok(field) => Ok(field),
        Err(_) if !name.is_empty() && !name.contains(':') => Ok(Field::Custom(name.to_owned())),
        Err(error) => Err(Failure::new(FailureKind::Invalid, error.to_string())),
    }
}
