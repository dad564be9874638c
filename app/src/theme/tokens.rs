//! The tokens as they stand in the data file.

use std::sync::Arc;

use egui::Color32;
use serde::{Deserialize, Deserializer, Serialize};

const DATA: &str = include_str!("../../../assets/theme.json");

/// Light or dark, or whatever the system shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// A theme as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

macro_rules! colours {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Colours by meaning.
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Colours {
            $($(#[$doc])* #[serde(deserialize_with = "colour")] pub $name: Color32,)*
        }
    };
}

colours! {
    /// Behind everything: navigation, bars.
    window,
    /// Where work is done: the register, the document.
    panel,
    /// What floats: dialogs, menus.
    raised,
    /// What is written into, and heads of tables.
    sunken,
    /// Under the pointer.
    hover,
    /// Chosen.
    selected,
    /// Lines between things.
    border,
    /// Outlines of things that can be used.
    border_strong,
    /// What is read.
    text,
    /// What is read second.
    text_muted,
    /// What is read last; still readable.
    text_faint,
    /// The one thing to do.
    accent,
    /// The same under the pointer.
    accent_hover,
    /// A quiet ground of the accent.
    accent_soft,
    /// Text on the accent.
    on_accent,
    /// Good.
    ok,
    /// Its ground.
    ok_soft,
    /// Waits for a person.
    warn,
    /// Its ground.
    warn_soft,
    /// Wrong, or takes something away.
    danger,
    /// Its ground.
    danger_soft,
    /// Over everything behind a dialog.
    backdrop,
    /// Under what floats.
    shadow,
}

macro_rules! numbers {
    ($(#[$doc:meta])* $group:ident { $($(#[$field_doc:meta])* $name:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $group {
            $($(#[$field_doc])* pub $name: f32,)*
        }
    };
}

numbers! {
    /// Distances in points.
    Space {
        /// Between a thing and its mark.
        hair,
        /// Between lines of one thing.
        tight,
        /// Between things of one group.
        small,
        /// Inside a card.
        medium,
        /// Between groups.
        large,
        /// Inside a dialog.
        wide,
        /// Around an empty page.
        huge,
    }
}
numbers! {
    /// Corner radii in points.
    Radius {
        /// Marks.
        small,
        /// Buttons, fields.
        medium,
        /// Cards, dialogs.
        large,
    }
}
numbers! {
    /// Text sizes in points.
    TextSizes {
        /// Labels, notes.
        small,
        /// Everything.
        body,
        /// What stands out in a list.
        strong,
        /// Titles of panels.
        heading,
        /// Titles of pages.
        display,
    }
}
numbers! {
    /// Sizes of parts in points.
    Parts {
        /// Height of the top bar.
        top_bar,
        /// Height of the bottom bar.
        status_bar,
        /// Height of a table's row.
        row,
        /// Height of a table's head.
        header_row,
        /// Height of buttons and fields.
        control,
        /// An icon's side.
        icon,
        /// Width of the navigation.
        navigation,
        /// Width of the document panel.
        document,
        /// Width of a page with one thing to fill in.
        page,
        /// Width of a dialog.
        dialog,
        /// Width of a dialog with a table.
        dialog_wide,
        /// Width of a line.
        stroke,
        /// Width of the line around what has the keyboard.
        focus,
    }
}

/// Everything measured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Sizes {
    /// Distances.
    pub space: Space,
    /// Radii.
    pub radius: Radius,
    /// Text.
    pub text: TextSizes,
    /// Parts.
    pub size: Parts,
}

#[derive(Deserialize)]
struct File {
    light: Colours,
    dark: Colours,
    #[serde(flatten)]
    sizes: Sizes,
}

/// The tokens of one theme. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Which theme.
    pub theme: Theme,
    /// Its colours.
    pub colours: Arc<Colours>,
    /// Sizes, the same in both.
    pub sizes: Arc<Sizes>,
}

impl Tokens {
    /// Both themes, light first. The data file is part of the program; a test reads it.
    ///
    /// # Errors
    /// When the data file does not fit its form.
    pub fn load() -> Result<[Self; 2], serde_json::Error> {
        let file: File = serde_json::from_str(DATA)?;
        let sizes = Arc::new(file.sizes);
        let light = Self { theme: Theme::Light, colours: Arc::new(file.light), sizes: Arc::clone(&sizes) };
        Ok([light, Self { theme: Theme::Dark, colours: Arc::new(file.dark), sizes }])
    }
}

fn colour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Color32, D::Error> {
    let text = String::deserialize(deserializer)?;
    Color32::from_hex(&text).map_err(|_| serde::de::Error::custom(format!("\"{text}\" is no colour")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(colour: Color32) -> f64 {
        let linear = |byte: u8| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_every_ground_it_stands_on() {
        for tokens in Tokens::load().unwrap() {
            let c = &tokens.colours;
            let grounds = [c.window, c.panel, c.raised, c.sunken, c.hover, c.selected];
            let mut pairs = vec![(c.on_accent, c.accent), (c.on_accent, c.accent_hover), (c.accent, c.accent_soft)];
            pairs.extend([(c.ok, c.ok_soft), (c.warn, c.warn_soft), (c.danger, c.danger_soft)]);
            pairs.extend([c.ok, c.warn, c.danger, c.accent].map(|mark| (mark, c.panel)));
            for text in [c.text, c.text_muted] {
                pairs.extend(grounds.map(|ground| (text, ground)));
            }
            pairs.extend([c.window, c.panel, c.raised].map(|ground| (c.text_faint, ground)));
            for (text, ground) in pairs {
                let contrast = contrast(text, ground);
                assert!(contrast >= 4.5, "{:?}: {text:?} on {ground:?} is {contrast:.2}", tokens.theme);
            }
        }
    }

    #[test]
    fn a_dark_theme_is_dark() {
        let [light, dark] = Tokens::load().unwrap();
        assert!(luminance(light.colours.panel) > 0.5 && luminance(dark.colours.panel) < 0.1);
    }
}
