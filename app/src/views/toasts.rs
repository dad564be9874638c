//! Bottom right: what just happened, for a moment, with a way back where there is one.

use egui::{Align2, Area, Context, Frame, Id, Margin, Order, Stroke, vec2};
use enginus_engine::api::Command;

use crate::parts::{Ground, Icon, Kind, Push, icon_button, muted, strong};
use crate::scene::{Outbox, Tone};
use crate::tasks::Purpose;
use crate::texts::Texts;
use crate::theme::Tokens;

/// How long something good stays, in seconds.
const GOOD_SECONDS: f64 = 5.0;
/// How long a way back stays, in seconds.
const UNDO_SECONDS: f64 = 12.0;
/// How many are shown at once.
const SHOWN_MAX: usize = 4;
/// How wide one is, in points.
const WIDTH: f32 = 340.0;

#[derive(Debug)]
struct Toast {
    tone: Tone,
    title: String,
    detail: String,
    /// In seconds of the window's clock; `None` stays until it is closed.
    until: Option<f64>,
    undo: Option<Command>,
}

/// What is shown.
#[derive(Debug, Default)]
pub(crate) struct Toasts {
    toasts: Vec<Toast>,
}

impl Toasts {
    /// Tells something.
    pub(crate) fn tell(&mut self, now: f64, tone: Tone, title: String, detail: String) {
        let until = (tone != Tone::Bad).then_some(now + GOOD_SECONDS);
        self.push(Toast { tone, title, detail, until, undo: None });
    }

    /// Tells something that the command `undo` takes back.
    pub(crate) fn tell_with_undo(&mut self, now: f64, title: String, detail: String, undo: Command) {
        self.push(Toast { tone: Tone::Plain, title, detail, until: Some(now + UNDO_SECONDS), undo: Some(undo) });
    }

    fn push(&mut self, toast: Toast) {
        self.toasts.retain(|old| (&old.title, &old.detail) != (&toast.title, &toast.detail));
        self.toasts.push(toast);
        let over = self.toasts.len().saturating_sub(SHOWN_MAX);
        self.toasts.drain(..over);
    }

    /// Shows them.
    pub(crate) fn ui(&mut self, ctx: &Context, tokens: &Tokens, texts: &Texts, out: &mut Outbox) {
        let now = ctx.input(|input| input.time);
        self.toasts.retain(|toast| toast.until.is_none_or(|until| until > now));
        let Some(next) = self
            .toasts
            .iter()
            .filter_map(|toast| toast.until)
            .reduce(f64::min)
            .or_else(|| (!self.toasts.is_empty()).then_some(now + 1.0))
        else {
            return;
        };
        ctx.request_repaint_after(std::time::Duration::from_secs_f64((next - now).max(0.05)));
        let s = &tokens.sizes;
        let offset = vec2(-s.space.large, -(s.size.status_bar + s.space.large));
        let mut closed = None;
        Area::new(Id::unique("toasts")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, offset).show(ctx, |ui| {
            ui.set_max_width(WIDTH);
            for (at, toast) in self.toasts.iter_mut().enumerate() {
                if one(ui, tokens, texts, toast, out) {
                    closed = Some(at);
                }
            }
        });
        if let Some(at) = closed {
            self.toasts.remove(at);
        }
    }
}

fn one(ui: &mut egui::Ui, tokens: &Tokens, texts: &Texts, toast: &mut Toast, out: &mut Outbox) -> bool {
    let (s, c) = (&tokens.sizes, &tokens.colours);
    let (ground, icon) = match toast.tone {
        Tone::Good => (Ground::Ok, Icon::Check),
        Tone::Plain => (Ground::Accent, Icon::Bell),
        Tone::Bad => (Ground::Danger, Icon::Alert),
    };
    let (ink, _) = ground.colours(tokens);
    let frame = Frame::new()
        .fill(c.raised)
        .stroke(Stroke::new(s.size.stroke, ink))
        .corner_radius(s.radius.large)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin::same(s.space.medium as i8));
    let mut close = false;
    frame.show(ui, |ui| {
        ui.set_width(WIDTH - 2.0 * s.space.medium);
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(s.size.icon, s.size.icon), egui::Sense::hover());
            icon.paint(ui.painter(), rect, ink);
            let room = ui.available_width() - s.size.control - s.space.small;
            ui.vertical(|ui| {
                ui.set_width(room);
                ui.spacing_mut().item_spacing.y = s.space.tight;
                strong(ui, tokens, &toast.title);
                if !toast.detail.is_empty() {
                    muted(ui, tokens, &toast.detail);
                }
                if toast.undo.is_some()
                    && ui.add(Push::new(tokens, texts.t("undo")).icon(Icon::Restore).kind(Kind::Plain)).clicked()
                {
                    if let Some(command) = toast.undo.take() {
                        out.run(command, Purpose::Restore);
                    }
                    close = true;
                }
            });
            close |= icon_button(ui, tokens, Icon::Close, &texts.t("toast-close")).clicked();
        });
    });
    close
}
