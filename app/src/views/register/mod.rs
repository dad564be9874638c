//! Middle: the documents of a folder, or of all.

mod cells;
mod keys;
mod table;

pub(crate) use cells::file_state;

use egui::{Align, Id, Layout, Popup, PopupCloseBehavior, Ui};
use enginus_engine::api::ProjectSnapshot;
use enginus_query::{Column, Direction, TableQuery};

use crate::action::Action;
use crate::parts::{Ground, Icon, Kind, Push, badge, empty, faint, icon_button, spinner_line, tick, truncated};
use crate::scene::{Intent, Outbox, Place, Scene};
use crate::worker::TableKey;

/// Below this width, in points, filters are shown without their words.
const NARROW: f32 = 560.0;

/// What a register remembers: what is asked of it and where it stands.
#[derive(Debug, Default)]
pub(crate) struct Register {
    /// What is searched for.
    pub text: String,
    /// By which columns it is sorted.
    pub sort: Vec<(Column, Direction)>,
    /// Removed documents too.
    pub show_removed: bool,
    /// Only what waits for a person.
    pub only_attention: bool,
    /// The row the chosen document was last seen in.
    cursor: usize,
    /// Enter was pressed in the search field: the keyboard goes on to the table.
    pub(super) leaves_search: bool,
    /// The row to bring into view.
    reveal: Option<usize>,
    /// Rows that fit, as last drawn.
    page_rows: usize,
    /// The row under the pointer, as last drawn.
    hovered: Option<u64>,
}

impl Register {
    /// The search field.
    #[must_use]
    pub(crate) fn search_id() -> Id {
        Id::unique("register search")
    }

    /// The table, as far as the keyboard goes.
    #[must_use]
    pub(crate) fn table_id() -> Id {
        Id::unique("register table")
    }

    /// What is asked of the table now.
    #[must_use]
    pub(crate) fn key(&self, project: &ProjectSnapshot, place: &Place, texts: &crate::texts::Texts) -> TableKey {
        let (folder, path) = match place {
            Place::Register { folder, path } => (*folder, path.clone()),
            _ => (None, String::new()),
        };
        let query = TableQuery {
            text: self.text.clone(),
            sort: self.sort.clone(),
            show_removed: self.show_removed,
            only_attention: self.only_attention,
            folder,
            path,
            language: texts.language,
        };
        TableKey { project: project.id, generation: project.generation, query }
    }

