//! The table: only what is seen is drawn, so a hundred thousand rows cost as much as forty.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Align2, FontId, Id, Rect, Sense, Stroke, TextWrapMode, Ui, WidgetInfo, WidgetText, pos2, vec2};
use egui_table::{CellInfo, HeaderCellInfo, HeaderRow, PrefetchInfo, Table, TableDelegate, TableState};
use enginus_query::{Column, Direction, ViewRow};

use super::{Register, cells, column_text_id};
use crate::parts::Icon;
use crate::scene::{Intent, Outbox, Scene};
use crate::worker::Made;

/// Columns that stay while the rest scrolls sideways: where the file is, and the number.
const STICKY_COLUMNS: usize = 2;

impl Register {
    pub(super) fn table(&mut self, ui: &mut Ui, scene: &Scene<'_>, made: &Made, out: &mut Outbox) {
        let rows = &made.view.rows;
        self.keys(ui, scene, rows, out);
        let s = &scene.tokens.sizes;
        let area = ui.available_rect_before_wrap();
        self.page_rows = (((area.height() - s.size.header_row) / s.size.row) as usize).max(1);
        let table = ui.interact(area, Self::table_id(), Sense::focusable_noninteractive());
        let name = scene.t("register-name").into_owned();
        table.widget_info(|| WidgetInfo::labeled(Role::Grid, true, &name));

        let shown: Vec<Shown> =
            [Shown::State].into_iter().chain(scene.settings.columns.iter().map(|c| Shown::Of(*c))).collect();
        let columns: Vec<_> = shown.iter().map(|column| column.layout(s.size.row)).collect();
        // The head's ground goes on where the columns end.
        let head = Rect::from_min_size(area.min, vec2(area.width(), s.size.header_row));
        ui.painter().rect_filled(head, 0.0, scene.tokens.colours.sunken);
        ui.painter().hline(head.x_range(), head.bottom(), Stroke::new(s.size.stroke, scene.tokens.colours.border));
        let mut widget = Table::new()
            .id_salt("register")
            .num_rows(rows.len() as u64)
            .num_sticky_cols(STICKY_COLUMNS.min(columns.len()))
            .columns(columns)
            .headers([HeaderRow::new(s.size.header_row)]);
        self.keep_widths(ui, &widget, &shown, s.size.row);
        if let Some(row) = self.reveal.take().filter(|row| *row < rows.len()) {
            widget = widget.scroll_to_row(row as u64, None);
        }
        let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| area.contains(*at));
        let mut delegate =
            Delegate { register: self, scene, rows, shown: &shown, out, pointer, hovered: None, drawn: Vec::new() };
        widget.show(ui, &mut delegate);
        let hovered = delegate.hovered;
        self.hovered = hovered;
        if ui.memory(|memory| memory.has_focus(Self::table_id())) {
            let stroke = Stroke::new(s.size.stroke, scene.tokens.colours.accent);
            ui.painter().hline(area.x_range(), area.top() + s.size.header_row, stroke);
        }
    }

    /// A table that is new would take its widths from what is drawn first; ours are chosen.
    fn keep_widths(&self, ui: &Ui, table: &Table, shown: &[Shown], row_height: f32) {
        let id = table.get_id(ui);
        if TableState::load(ui.ctx(), id).is_none() {
            let widths = shown.iter().map(|column| column.layout(row_height)).enumerate();
            let col_widths = widths.map(|(at, column)| (column.id_for(at), column.current)).collect();
            TableState { col_widths, parent_width: None }.store(ui.ctx(), id);
        }
    }

    fn sort_by(&mut self, column: Column, further: bool) {
        let now = self.sort.iter().find(|(by, _)| *by == column).map(|(_, direction)| *direction);
        // Up, down, and back to the order of the register.
        let next = match now {
            None => Some(Direction::Ascending),
            Some(Direction::Ascending) => Some(Direction::Descending),
            Some(Direction::Descending) => None,
        };
        if !further {
            self.sort.clear();
        }
        match (self.sort.iter().position(|(by, _)| *by == column), next) {
            (Some(at), Some(direction)) => self.sort[at].1 = direction,
            (Some(at), None) => {
                self.sort.remove(at);
            }
            (None, Some(direction)) => self.sort.push((column, direction)),
            (None, None) => {}
        }
    }
}

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Where the file is.
    State,
    /// A column of the read model.
    Of(Column),
}

