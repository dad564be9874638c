//! Every decision about access, newest first: who, what, whom, why, when, and the key it is signed with.

use egui::accesskit::Role;
use egui::{Align2, FontId, Rect, ScrollArea, Sense, Stroke, TextWrapMode, Ui, WidgetInfo, WidgetText, pos2, vec2};
use enginus_engine::api::{AccessAnswer, AccessCommand, AccessEvent, Answer, Command, ProjectSnapshot};
use enginus_model::{Hash, PersonId, ProjectId};

use crate::parts::{Icon, empty};
use crate::scene::{Intent, Outbox, Scene};
use crate::views::asked::Asked;

const ROW_HEIGHT: f32 = 58.0;
/// Digits of a signer's key that are shown.
const SIGNER_DIGITS: usize = 8;

/// What decisions leave behind that is seen without asking for them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    project: ProjectId,
    members: Vec<(PersonId, Vec<String>, usize, bool)>,
    invitations: Vec<(Hash, u32)>,
    waiting: u64,
}

impl Mark {
    fn of(project: &ProjectSnapshot) -> Self {
        let access = &project.access;
        let members = access.members.iter().map(|member| {
            let devices = member.devices.iter().map(|device| 1 + usize::from(device.removed)).sum();
            (member.person, member.roles.clone(), devices, member.former)
        });
        Self {
            project: project.id,
            members: members.collect(),
            invitations: access.invitations.iter().map(|open| (open.id, open.uses_left)).collect(),
            waiting: access.waiting_for_review,
        }
    }
}

/// What the page remembers.
#[derive(Debug, Default)]
pub(super) struct History {
    events: Asked<Mark, Vec<AccessEvent>>,
}

impl History {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, project: &ProjectSnapshot, out: &mut Outbox) {
        let s = &scene.tokens.sizes;
        let command = || Command::Access(AccessCommand::History { project: Some(project.id.to_string()) });
        let take = |answer| match answer {
            Answer::Access(AccessAnswer::History(events)) => Some(events),
            _ => None,
        };
        self.events.update(scene, Mark::of(project), command, take, out);
        let margin = egui::Margin::same(s.space.large as i8);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            let Some(events) = self.events.show(ui, scene) else { return };
            if events.is_empty() {
                let (title, detail) = (scene.t("history-empty"), scene.t("history-empty-detail"));
                empty(ui, scene.tokens, Icon::History, &title, &detail, |_| ());
                return;
            }
            ui.set_max_width(s.size.dialog_wide);
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW_HEIGHT, events.len(), |ui, range| {
                for event in events.iter().rev().skip(range.start).take(range.len()) {
                    one(ui, scene, event, out);
                }
            });
        });
    }
}

fn one(ui: &mut Ui, scene: &Scene<'_>, event: &AccessEvent, out: &mut Outbox) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    let what = sentence(scene, event);
    let refused = event
        .refused
        .as_ref()
        .map(|why| scene.texts.with("history-refused", &[("why", scene.texts.phrase(why).into())]));
    let reason = (!event.reason.is_empty())
        .then(|| scene.texts.with("history-reason", &[("reason", event.reason.as_str().into())]));
    let below = [refused.clone(), reason].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let whole = if below.is_empty() { what.clone() } else { format!("{what}\n{below}") };
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &whole));
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(s.size.stroke, c.border));

    let when = ui.painter().text(
        pos2(rect.right(), rect.top() + s.space.medium),
        Align2::RIGHT_TOP,
        scene.texts.date_time(event.at),
        FontId::proportional(s.text.small),
        c.text_faint,
    );
    let signer: String = event.signer.chars().take(SIGNER_DIGITS).collect();
    let right = signature(ui, scene, event, &signer, rect, out).min(when.left());
    let icon = Rect::from_min_size(rect.min + vec2(0.0, s.space.medium), vec2(s.size.icon, s.size.icon));
    let (picture, ink) = match refused {
        Some(_) => (Icon::Close, c.danger),
        None => (icon_of(&event.kind), c.text_faint),
    };
    picture.paint(ui.painter(), icon, ink);
    let left = icon.right() + s.space.small;
    let room = right - s.space.medium - left;
    let line = |words: &str, size: f32, y: f32, ink| {
        let font = FontId::proportional(size);
        let galley = WidgetText::from(words).into_galley(ui, Some(TextWrapMode::Truncate), room, font);
        ui.painter().galley(pos2(left, y), galley, ink);
    };
    line(&what, s.text.body, rect.top() + s.space.medium - s.space.hair / 2.0, c.text);
    let ink = if refused.is_some() { c.danger } else { c.text_muted };
    line(&below, s.text.small, rect.top() + s.space.medium + s.text.body + s.space.small, ink);
    response.on_hover_text(whole);
}

/// The key a decision is signed with; a press takes the whole of it. Answers where it begins.
fn signature(ui: &mut Ui, scene: &Scene<'_>, event: &AccessEvent, signer: &str, rect: Rect, out: &mut Outbox) -> f32 {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    if signer.is_empty() {
        return rect.right();
    }
    let side = s.size.icon + s.space.tight;
    let middle = rect.top() + s.space.medium + s.text.body + s.space.small + s.text.small * 0.65;
    let at = Rect::from_center_size(pos2(rect.right() - side / 2.0, middle), vec2(side, side));
    let name = scene.texts.with("history-copy-signer", &[("key", signer.into())]);
    let button = ui.interact(at, egui::Id::unique(("signer", event.id.0)), Sense::click());
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let over = button.hovered() || button.has_focus();
    if over {
        ui.painter().rect_filled(at, s.radius.small, c.hover);
    }
    let ink = if over { c.text } else { c.text_faint };
    Icon::Copy.paint(ui.painter(), at.shrink(s.space.tight), ink);
    if button.on_hover_text(name).clicked() {
        out.push(Intent::Copy(event.signer.clone()));
    }
    let words = scene.texts.with("history-signed", &[("key", signer.into())]);
    let text = ui.painter().text(
        pos2(at.left() - s.space.tight, middle),
        Align2::RIGHT_CENTER,
        words,
        FontId::proportional(s.text.small),
        c.text_faint,
    );
    text.left()
}

fn sentence(scene: &Scene<'_>, event: &AccessEvent) -> String {
    let texts = scene.texts;
    let number = event.about.parse::<usize>().unwrap_or(1);
    let role = scene.role_name(&event.role);
    let words = [
        ("by", event.by.as_str().into()),
        ("about", event.about.as_str().into()),
        ("role", role.into()),
        ("n", number.into()),
        ("count", texts.number(number as u64).into()),
    ];
    match event.kind.as_str() {
        "grant" => texts.with("history-grant", &words),
        "invitation" => texts.with("history-invitation", &words),
        "joined" => texts.with("history-joined", &words),
        "device" => texts.with("history-device", &words),
        "removal" => texts.with("history-removal", &words),
        "role-change" => texts.with("history-role-change", &words),
        "cancellation" => texts.with("history-cancellation", &words),
        "device-removal" => texts.with("history-device-removal", &words),
        "acceptance" => texts.with("history-acceptance", &words),
        _ => texts.with("history-other", &words),
    }
}

fn icon_of(kind: &str) -> Icon {
    match kind {
        "grant" | "role-change" => Icon::Key,
        "invitation" | "joined" => Icon::Members,
        "device" => Icon::Device,
        "removal" | "cancellation" | "device-removal" => Icon::Trash,
        "acceptance" => Icon::Stamp,
        _ => Icon::History,
    }
}
