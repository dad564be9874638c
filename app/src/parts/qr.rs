//! A text as a square picture that a camera reads.

use egui::{ColorImage, Context, TextureHandle, TextureOptions, Ui};

use super::{spinner_line, text};
use crate::texts::Texts;
use crate::theme::Tokens;

/// How far the picture is. It is drawn beside the window.
#[derive(Default)]
pub(crate) enum QrPicture {
    /// On its way.
    #[default]
    Drawing,
    /// The text does not fit one.
    TooLong,
    /// There.
    Ready(TextureHandle),
}

impl std::fmt::Debug for QrPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What it shows is a secret.
        f.write_str("QrPicture")
    }
}

impl QrPicture {
    /// Takes what was drawn.
    pub(crate) fn take(&mut self, ctx: &Context, picture: Option<ColorImage>) {
        *self = picture
            .map_or(Self::TooLong, |image| Self::Ready(ctx.load_texture("qr code", image, TextureOptions::NEAREST)));
    }

    /// Shows it in the middle, at most `side` points wide; `name` says what it is of.
    pub(crate) fn show(&self, ui: &mut Ui, tokens: &Tokens, texts: &Texts, side: f32, name: &str) {
        match self {
            Self::Ready(texture) => {
                ui.vertical_centered(|ui| {
                    // Every module as wide as every other, so that a camera reads it.
                    let modules = texture.size()[0] as f32;
                    let pixels = ui.pixels_per_point();
                    let side = modules * (side * pixels / modules).floor().max(1.0) / pixels;
                    let image = egui::Image::new(texture).fit_to_exact_size(egui::Vec2::splat(side)).alt_text(name);
                    ui.add(image.corner_radius(tokens.sizes.radius.medium));
                });
            }
            Self::Drawing => spinner_line(ui, tokens, &texts.t("qr-drawing")),
            Self::TooLong => {
                text::muted(ui, tokens, texts.t("qr-too-long"));
            }
        }
    }
}
