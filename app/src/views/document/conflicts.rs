//! What two people wrote at the same time, kept until somebody settles it.

use egui::Ui;
use enginus_engine::api::Command;
use enginus_query::{FieldConflict, ViewRow};

use crate::action::Action;
use crate::parts::{Ground, Icon, Push, callout, faint, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::Purpose;
use crate::views::register::column_text_id;

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, document: &ViewRow, out: &mut Outbox) {
    for conflict in &document.conflicts {
        field(ui, scene, document, conflict, out);
    }
    if document.number_clash {
        callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| {
            strong(ui, scene.tokens, scene.t("conflict-number"));
            muted(ui, scene.tokens, scene.t("conflict-number-detail"));
            if scene.can(Action::EditDocument)
                && ui.add(Push::new(scene.tokens, scene.t("conflict-number-edit"))).clicked()
            {
                out.push(Intent::Act(Action::EditDocument));
            }
        });
    }
    if let Some(revision) = document.revisions.iter().rev().find(|revision| revision.in_conflict) {
        callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| {
            strong(ui, scene.tokens, scene.texts.with("conflict-revision", &[("code", (&*revision.code).into())]));
            muted(ui, scene.tokens, scene.t("conflict-revision-detail"));
            if scene.can(Action::Revise)
                && ui.add(Push::new(scene.tokens, scene.t("document-revise")).icon(Icon::Revise)).clicked()
            {
                out.push(Intent::Act(Action::Revise));
            }
        });
    }
}

fn field(ui: &mut Ui, scene: &Scene<'_>, document: &ViewRow, conflict: &FieldConflict, out: &mut Outbox) {
    let Some(project) = scene.project else { return };
    let known = enginus_query::Column::from_id(&conflict.field);
    let name =
        known.map_or_else(|| conflict.field.clone(), |column| scene.texts.t(&column_text_id(column)).into_owned());
    callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| {
        strong(ui, scene.tokens, scene.texts.with("conflict-field", &[("field", name.into())]));
        muted(ui, scene.tokens, scene.t("conflict-field-detail"));
        let shown = (&conflict.winner, scene.t("conflict-shown").into_owned());
        let others = conflict.losers.iter().map(|(value, by)| {
            let name = by.name(&project.people).into_owned();
            (value, scene.texts.with("conflict-by", &[("name", name.into())]))
        });
        for (value, whose) in [shown].into_iter().chain(others) {
            ui.add_space(scene.tokens.sizes.space.tight);
            let keep = scene.texts.with("conflict-keep", &[("value", value.as_str().into())]);
            if ui.add(Push::new(scene.tokens, keep).icon(Icon::Check).enabled(scene.may_write_document())).clicked() {
                let command = Command::DocSettle {
                    project: Some(project.id.to_string()),
                    number: document.id.to_string(),
                    field: conflict.field.clone(),
                    keep: value.clone(),
                };
                out.run(command, Purpose::Settle);
            }
            faint(ui, scene.tokens, whose);
        }
    });
}
