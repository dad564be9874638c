//! Fields of a document. Only what was changed is sent, so that two people can change different fields at once.

use egui::{Align2, Context, Grid, TextEdit};
use enginus_engine::api::Command;
use enginus_model::DocumentId;
use enginus_query::{Column, DocumentRow};

use super::Submit;
use crate::parts::{Kind, label};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;
use crate::views::column_text_id;

/// What is being filled in.
#[derive(Debug)]
pub(crate) struct EditDialog {
    document: DocumentId,
    /// Column, what it was, what it is to be.
    fields: Vec<(Column, String, String)>,
    submit: Submit,
}

impl EditDialog {
    /// The fields of `document` as they are.
    #[must_use]
    pub(crate) fn new(document: &DocumentRow) -> Self {
        let now = |column: Column| match column {
            Column::Number => Some(document.number.clone()),
            Column::Title => Some(document.title.clone()),
            Column::Path => Some(document.path.to_string()),
            column => column.field().map(|field| document.fields.get(field).unwrap_or_default().to_owned()),
        };
        let fields = Column::ALL.iter().filter_map(|column| now(*column).map(|value| (*column, value.clone(), value)));
        Self { document: document.id, fields: fields.collect(), submit: Submit::default() }
    }

    fn changed(&self) -> Vec<(String, String)> {
        let changed = self.fields.iter().filter(|(_, was, is)| was != is.trim());
        changed.map(|(column, _, is)| (column.id().to_owned(), is.trim().to_owned())).collect()
    }

    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        if self.submit.answer(scene).is_some() {
            out.push(Intent::Close);
        }
        let Some(project) = scene.project else { return };
        let s = &scene.tokens.sizes;
        super::shell(ctx, scene, &scene.t("edit-title"), s.size.dialog, false, out, |ui, out| {
            Grid::new("fields").num_columns(2).spacing([s.space.large, s.space.small]).show(ui, |ui| {
                for (column, _, value) in &mut self.fields {
                    let name = label(ui, scene.tokens, scene.texts.t(&column_text_id(*column)));
                    let width = s.size.dialog * 0.66;
                    ui.add(TextEdit::singleline(value).align(Align2::LEFT_CENTER).desired_width(width))
                        .labelled_by(name.id);
                    ui.end_row();
                }
            });
            let changed = self.changed();
            let has_number =
                self.fields.iter().all(|(column, _, value)| *column != Column::Number || !value.trim().is_empty());
            if self.submit.footer(
                ui,
                scene,
                &scene.t("edit-send"),
                Kind::Primary,
                !changed.is_empty() && has_number,
                out,
            ) {
                let command = Command::DocEdit {
                    project: Some(project.id.to_string()),
                    number: self.document.to_string(),
                    fields: changed,
                };
                self.submit.send(command, Purpose::Edit, out);
            }
        });
    }
}
