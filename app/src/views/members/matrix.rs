//! Members by folders: what each may do in each. Five marks in five places, so that they are told apart without colour, and in words
//! under the pointer and to a reader.

use egui::accesskit::Role;
use egui::{Align, FontId, Id, Rect, Sense, Stroke, TextWrapMode, Ui, WidgetInfo, WidgetText, pos2, vec2};
use egui_table::{CellInfo, HeaderCellInfo, HeaderRow, Table, TableDelegate, TableState};
use enginus_engine::api::{FolderAccess, MemberAccess, ProjectSnapshot};

use crate::dialogs::member_name;
use crate::parts::{Icon, faint};
use crate::scene::Scene;

const NAME_WIDTH: f32 = 220.0;
const ROW_HEIGHT: f32 = 44.0;
const HEADER_HEIGHT: f32 = 46.0;
/// The room one of the marks takes.
const SLOT: f32 = 19.0;

/// A mark, and whether it is set.
type Mark = (Icon, fn(&FolderAccess) -> bool);

const MARKS: [Mark; 5] = [
    (Icon::Eye, |access| access.read),
    (Icon::Edit, |access| access.records),
    (Icon::Comment, |access| access.comments),
    (Icon::Stamp, |access| access.reviews),
    (Icon::Key, |access| access.manage),
];

/// What each mark means, in the order of the marks.
fn meanings(scene: &Scene<'_>) -> [String; 5] {
    [
        scene.t("access-reads").into_owned(),
        scene.t("access-records").into_owned(),
        scene.t("access-comments").into_owned(),
        scene.t("access-reviews").into_owned(),
        scene.t("access-manages").into_owned(),
    ]
}

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot) {
    let s = &scene.tokens.sizes;
    let meanings = meanings(scene);
    let margin = egui::Margin::symmetric(s.space.large as i8, s.space.small as i8);
    egui::Frame::new().inner_margin(margin).show(ui, |ui| legend(ui, scene, &meanings));
    let members: Vec<&MemberAccess> = project.access.members.iter().filter(|member| !member.former).collect();
    let cell = MARKS.len() as f32 * SLOT + 2.0 * s.space.small;
    let left = ui.available_width() - NAME_WIDTH;
    let width = (left / project.folders.len().max(1) as f32).clamp(cell, cell * 1.4).floor();
    let column = |at: usize, width: f32| {
        let id = Id::unique(("access column", at, width as u32));
        egui_table::Column::new(width).range(width..=width).resizable(false).id(id)
    };
    let columns: Vec<_> = std::iter::once(column(0, NAME_WIDTH))
        .chain((0..project.folders.len()).map(|at| column(at + 1, width)))
        .collect();
    let widths = columns.iter().enumerate().map(|(at, column)| (column.id_for(at), column.current)).collect();
    let table = Table::new()
        .id_salt("access")
        .num_rows(members.len() as u64)
        .num_sticky_cols(1)
        .columns(columns)
        .headers([HeaderRow::new(HEADER_HEIGHT)]);
    // A table that is new would take its widths from what is drawn first; ours are chosen.
    TableState { col_widths: widths, parent_width: None }.store(ui.ctx(), table.get_id(ui));
    let area = ui.available_rect_before_wrap();
    let head = Rect::from_min_size(area.min, vec2(area.width(), HEADER_HEIGHT));
    ui.painter().rect_filled(head, 0.0, scene.tokens.colours.sunken);
    let stroke = Stroke::new(s.size.stroke, scene.tokens.colours.border);
    ui.painter().hline(head.x_range(), head.bottom() - stroke.width / 2.0, stroke);
    let name = scene.t("members-tab-access").into_owned();
    let grid = ui.interact(area, Id::unique("access table"), Sense::hover());
    grid.widget_info(|| WidgetInfo::labeled(Role::Grid, true, &name));
    table.show(ui, &mut Delegate { scene, project, members: &members, meanings: &meanings });
}

fn legend(ui: &mut Ui, scene: &Scene<'_>, meanings: &[String; 5]) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().interact_size.y = s.size.icon;
        for ((icon, _), words) in MARKS.iter().zip(meanings) {
            let (rect, _) = ui.allocate_exact_size(vec2(s.size.icon, s.size.icon), Sense::hover());
            icon.paint(ui.painter(), rect, c.accent);
            faint(ui, scene.tokens, words);
            ui.add_space(s.space.small);
        }
    });
}

struct Delegate<'a, 'b> {
    scene: &'a Scene<'b>,
    project: &'a ProjectSnapshot,
    members: &'a [&'a MemberAccess],
    meanings: &'a [String; 5],
}