impl Shown {
    fn layout(self, row_height: f32) -> egui_table::Column {
        let Self::Of(column) = self else {
            return egui_table::Column::new(row_height)
                .range(row_height..=row_height)
                .resizable(false)
                .id(Id::unique("register column state"));
        };
        let width = match column {
            Column::Number => 220.0,
            Column::Title => 250.0,
            Column::Reason => 230.0,
            Column::File => 220.0,
            Column::AddedBy | Column::Path | Column::Sha256 | Column::Package => 150.0,
            Column::AddedAt => 138.0,
            Column::Revision | Column::Status | Column::Revisions | Column::Form | Column::Zone => 84.0,
            _ => 104.0,
        };
        egui_table::Column::new(width)
            .range(56.0..=900.0)
            .resizable(true)
            .id(Id::unique(("register column", column.id())))
    }
}

struct Delegate<'a, 'b> {
    register: &'a mut Register,
    scene: &'a Scene<'b>,
    rows: &'a [Arc<ViewRow>],
    shown: &'a [Shown],
    out: &'a mut Outbox,
    pointer: Option<egui::Pos2>,
    hovered: Option<u64>,
    /// Rows whose first part is drawn: the sticky part comes second.
    drawn: Vec<u64>,
}

impl Delegate<'_, '_> {
    /// Where a cell's text begins and how wide it may be.
    fn inner(&self, cell: Rect) -> Rect {
        cell.shrink2(vec2(self.scene.tokens.sizes.space.small, 0.0))
    }

    fn header(&mut self, ui: &mut Ui, rect: Rect, column: Column) {
        let (s, c) = (&self.scene.tokens.sizes, &self.scene.tokens.colours);
        let name = self.scene.texts.t(&column_text_id(column)).into_owned();
        let response = ui.interact(rect, Id::unique(("register head", column.id())), Sense::click());
        let sorted = self.register.sort.iter().position(|(by, _)| *by == column);
        let words = match sorted.map(|at| self.register.sort[at].1) {
            None => name.clone(),
            Some(Direction::Ascending) => self.scene.texts.with("sorted-up", &[("column", name.clone().into())]),
            Some(Direction::Descending) => self.scene.texts.with("sorted-down", &[("column", name.clone().into())]),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &words));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, 0.0, c.hover);
        }
        let ink = if sorted.is_some() { c.accent } else { c.text_muted };
        let inner = self.inner(rect);
        let room = inner.width() - if sorted.is_some() { s.size.icon } else { 0.0 };
        let galley = WidgetText::from(name).into_galley(
            ui,
            Some(TextWrapMode::Truncate),
            room,
            FontId::proportional(s.text.small),
        );
        let right = if cells::is_number(column) { inner.right() - galley.size().x } else { inner.left() };
        let at = pos2(right, rect.center().y - galley.size().y / 2.0);
        let arrow = Rect::from_center_size(
            pos2(inner.right() - s.size.icon / 2.0, rect.center().y),
            vec2(s.text.small, s.text.small),
        );
        ui.painter().galley(at, galley, ink);
        if let Some(at) = sorted {
            let up = self.register.sort[at].1 == Direction::Ascending;
            let middle = arrow.center();
            let half = s.space.tight;
            let tip = if up { -half / 2.0 } else { half / 2.0 };
            let points = [(-half, -tip), (0.0, tip), (half, -tip)].map(|(x, y)| middle + vec2(x, y));
            ui.painter().line(points.to_vec(), Stroke::new(s.size.focus * 0.75, ink));
        }
        if response.clicked() {
            self.register.sort_by(column, ui.input(|input| input.modifiers.shift));
        }
    }
}

