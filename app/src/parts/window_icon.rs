//! The picture the system shows for the window.

use egui::{Pos2, Rect, pos2};

/// The window's icon: the logo on the accent, 64 pixels a side, as RGBA.
#[must_use]
pub(crate) fn window_icon() -> egui::IconData {
    const SIDE_PIXELS: usize = 64;
    let mut rgba = Vec::with_capacity(SIDE_PIXELS * SIDE_PIXELS * 4);
    for y in 0..SIDE_PIXELS {
        for x in 0..SIDE_PIXELS {
            rgba.extend(logo_pixel(pos2(x as f32 + 0.5, y as f32 + 0.5)));
        }
    }
    egui::IconData { rgba, width: SIDE_PIXELS as u32, height: SIDE_PIXELS as u32 }
}

/// One pixel of the window's icon, on a square of 64.
fn logo_pixel(at: Pos2) -> [u8; 4] {
    const GROUND: [u8; 4] = [27, 92, 176, 255];
    const SHEET: [u8; 4] = [255, 255, 255, 255];
    const SUN: [u8; 4] = [245, 166, 35, 255];
    let inside = |rect: Rect, radius: f32| {
        let inner = rect.shrink(radius);
        let nearest = pos2(at.x.clamp(inner.min.x, inner.max.x), at.y.clamp(inner.min.y, inner.max.y));
        nearest.distance(at) <= radius
    };
    let sheet = inside(Rect::from_min_max(pos2(14.0, 10.0), pos2(50.0, 54.0)), 5.0);
    let horizon = (34.0..37.0).contains(&at.y) && (20.0..44.0).contains(&at.x);
    let line = (43.0..46.0).contains(&at.y) && (20.0..44.0).contains(&at.x);
    match () {
        () if !inside(Rect::from_min_max(pos2(2.0, 2.0), pos2(62.0, 62.0)), 14.0) => [0; 4],
        () if sheet && at.y < 34.0 && at.distance(pos2(32.0, 34.0)) < 10.0 => SUN,
        () if sheet && !horizon && !line => SHEET,
        () => GROUND,
    }
}
