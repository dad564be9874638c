//! Files into a folder: each with the number, title and revision its name tells, and one reason for all.

use egui::{Context, ScrollArea, Ui};
use enginus_engine::api::{Command, FileToAdd, ProjectSnapshot};
use enginus_model::{DomainId, ParsedFileName};

use super::add_rows;
use crate::desk::{FILES_MAX, FoundFile, PickFor};
use crate::parts::{Field, Ground, Icon, Kind, Push, callout, choose, failure_callout, muted, strong};
use crate::scene::{Intent, Outbox, Scene};
use crate::tasks::{Purpose, Task, TaskId};

/// How much of the window's height the list of files may take.
const LIST_SHARE: f32 = 0.46;

/// One file, as it will be added.
#[derive(Debug, Clone)]
pub(super) struct AddRow {
    pub(super) file: FoundFile,
    pub(super) number: String,
    pub(super) title: String,
    pub(super) revision: String,
    pub(super) status: String,
}

impl AddRow {
    fn new(file: FoundFile) -> Self {
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parts = ParsedFileName::parse(&name);
        let revision = parts.revision.map(|code| code.as_str().to_owned()).unwrap_or_default();
        Self { file, number: parts.number, title: parts.title, revision, status: String::new() }
    }

    pub(super) fn name(&self) -> String {
        self.file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// What is being filled in.
#[derive(Debug, Default)]
pub(crate) struct AddDialog {
    folder: Option<DomainId>,
    pub(super) rows: Vec<AddRow>,
    reason: String,
    more: bool,
    task: Option<TaskId>,
}

impl AddDialog {
    /// Into `folder`, when it is known.
    #[must_use]
    pub(crate) fn new(folder: Option<DomainId>) -> Self {
        Self { folder, ..Self::default() }
    }

    /// Takes files in, each once. Nothing is taken in while files are being added.
    pub(crate) fn take(&mut self, files: Vec<FoundFile>, more: bool) {
        if self.task.is_some() {
            return;
        }
        for file in files {
            if !self.rows.iter().any(|row| row.file.path == file.path) {
                self.rows.push(AddRow::new(file));
            }
        }
        self.more = more || self.rows.len() > FILES_MAX;
        self.rows.truncate(FILES_MAX);
    }

    pub(super) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
        let Some(project) = scene.project else { return };
        let may_write = |id: DomainId| project.folders.iter().any(|folder| folder.domain == id && folder.may_write);
        if !self.folder.is_some_and(may_write) {
            self.folder = project.folders.iter().find(|folder| folder.may_write).map(|folder| folder.domain);
        }
        let task = self.task.and_then(|id| scene.tasks.get(id));
        let running = task.is_some_and(Task::is_running);
        let title = scene.t("add-title").into_owned();
        super::shell(ctx, scene, &title, scene.tokens.sizes.size.dialog_wide, running, out, |ui, out| {
            ui.add_enabled_ui(task.is_none(), |ui| self.folder_line(ui, scene, project, out));
            if self.rows.is_empty() {
                drop_place(ui, scene, out);
            } else {
                let height = ctx.content_rect().height() * LIST_SHARE;
                self.list(ui, scene, project, task, height);
            }
            if self.more {
                let most = scene.texts.number(FILES_MAX as u64);
                callout(ui, scene.tokens, Ground::Warn, Icon::Alert, |ui| {
                    muted(ui, scene.tokens, scene.texts.with("add-too-many", &[("most", most.into())]));
                });
            }
            ui.add_enabled_ui(task.is_none(), |ui| {
                Field::new(scene.tokens, &scene.t("reason"))
                    .hint(scene.t("add-reason-hint"))
                    .note(scene.t("reason-note"))
                    .show(ui, &mut self.reason);
            });
            match task {
                None => self.ready(ui, scene, project, out),
                Some(task) => self.under_way(ui, scene, task, out),
            }
        });
    }

    fn folder_line(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
        let choices: Vec<_> = project
            .folders
            .iter()
            .filter(|folder| folder.may_write)
            .map(|folder| (Some(folder.domain), scene.texts.pick(&folder.names).to_owned()))
            .collect();
        ui.horizontal(|ui| {
            ui.set_height(scene.tokens.sizes.size.control);
            let width = scene.tokens.sizes.size.navigation;
            ui.allocate_ui(egui::vec2(width, scene.tokens.sizes.size.control), |ui| {
                choose(ui, scene.tokens, "add folder", &scene.t("add-folder"), false, &mut self.folder, &choices);
            });
            if ui.add(Push::new(scene.tokens, scene.t("add-choose-files")).icon(Icon::Document)).clicked() {
                out.push(Intent::Pick(PickFor::Add));
            }
            if ui.add(Push::new(scene.tokens, scene.t("add-choose-folder")).icon(Icon::Folder)).clicked() {
                out.push(Intent::Pick(PickFor::AddFolder));
            }
        });
    }

    fn list(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, task: Option<&Task>, height: f32) {
        let s = &scene.tokens.sizes;
        let widths = add_rows::Widths::of(ui.available_width() - s.space.medium, scene.tokens);
        let mut gone = None;
        let count = self.rows.len();
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(s.space.tight, s.space.tight);
            add_rows::head(ui, scene, &widths);
            let list = ScrollArea::vertical().id_salt("files to add").max_height(height).auto_shrink([false, true]);
            list.show_rows(ui, s.size.control, count, |ui, seen| {
                for at in seen {
                    let Some(row) = self.rows.get_mut(at) else { continue };
                    if add_rows::row(ui, scene, project, task, &widths, row, at) {
                        gone = Some(at);
                    }
                }
            });
        });
        if let Some(at) = gone {
            self.rows.remove(at);
        }
    }

    fn ready(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
        let ready = !self.rows.is_empty()
            && !self.reason.trim().is_empty()
            && self.rows.iter().all(|row| !row.number.trim().is_empty());
        let mut send = false;
        super::buttons(ui, scene, |ui| {
            let words = scene.texts.counted("add-send", self.rows.len());
            send = ui.add(Push::new(scene.tokens, words).kind(Kind::Primary).icon(Icon::Add).enabled(ready)).clicked();
            if ui.add(Push::new(scene.tokens, scene.t("dialog-cancel"))).clicked() {
                out.push(Intent::Close);
            }
            if !self.rows.is_empty() && self.reason.trim().is_empty() {
                muted(ui, scene.tokens, scene.t("add-needs-reason"));
            }
        });
        if send {
            self.send(project, out);
        }
    }

    fn send(&mut self, project: &ProjectSnapshot, out: &mut Outbox) {
        let Some(folder) = project.folders.iter().find(|folder| Some(folder.domain) == self.folder) else { return };
        let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let files = self.rows.iter().map(|row| FileToAdd {
            path: row.file.path.clone(),
            subfolder: row.file.subfolder.clone(),
            number: said(&row.number),
            title: said(&row.title),
            revision: said(&row.revision),
            status: said(&row.status),
            fields: Vec::new(),
        });
        let command = Command::DocAdd {
            project: Some(project.id.to_string()),
            folder: folder.slug.clone(),
            files: files.collect(),
            reason: self.reason.trim().to_owned(),
        };
        self.task = Some(out.run(command, Purpose::Add));
    }

    fn under_way(&mut self, ui: &mut Ui, scene: &Scene<'_>, task: &Task, out: &mut Outbox) {
        let (added, refused, all) = (task.added.len(), task.refused.len(), self.rows.len());
        if let Some(Err(failure)) = &task.result {
            failure_callout(ui, scene.tokens, scene.texts, failure);
        }
        let numbers = [("added", added), ("refused", refused), ("all", all)]
            .map(|(name, n)| (name, scene.texts.number(n as u64).into()));
        let mut again = false;
        super::buttons(ui, scene, |ui| {
            if task.is_running() {
                if ui.add(Push::new(scene.tokens, scene.t("add-stop")).kind(Kind::Danger)).clicked() {
                    out.intents.extend(self.task.map(Intent::Cancel));
                }
                let fraction = (added + refused) as f32 / all.max(1) as f32;
                ui.add(
                    egui::ProgressBar::new(fraction)
                        .desired_height(scene.tokens.sizes.space.small)
                        .fill(scene.tokens.colours.accent),
                );
                return;
            }
            if ui.add(Push::new(scene.tokens, scene.t("add-done")).kind(Kind::Primary)).clicked() {
                out.push(Intent::Close);
            }
            if added < all && ui.add(Push::new(scene.tokens, scene.t("add-again"))).clicked() {
                again = true;
            }
            strong(ui, scene.tokens, scene.texts.with("add-summary", &numbers));
        });
        if again {
            // What is safe is safe; the rest can be mended and sent again.
            self.rows.retain(|row| !task.added.iter().any(|added| added.file == row.file.path));
            self.task = None;
        }
    }
}

fn drop_place(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let height = s.size.dialog * 0.4;
    let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), height), egui::Sense::click());
    let words = scene.t("add-drop").into_owned();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, &words));
    let over = response.hovered() || response.has_focus();
    let (ground, line) = if over { (c.accent_soft, c.accent) } else { (c.sunken, c.border_strong) };
    ui.painter().rect_filled(rect, s.radius.large, ground);
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(
        &corners,
        egui::Stroke::new(s.size.stroke, line),
        s.space.small,
        s.space.tight,
    ));
    let icon =
        egui::Rect::from_center_size(rect.center() - egui::vec2(0.0, s.space.wide), egui::Vec2::splat(s.space.huge));
    Icon::Upload.paint(ui.painter(), icon, if over { c.accent } else { c.text_faint });
    let at = rect.center() + egui::vec2(0.0, s.space.wide);
    ui.painter().text(at, egui::Align2::CENTER_CENTER, words, egui::FontId::proportional(s.text.strong), c.text_muted);
    if response.clicked() {
        out.push(Intent::Pick(PickFor::Add));
    }
}