    /// Shows it.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let Some(project) = scene.project else { return };
        let s = &scene.tokens.sizes;
        egui::Frame::new().inner_margin(egui::Margin::symmetric(s.space.large as i8, s.space.medium as i8)).show(
            ui,
            |ui| {
                self.header(ui, scene, project, out);
                arriving(ui, scene, project);
            },
        );
        match scene.table {
            None => {
                ui.add_space(s.space.wide);
                ui.vertical_centered(|ui| spinner_line(ui, scene.tokens, &scene.t("register-loading")));
            }
            Some(made) if made.view.rows.is_empty() && !scene.table_waits => self.nothing(ui, scene, project, out),
            Some(made) => self.table(ui, scene, made, out),
        }
    }

    fn header(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        ui.allocate_ui_with_layout(
            egui::vec2(ui.available_width(), s.size.control),
            Layout::right_to_left(Align::Center),
            |ui| {
                let narrow = ui.available_width() < NARROW;
                self.columns(ui, scene, narrow, out);
                if toggle(ui, scene, narrow, Icon::Trash, &scene.t("register-removed"), self.show_removed) {
                    self.show_removed = !self.show_removed;
                }
                let waiting: usize = shown_folders(scene, project).map(|folder| folder.view.counts().attention).sum();
                if waiting > 0 || self.only_attention {
                    let words = scene.texts.counted("register-attention", waiting);
                    if toggle(ui, scene, narrow, Icon::Alert, &words, self.only_attention) {
                        self.only_attention = !self.only_attention;
                    }
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    truncated(ui, title(scene, project), s.text.heading, scene.tokens.colours.text);
                    if let Some(made) = scene.table {
                        let count = |counts: enginus_query::Counts| {
                            counts.documents + usize::from(self.show_removed) * counts.removed
                        };
                        let all: usize = shown_folders(scene, project).map(|folder| count(folder.view.counts())).sum();
                        let shown = made.view.rows.len();
                        let words = if self.is_narrowed(scene) {
                            let (shown, all) = (scene.texts.number(shown as u64), scene.texts.number(all as u64));
                            scene.texts.with("register-shown", &[("shown", shown.into()), ("all", all.into())])
                        } else {
                            scene.texts.counted("documents", shown)
                        };
                        truncated(ui, words, s.text.body, scene.tokens.colours.text_muted);
                    }
                    if scene.table_waits {
                        ui.add(egui::Spinner::new().size(s.text.body).color(scene.tokens.colours.accent));
                    }
                    let may_write = |id| project.folders.iter().any(|f| f.domain == id && f.may_write);
                    let read_only = scene.folder().is_some_and(|id| scene.active().is_none() || !may_write(id));
                    if read_only {
                        badge(ui, scene.tokens, Ground::Plain, &scene.t("register-read-only"));
                    }
                });
            },
        );
    }

    fn is_narrowed(&self, scene: &Scene<'_>) -> bool {
        let inside = matches!(scene.place, Place::Register { path, .. } if !path.is_empty());
        inside || self.only_attention || self.show_removed || !self.text.trim().is_empty()
    }

    /// Which columns are shown.
    fn columns(&self, ui: &mut Ui, scene: &Scene<'_>, narrow: bool, out: &mut Outbox) {
        let words = scene.t("register-columns");
        let button = match narrow {
            true => icon_button(ui, scene.tokens, Icon::Columns, &words),
            false => ui.add(Push::new(scene.tokens, words).kind(Kind::Quiet).icon(Icon::Columns)),
        };
        Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            ui.set_min_width(scene.tokens.sizes.size.navigation * 0.8);
            for column in Column::ALL.iter().copied().filter(|column| *column != Column::Number) {
                let mut shown = scene.settings.columns.contains(&column);
                if tick(ui, &mut shown, scene.texts.t(&column_text_id(column))).changed() {
                    let chosen =
                        |one: Column| if one == column { shown } else { scene.settings.columns.contains(&one) };
                    out.push(Intent::Columns(Column::ALL.iter().copied().filter(|one| chosen(*one)).collect()));
                }
            }
        });
    }

    /// Why there is no row, and what to do.
    fn nothing(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
        if self.is_narrowed(scene) && shown_folders(scene, project).any(|folder| !folder.view.is_empty()) {
            empty(
                ui,
                scene.tokens,
                Icon::Search,
                &scene.t("register-no-match"),
                &scene.t("register-no-match-detail"),
                |ui| {
                    if ui.add(Push::new(scene.tokens, scene.t("register-show-all"))).clicked() {
                        self.text.clear();
                        (self.only_attention, self.show_removed) = (false, false);
                        out.push(Intent::Show(Place::Register { folder: scene.folder(), path: String::new() }));
                    }
                },
            );
            return;
        }
        let may_add = scene.can(Action::AddDocuments);
        let detail = if may_add { scene.t("register-empty-detail") } else { scene.t("register-empty-read-only") };
        empty(ui, scene.tokens, Icon::Document, &scene.t("register-empty"), &detail, |ui| {
            if may_add
                && ui.add(Push::new(scene.tokens, scene.t("top-add")).icon(Icon::Add).kind(Kind::Primary)).clicked()
            {
                out.push(Intent::Act(Action::AddDocuments));
            }
        });
    }
}

/// Says where the rows come from, while their entries are still being fetched.
fn arriving(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot) {
    let missing = shown_folders(scene, project).filter_map(|folder| folder.arriving).reduce(u64::saturating_add);
    if let Some(missing) = missing {
        let count = usize::try_from(missing).unwrap_or(usize::MAX);
        faint(ui, scene.tokens, scene.texts.counted("register-arriving", count));
    }
}

/// A filter to switch on and off; without its words where there is little room.
fn toggle(ui: &mut Ui, scene: &Scene<'_>, narrow: bool, icon: Icon, words: &str, on: bool) -> bool {
    if narrow && !on {
        return icon_button(ui, scene.tokens, icon, words).clicked();
    }
    ui.add(Push::new(scene.tokens, words).kind(Kind::Quiet).selected(on).icon(icon)).clicked()
}

/// The id of a column's name.
pub(crate) fn column_text_id(column: Column) -> String {
    format!("column-{}", column.id())
}

fn shown_folders<'a>(
    scene: &Scene<'a>,
    project: &'a ProjectSnapshot,
) -> impl Iterator<Item = &'a enginus_engine::api::FolderSnapshot> {
    let wanted = scene.folder();
    project.folders.iter().filter(move |folder| wanted.is_none_or(|wanted| wanted == folder.domain))
}

fn title(scene: &Scene<'_>, project: &ProjectSnapshot) -> String {
    let folder = scene.folder().and_then(|id| project.folders.iter().find(|folder| folder.domain == id));
    let name =
        folder.map_or_else(|| scene.t("nav-all").into_owned(), |folder| scene.texts.pick(&folder.names).to_owned());
    match scene.place {
        Place::Register { path, .. } if !path.is_empty() => format!("{name} / {}", path.replace('/', " / ")),
        _ => name,
    }
}