impl TableDelegate for Delegate<'_, '_> {
    fn prepare(&mut self, _: &PrefetchInfo) {
        self.drawn.clear();
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, self.scene.tokens.colours.sunken);
        if let Some(Shown::Of(column)) = self.shown.get(cell.col_range.start).copied() {
            self.header(ui, rect, column);
        }
        let stroke = Stroke::new(self.scene.tokens.sizes.size.stroke, self.scene.tokens.colours.border);
        ui.painter().hline(rect.x_range(), rect.bottom(), stroke);
    }

    fn row_ui(&mut self, ui: &mut Ui, row_nr: u64) {
        let Some(row) = self.rows.get(row_nr as usize) else { return };
        let (s, c) = (&self.scene.tokens.sizes, &self.scene.tokens.colours);
        let rect = ui.max_rect().intersect(ui.clip_rect());
        let first_part = !self.drawn.contains(&row_nr);
        if first_part {
            self.drawn.push(row_nr);
        }
        let selected = self.scene.selected == Some(row.id);
        let response = ui.interact(rect, Register::table_id().with((row.id, first_part)), Sense::click());
        if first_part {
            let words = cells::row_words(self.scene, row);
            response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, &words));
        }
        if self.pointer.is_some_and(|at| rect.contains(at)) {
            self.hovered = Some(row_nr);
        }
        let ground = match () {
            () if selected => Some(c.selected),
            () if self.register.hovered == Some(row_nr) => Some(c.hover),
            () => None,
        };
        // The sticky part is drawn over the scrolled one and needs a ground of its own.
        if ground.is_some() || !first_part {
            ui.painter().rect_filled(rect, 0.0, ground.unwrap_or(c.panel));
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - s.size.stroke / 2.0, Stroke::new(s.size.stroke, c.border));
        if selected && !first_part {
            ui.painter().rect_filled(
                Rect::from_min_size(rect.min, vec2(s.space.hair + s.size.stroke, rect.height())),
                0.0,
                c.accent,
            );
        }
        if response.clicked() {
            self.register.cursor = row_nr as usize;
            self.out.push(Intent::Choose(Some(row.id)));
            ui.memory_mut(|memory| memory.request_focus(Register::table_id()));
        }
        if response.double_clicked() && row.primary_file().is_some() {
            self.out.push(Intent::View(row.id.to_string(), None));
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let (Some(row), Some(column)) = (self.rows.get(cell.row_nr as usize), self.shown.get(cell.col_nr)) else {
            return;
        };
        let s = &self.scene.tokens.sizes;
        let rect = ui.max_rect();
        let over = self.pointer.filter(|at| rect.contains(*at));
        let Shown::Of(column) = *column else {
            let (icon, ink, words) = cells::state(self.scene, row);
            let at =
                Rect::from_center_size(rect.center(), vec2(s.size.icon - s.space.hair, s.size.icon - s.space.hair));
            icon.paint(ui.painter(), at, ink);
            if over.is_some() {
                cells::note(ui, rect, &words);
            }
            return;
        };
        let mut inner = self.inner(rect);
        if column == Column::Number && row.needs_attention() {
            let at = Rect::from_center_size(
                pos2(inner.right() - s.size.icon / 2.0, rect.center().y),
                vec2(s.size.icon, s.size.icon),
            );
            Icon::Alert.paint(ui.painter(), at.shrink(1.0), self.scene.tokens.colours.warn);
            inner.max.x -= s.size.icon + s.space.tight;
        }
        let Some(text) = cells::text(self.scene, row, column) else { return };
        if ui.is_sizing_pass() {
            // A double click on a column's edge asks how wide its widest text is.
            let whole = text.words.into_galley(
                ui,
                Some(TextWrapMode::Extend),
                f32::INFINITY,
                FontId::proportional(s.text.body),
            );
            ui.allocate_space(whole.size() + vec2(2.0 * s.space.small, 0.0));
            return;
        }
        let galley =
            text.words.into_galley(ui, Some(TextWrapMode::Truncate), inner.width(), FontId::proportional(s.text.body));
        let align = if cells::is_number(column) { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
        let place = align.align_size_within_rect(galley.size(), inner);
        let elided = galley.elided;
        let whole = (elided && over.is_some()).then(|| galley.job.text.clone());
        ui.painter().galley(place.min, galley, text.ink);
        if let Some(words) = whole {
            cells::note(ui, rect, &words);
        }
    }

    fn default_row_height(&self) -> f32 {
        self.scene.tokens.sizes.size.row
    }
}
