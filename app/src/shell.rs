//! How the window is divided, and which keys mean what everywhere.

use egui::{CentralPanel, Context, Frame, Margin, Modifiers, Panel, Stroke, Ui};
use enginus_engine::api::ProjectState;

use crate::action::Action;
use crate::desktop::{Desktop, Stage};
use crate::parts::Icon;
use crate::scene::{Intent, Place, Scene};
use crate::views;

impl Desktop {
    /// Draws one frame, then does what was asked for in it.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        // Views and the outbox are taken out so that the scene may borrow the rest.
        let mut out = std::mem::take(&mut self.out);
        let mut parts = std::mem::take(&mut self.views);
        let mut dialog = self.dialog.take();
        let scene = Scene { dialog_open: dialog.is_some(), ..self.scene() };
        ui.painter().rect_filled(ui.max_rect(), 0.0, self.tokens.colours.window);
        match &self.stage {
            Stage::Opening(_) => views::opening(ui, &self.tokens, &self.texts),
            Stage::Failed(failure) => views::not_opened(ui, &self.tokens, &self.texts, failure, &mut out),
            Stage::Open(_) if scene.is_locked() => parts.lock.ui(ui, &scene, &mut out),
            Stage::Open(_) => {
                shortcuts(&ctx, &scene, &mut out);
                frames(ui, &scene, &mut parts, &mut out);
                dropped(&ctx, &scene, &mut out);
                if let Some(dialog) = &mut dialog {
                    dialog.ui(&ctx, &scene, &mut out);
                }
                parts.toasts.ui(&ctx, &self.tokens, &self.texts, &mut out);
            }
        }
        let intents = std::mem::take(&mut out.intents);
        (self.out, self.views, self.dialog) = (out, parts, dialog);
        if !intents.is_empty() {
            ctx.request_repaint();
        }
        for intent in intents {
            self.carry_out(&ctx, intent);
        }
        // A keystroke in the search field is asked for at once, not a frame later.
        if let Some(project) = &self.project {
            self.worker.ask(self.views.register.key(project, &self.place, &self.texts), project);
        }
    }
}

fn frames(ui: &mut Ui, scene: &Scene<'_>, parts: &mut crate::desktop::Views, out: &mut crate::scene::Outbox) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let bar = |horizontal: f32| Frame::new().fill(c.window).inner_margin(Margin::symmetric(horizontal as i8, 0));
    Panel::bottom("status").exact_size(s.size.status_bar).resizable(false).frame(bar(s.space.large)).show(ui, |ui| {
        views::status_bar(ui, scene, out);
    });
    if scene.home.identity.is_none() || (scene.home.projects.is_empty() && scene.project.is_none()) {
        Panel::top("top")
            .exact_size(s.size.top_bar)
            .resizable(false)
            .show_separator_line(false)
            .frame(bar(s.space.large))
            .show(ui, |ui| {
                views::top_bar(ui, scene, &mut parts.register, out);
            });
        let is_keys = *scene.place == Place::Keys && scene.home.identity.is_some();
        CentralPanel::no_frame().show(ui, |ui| match is_keys {
            true => parts.keys.ui(ui, scene, out),
            false => parts.first_start.ui(ui, scene, out),
        });
        return;
    }
    Panel::left("navigation").exact_size(s.size.navigation).resizable(false).frame(bar(s.space.medium)).show(
        ui,
        |ui| {
            views::navigation(ui, scene, out);
        },
    );
    Panel::top("top").exact_size(s.size.top_bar).resizable(false).frame(bar(s.space.large)).show(ui, |ui| {
        views::top_bar(ui, scene, &mut parts.register, out);
    });
    let panel = Frame::new().fill(c.panel);
    if scene.document().is_some() && matches!(scene.place, Place::Register { .. }) {
        let side = panel.inner_margin(Margin::symmetric(s.space.large as i8, 0));
        let sizes = s.size.document * 0.8..=s.size.document * 1.6;
        Panel::right("document").default_size(s.size.document).size_range(sizes).frame(side).show(ui, |ui| {
            parts.document.ui(ui, scene, out);
        });
    }
    CentralPanel::no_frame().frame(panel).show(ui, |ui| {
        let Some(project) = scene.project else {
            crate::parts::spinner_line(ui, scene.tokens, &scene.t("opening"));
            return;
        };
        views::banners(ui, scene, project, out);
        match (&project.state, scene.place) {
            (_, Place::Keys) => parts.keys.ui(ui, scene, out),
            (ProjectState::Pending { why }, _) => views::waiting(ui, scene, project, why, out),
            (_, Place::Register { .. }) => parts.register.ui(ui, scene, out),
            (_, Place::Members) => parts.members.ui(ui, scene, out),
            (_, Place::Review) => parts.review.ui(ui, scene, out),
            (_, Place::Sync) => views::sync(ui, scene, out),
            (_, Place::Notices) => views::notices(ui, scene),
        }
    });
}

/// Keys that mean an action, wherever the keyboard is; bare keys only while nobody is writing.
fn shortcuts(ctx: &Context, scene: &Scene<'_>, out: &mut crate::scene::Outbox) {
    if scene.dialog_open {
        return;
    }
    let writing = ctx.text_edit_focused();
    for action in Action::ALL.iter().copied() {
        let Some(keys) = action.shortcut() else { continue };
        let is_function_key = keys.logical_key.name().len() > 1 && keys.logical_key.name().starts_with('F');
        if writing && keys.modifiers == Modifiers::NONE && !is_function_key {
            continue;
        }
        if scene.can(action) && ctx.input_mut(|input| input.consume_shortcut(&keys)) {
            out.push(Intent::Act(action));
        }
    }
}

/// Files dragged from the system: a hint while they hover, the add dialog when they are let go.
fn dropped(ctx: &Context, scene: &Scene<'_>, out: &mut crate::scene::Outbox) {
    let (hovering, paths) = ctx.input(|input| {
        let paths: Vec<_> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
        (!input.raw.hovered_files.is_empty(), paths)
    });
    if !paths.is_empty() {
        out.push(Intent::LookThrough(paths));
    }
    if !hovering || !scene.can(Action::AddDocuments) {
        return;
    }
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop")));
    let rect = ctx.content_rect().shrink(s.space.large);
    painter.rect_filled(ctx.content_rect(), 0.0, c.backdrop);
    painter.rect(rect, s.radius.large, c.accent_soft, Stroke::new(s.size.focus, c.accent), egui::StrokeKind::Inside);
    let icon = egui::Rect::from_center_size(
        rect.center() - egui::vec2(0.0, s.space.huge),
        egui::Vec2::splat(s.space.huge * 1.5),
    );
    Icon::Upload.paint(&painter, icon, c.accent);
    let place = rect.center() + egui::vec2(0.0, s.space.wide);
    painter.text(
        place,
        egui::Align2::CENTER_CENTER,
        scene.t("drop-here"),
        egui::FontId::proportional(s.text.heading),
        c.accent,
    );
}