impl Delegate<'_, '_> {
    fn line_below(&self, ui: &Ui, rect: Rect) {
        let stroke = Stroke::new(self.scene.tokens.sizes.size.stroke, self.scene.tokens.colours.border);
        ui.painter().hline(rect.x_range(), rect.bottom() - stroke.width / 2.0, stroke);
    }

    fn name(&self, ui: &mut Ui, member: &MemberAccess) {
        let (s, c) = (&self.scene.tokens.sizes, &self.scene.tokens.colours);
        let rect = ui.max_rect();
        // The sticky part is drawn over the scrolled one and needs a ground of its own.
        ui.painter().rect_filled(rect, 0.0, c.panel);
        self.line_below(ui, rect);
        let inner = rect.shrink2(vec2(s.space.large, 0.0));
        let roles = member.roles.iter().map(|role| self.scene.role_name(role)).collect::<Vec<_>>().join(", ");
        let name = member_name(member);
        let line = |ui: &Ui, words: &str, size: f32, y: f32, ink: egui::Color32, below: bool| {
            let font = FontId::proportional(size);
            let galley = WidgetText::from(words).into_galley(ui, Some(TextWrapMode::Truncate), inner.width(), font);
            let top = if below { y } else { y - galley.size().y };
            ui.painter().galley(pos2(inner.left(), top), galley, ink);
        };
        line(ui, &name, s.text.body, rect.center().y + s.space.hair, c.text, false);
        line(ui, &roles, s.text.small, rect.center().y + s.space.hair / 2.0, c.text_faint, true);
        let response = ui.interact(rect, Id::unique(("access member", member.person.0)), Sense::hover());
        let words = format!("{name}: {roles}");
        response.widget_info(|| WidgetInfo::labeled(Role::RowHeader, true, &words));
        response.on_hover_text(words);
    }

    fn marks(&self, ui: &mut Ui, member: &MemberAccess, folder: usize) {
        let Some(folder) = self.project.folders.get(folder) else { return };
        let (s, c) = (&self.scene.tokens.sizes, &self.scene.tokens.colours);
        let rect = ui.max_rect();
        self.line_below(ui, rect);
        let access = member.folders.get(&folder.slug).copied().unwrap_or_default();
        let mut left = rect.center().x - MARKS.len() as f32 * SLOT / 2.0;
        let mut said = Vec::new();
        for ((icon, is_set), meaning) in MARKS.iter().zip(self.meanings) {
            let at = pos2(left + SLOT / 2.0, rect.center().y);
            if is_set(&access) {
                said.push(meaning.as_str());
                let side = s.size.icon - s.space.hair;
                icon.paint(ui.painter(), Rect::from_center_size(at, vec2(side, side)), c.accent);
            } else {
                ui.painter().circle_filled(at, s.size.stroke * 1.25, c.border_strong);
            }
            left += SLOT;
        }
        let what = if said.is_empty() { self.scene.t("access-none").into_owned() } else { said.join(", ") };
        let folder_name = self.scene.texts.pick(&folder.names);
        let words = [("name", member_name(member).into()), ("folder", folder_name.into()), ("what", what.into())];
        let words = self.scene.texts.with("access-words", &words);
        let id = Id::unique(("access cell", member.person.0, folder.domain));
        let response = ui.interact(rect, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Cell, true, &words));
        response.on_hover_text(words);
    }
}

impl TableDelegate for Delegate<'_, '_> {
    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let (s, c) = (&self.scene.tokens.sizes, &self.scene.tokens.colours);
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, c.sunken);
        self.line_below(ui, rect);
        let folder = cell.col_range.start.checked_sub(1).and_then(|at| self.project.folders.get(at));
        let words = folder.map_or_else(
            || self.scene.t("access-member").into_owned(),
            |folder| self.scene.texts.pick(&folder.names).to_owned(),
        );
        let side = if folder.is_some() { s.space.tight } else { s.space.large };
        let inner = rect.shrink2(vec2(side, 0.0));
        let mut job = egui::text::LayoutJob::simple(
            words.clone(),
            FontId::proportional(s.text.small),
            c.text_muted,
            inner.width(),
        );
        job.wrap.max_rows = 2;
        job.halign = if folder.is_some() { Align::Center } else { Align::LEFT };
        let galley = ui.painter().layout_job(job);
        let x = if folder.is_some() { inner.center().x } else { inner.left() };
        ui.painter().galley(pos2(x, rect.center().y - galley.size().y / 2.0), galley, c.text_muted);
        let response = ui.interact(rect, Id::unique(("access head", cell.col_range.start)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &words));
        response.on_hover_text(words);
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(member) = self.members.get(cell.row_nr as usize) else { return };
        match cell.col_nr.checked_sub(1) {
            None => self.name(ui, member),
            Some(folder) => self.marks(ui, member, folder),
        }
    }

    fn default_row_height(&self) -> f32 {
        ROW_HEIGHT
    }
}
