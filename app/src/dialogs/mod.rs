//! What is asked of a person in the middle of the window. One dialog is open at a time; it is a struct of what is being filled in.

mod access;
mod add;
mod add_rows;
mod create;
mod edit;
mod help;
mod invite;
mod join;
mod keys;
mod palette;
mod plan;
mod reason;
mod relay;
mod revise;
mod scope;
mod submit;
mod ticket;

use egui::{Align, ColorImage, Context, Frame, Id, Key, Layout, Margin, Modal, ScrollArea, Stroke, Ui};

pub(crate) use access::{AcceptDialog, CancelInvitationDialog, RevokeDialog, RoleDialog, member_name};
pub(crate) use add::AddDialog;
pub(crate) use create::CreateDialog;
pub(crate) use edit::EditDialog;
pub(crate) use help::HelpDialog;
pub(crate) use invite::InviteDialog;
pub(crate) use join::JoinDialog;
pub(crate) use keys::{
    AddDeviceDialog, ContactDialog, PassphraseDialog, RecoverDialog, RemoveDeviceDialog, WordsDialog,
};
pub(crate) use palette::PaletteDialog;
pub(crate) use plan::PlanDialog;
pub(crate) use reason::ReasonDialog;
pub(crate) use relay::RelayDialog;
pub(crate) use revise::ReviseDialog;
pub(crate) use submit::Submit;

use crate::parts::{Field, Icon, heading, icon_button};
use crate::scene::{Intent, Outbox, Scene};

macro_rules! dialogs {
    ($($(#[$doc:meta])* $name:ident($type:ident),)*) => {
        /// The dialog that is open.
        #[derive(Debug)]
        pub(crate) enum Dialog { $($(#[$doc])* $name($type),)* }

        impl Dialog {
            /// Shows it.
            pub(crate) fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) {
                match self { $(Self::$name(dialog) => dialog.ui(ctx, scene, out),)* }
            }
        }

        $(impl From<$type> for Dialog {
            fn from(dialog: $type) -> Self {
                Self::$name(dialog)
            }
        })*
    };
}

dialogs! {
    /// Files into the register.
    Add(AddDialog),
    /// A document without a file.
    Plan(PlanDialog),
    /// A further revision.
    Revise(ReviseDialog),
    /// Fields.
    Edit(EditDialog),
    /// Why something is removed or restored.
    Reason(ReasonDialog),
    /// A relay the project meets on.
    Relay(RelayDialog),
    /// A ticket for somebody.
    Invite(InviteDialog),
    /// A project.
    Create(CreateDialog),
    /// Somebody's ticket.
    Join(JoinDialog),
    /// A member's removal.
    Revoke(RevokeDialog),
    /// A member's other role.
    Role(RoleDialog),
    /// An invitation's end.
    CancelInvitation(CancelInvitationDialog),
    /// Held entries that count after all.
    Accept(AcceptDialog),
    /// The 24 words.
    Words(WordsDialog),
    /// What seals the keys.
    Passphrase(PassphraseDialog),
    /// A further device.
    AddDevice(AddDeviceDialog),
    /// A device's end.
    RemoveDevice(RemoveDeviceDialog),
    /// This person's card.
    Contact(ContactDialog),
    /// Projects brought back.
    Recover(RecoverDialog),
    /// Every action by name.
    Palette(PaletteDialog),
    /// The keys.
    Help(HelpDialog),
}

impl Dialog {
    /// Takes the picture of a text in, where it was asked for.
    pub(crate) fn take_picture(&mut self, ctx: &Context, text: &str, picture: Option<ColorImage>) {
        match self {
            Self::Invite(dialog) => dialog.take_picture(ctx, text, picture),
            Self::AddDevice(dialog) => dialog.take_picture(ctx, text, picture),
            Self::Contact(dialog) => dialog.take_picture(ctx, text, picture),
            _ => {}
        }
    }
}

/// What a dialog needs of the window's height besides what scrolls in it, in points.
const AROUND_SCROLLING: f32 = 210.0;
/// The least that scrolls, in points.
const SCROLLING_MIN: f32 = 160.0;

/// The part of a long dialog that scrolls where the window is low.
pub(crate) fn scrolling<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let room = (ui.ctx().content_rect().height() - AROUND_SCROLLING).max(SCROLLING_MIN);
    let area = ScrollArea::vertical().auto_shrink([false, true]).max_height(room).min_scrolled_height(room);
    area.show(ui, contents).inner
}

/// Why somebody's access changes. It has the keyboard while nothing else has.
pub(crate) fn access_reason(ui: &mut Ui, scene: &Scene<'_>, reason: &mut String) {
    let field = Field::new(scene.tokens, &scene.t("reason")).note(scene.t("access-reason-note")).show(ui, reason);
    if reason.is_empty() && ui.memory(|memory| memory.focused().is_none()) {
        field.request_focus();
    }
}

/// The ground of every dialog: its title, a way out, and its contents. `stays` keeps it open whatever key is pressed.
pub(crate) fn shell(
    ctx: &Context,
    scene: &Scene<'_>,
    title: &str,
    width: f32,
    stays: bool,
    out: &mut Outbox,
    contents: impl FnOnce(&mut Ui, &mut Outbox),
) {
    let (s, c) = (&scene.tokens.sizes, &scene.tokens.colours);
    let frame = Frame::new()
        .fill(c.raised)
        .stroke(Stroke::new(s.size.stroke, c.border))
        .corner_radius(s.radius.large)
        .shadow(ctx.global_style().visuals.window_shadow)
        .inner_margin(Margin::same(s.space.wide as i8));
    let width = width.min(ctx.content_rect().width() - 2.0 * s.space.huge);
    let modal = Modal::new(Id::unique("dialog")).frame(frame).backdrop_color(c.backdrop).show(ctx, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = s.space.medium;
        ui.allocate_ui_with_layout(egui::vec2(width, s.size.control), Layout::right_to_left(Align::Center), |ui| {
            let close = !stays && icon_button(ui, scene.tokens, Icon::Close, &scene.t("dialog-close")).clicked();
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| heading(ui, scene.tokens, title));
            if close {
                out.push(Intent::Close);
            }
        });
        contents(ui, out);
    });
    // A click beside a dialog must not throw away what was filled in; the key that means it does.
    if modal.is_top_modal && !modal.any_popup_open && !stays && ctx.input(|input| input.key_pressed(Key::Escape)) {
        out.push(Intent::Close);
    }
}

/// The last line of a dialog: buttons from the right.
pub(crate) fn buttons(ui: &mut Ui, scene: &Scene<'_>, contents: impl FnOnce(&mut Ui)) {
    let s = &scene.tokens.sizes;
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), s.size.control),
        Layout::right_to_left(Align::Center),
        contents,
    );
}
